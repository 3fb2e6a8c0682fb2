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
export { networkActionTypes, networkHandlerOf } from './handlers/table.js';
export type { HandlerRequest, ChangePlan, NetworkHandler } from './handlers/handler.js';
export { estimateFailover, planFailover, readFailoverParameters } from './handlers/cell-failover.js';
export type { FailoverParameters } from './handlers/cell-failover.js';
export { deviceTxDecider } from './device-tx/decider.js';
export { deviceDecided, deviceTxDecided, networkStreams } from './decided.js';
export type {
  AcceptedApply,
  AskedTurn,
  DeviceExchange,
  DeviceTxCommand,
  DeviceTxEvent,
  PreparedChange,
  RollbackWay,
} from './device-tx/events.js';
export { deviceOf, isFinished, txPhases, txStage } from './device-tx/state.js';
export type { DeviceTxState, TxPhase } from './device-tx/state.js';
export { txState, txStatus } from './device-tx/status.js';
export { OpenTransactions } from './open-transactions.js';
export type { OpenTransaction } from './open-transactions.js';
