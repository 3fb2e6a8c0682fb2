export {
  changedDevice,
  deviceTransports,
  deviceViolations,
  endpointOf,
  rotated,
  trustedKeys,
} from './device-settings.js';
export { deviceDecider } from './device.js';
export { deviceLoosens } from './device-loosens.js';
export type { Coverage, Device, DeviceEndpoint, DeviceTransport } from './device-settings.js';
export type { CellSlice } from './slices.js';
export type { DeviceCommand, DeviceEvent, DeviceState } from './device.js';
export { earnedBy, qualificationState } from './qualification/qualification.js';
export type { Qualification, QualificationRun } from './qualification/qualification.js';
export { probeOf } from './qualification/probe.js';
export { isWithin } from './device-drift.js';
export { leavesAdoptedBy, leavesLeftBy, preparedAfter } from './expected-leaves.js';
export type { PreparedLeaves } from './expected-leaves.js';
export type { ChangedBy, DeviceDrift, DriftLeaf, ExpectedLeaf } from './device-drift.js';
export { bindingName, bindingXml, compileBinding, namesOf } from './bindings/binding.js';
export type {
  Binding,
  BindingFile,
  CompiledLeaf,
  EntityClass,
  LeafBinding,
  LeafValue,
} from './bindings/binding.js';
export { bindingFaults, boundPaths, moduleFaults, parseSchemaNode } from './bindings/check.js';
export type { SchemaNode } from './bindings/check.js';
export { readBinding } from './bindings/read.js';
export { readsStateBack, unshownChanges } from './bindings/read-back.js';
export { bindingSchema } from './bindings/schema.js';
export { bindTo, exactLibrary, modelFor } from './bindings/fit.js';
export type { Access, BoundModel, YangLibrary, YangModule } from './bindings/fit.js';
export { canonicalText, isNumeric, readLeafValue, writeLeafValue } from './bindings/leaf-value.js';
export { automaticBindings, bindings, ownBinding } from './bindings/table.js';
export type { BindingTable } from './bindings/table.js';
export {
  tenantBindingDecider,
  tenantBindingLoosens,
  tenantBindingStream,
} from './bindings/tenant-binding.js';
export type {
  BindingCheck,
  TenantBindingCommand,
  TenantBindingEvent,
  TenantBindingState,
} from './bindings/tenant-binding.js';
export { yangSchema } from './yang/schema.js';
export type { YangSchema } from './yang/yang-schema.js';
export { contextFaults, rulesNotChecked } from './bindings/context-check.js';
export type { UncheckedRule } from './bindings/context-check.js';
export { editsOf, entryOf, planOfEdits, refusedPlan } from './handlers/plan-edits.js';
export type { Effect } from './handlers/plan-edits.js';
export { affectedBy, buildTopology, siteMates } from './topology.js';
export type { AffectedRelation, AffectedScope, Topology } from './topology.js';
export { kpiNames, leastSafe, profiles, safetyOf, unsupportedBy } from './profiles.js';
export type { DeviceProfile } from './profiles.js';
export { editXml, fillPath, leavesUnder, parseLeafPath, quoteKey } from './leaf-path.js';
export type { LeafEdit, Leaves } from './leaf-path.js';
export {
  aggregate,
  failoverLimits,
  latestByCell,
  limitUse,
  networkState,
  observe,
  observeLeaves,
  thinned,
} from './kpi.js';
export { networkActionTypes, networkHandlerOf } from './handlers/table.js';
export type { ChangePlan, DeviceView, NetworkHandler } from './handlers/handler.js';
export { planFailover } from './handlers/cell-failover.js';
export { estimateFailover } from './handlers/failover-impact.js';
export { readFailoverParameters } from './handlers/failover-scope.js';
export type { FailoverParameters } from './handlers/failover-scope.js';
export { deviceTxDecider } from './device-tx/decider.js';
export { deviceDecided, deviceTxDecided, networkStreams, tenantBindingDecided } from './decided.js';
export type {
  AskedTurn,
  ChangePart,
  CommitIds,
  DeviceExchange,
  DeviceTxCommand,
  DeviceTxEvent,
  PreparedChange,
  RollbackWay,
} from './device-tx/events.js';
export { deviceOf, isFinished, txStage } from './device-tx/state.js';
export type { DeviceTxState } from './device-tx/state.js';
export { txState, txStatus } from './device-tx/status.js';
export { isPart, nextPartStep, partTxId, wholePlanHash, wholeStatus } from './device-tx/whole.js';
export type { PartStep } from './device-tx/whole.js';
export { OpenTransactions } from './open-transactions.js';
export type { OpenTransaction } from './open-transactions.js';
export { nacmRules, nacmXml } from './nacm.js';
