export { demoFleet, type DeviceSpec } from './fleet.js';
export {
  startSimulator,
  type CellView,
  type RunningDevice,
  type Simulator,
  type SimulatorControl,
  type SimulatorOptions,
  type Topology,
} from './simulator.js';
export { faultKinds, type Fault, type FaultKind } from './device/faults.js';
export { type ProfileName } from './device/profiles.js';
export { RAN_NS, ranKeys } from './device/schema.js';
export { kpis, type CellKpis } from './ran/kpis.js';
export {
  createRan,
  degrade,
  heal,
  step,
  worsen,
  type CellConfig,
  type CellScript,
  type CellSpec,
  type Coverage,
  type Neighbour,
  type RanConfig,
  type RanModel,
} from './ran/model.js';
