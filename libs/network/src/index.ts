export { deviceDecider, deviceViolations, endpointOf } from './device.js';
export type { Coverage, Device, DeviceCommand, DeviceEndpoint, DeviceEvent, DeviceState } from './device.js';
export { buildTopology, siteMates } from './topology.js';
export type { Topology } from './topology.js';
export { kpiNames, profiles } from './profiles.js';
export type { DeviceProfile } from './profiles.js';
export { editXml, fillPath, filterXml, leavesUnder, parseLeafPath, quoteKey } from './leaf-path.js';
export type { Leaves } from './leaf-path.js';
export { aggregate, failoverLimits, latestByCell, observe, thinned } from './kpi.js';
export { networkActionTypes, networkHandlerOf } from './handlers/table.js';
export type { ChangePlan, NetworkHandler } from './handlers/handler.js';
export { estimateFailover, planFailover, readFailoverParameters } from './handlers/cell-failover.js';
export type { FailoverParameters } from './handlers/cell-failover.js';
export { deviceTxDecider } from './device-tx/decider.js';
export { deviceDecided, deviceTxDecided, networkStreams } from './decided.js';
export type {
  AskedTurn,
  DeviceExchange,
  DeviceTxCommand,
  DeviceTxEvent,
  PreparedChange,
  RollbackWay,
} from './device-tx/events.js';
export { deviceOf, isFinished, txStage } from './device-tx/state.js';
export type { DeviceTxState } from './device-tx/state.js';
export { txState, txStatus } from './device-tx/status.js';
export { OpenTransactions } from './open-transactions.js';
export type { OpenTransaction } from './open-transactions.js';
