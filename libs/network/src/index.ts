export { deviceDecider, deviceViolations, endpointOf } from './device.js';
export type {
  CellNeighbour,
  Coverage,
  Device,
  DeviceCell,
  DeviceCommand,
  DeviceEndpoint,
  DeviceEvent,
  DeviceSettings,
  DeviceState,
} from './device.js';
export { buildTopology, siteMates } from './topology.js';
export type { Topology, TopologyCell } from './topology.js';
export { cellOffsets, kpiNames, profiles, ranModel } from './profiles.js';
export type { DeviceProfile, KpiName, RanModel } from './profiles.js';
export { editXml, fillPath, filterXml, leavesUnder, parseLeafPath, quoteKey } from './leaf-path.js';
export type { LeafEdit, Leaves } from './leaf-path.js';
export { aggregate, failoverLimits, latestByCell, observe, thinned } from './kpi.js';
export type { KpiLimits, Kpis } from './kpi.js';
export { estimateFailover, planFailover, readFailoverParameters } from './cell-failover.js';
export type { FailoverParameters, FailoverPlan } from './cell-failover.js';
export { deviceRecall, deviceTxRecall, networkStreams } from './recall.js';
export { deviceOf, deviceTxDecider, isFinished, txPhases, txState, txStatus } from './device-tx.js';
export type {
  AcceptedApply,
  AskedTurn,
  DeviceExchange,
  DeviceTxCommand,
  DeviceTxEvent,
  DeviceTxState,
  PreparedChange,
  RollbackWay,
  TxPhase,
} from './device-tx.js';
