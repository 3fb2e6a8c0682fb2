export { builtInActionTypes, checkParameters } from './catalogue.js';
export { killSwitchStream, killSwitchStreams, killSwitchEpoch, killSwitchDecider } from './kill-switch.js';
export type {
  KillSwitchScope,
  KillSwitchEvent,
  KillSwitchCommand,
  KillSwitchState,
  KillSwitchHead,
} from './kill-switch.js';
export { leaseDecider, leaseOf } from './lease.js';
export type { LeaseEvent, LeaseCommand, Lease, LeaseState } from './lease.js';
export {
  gateNames,
  defaultPostureTable,
  blastRadiusOf,
  judge,
  effectiveRisk,
  blastRadiusLook,
  confidenceLook,
} from './gates.js';
export type { GateName, Hold, GateSaw, Look, GateRecord } from './gates.js';
export { gateEventTypes, actionEventTypes, endEventTypes, decidedByFirstRules } from './action-events.js';
export type {
  HoldRecord,
  DigestParts,
  KpiVerdict,
  ValidationResult,
  FinishedData,
  GateEventType,
  GateEvent,
  IntentAcceptedData,
  ActionEvent,
} from './action-events.js';
export { initialAction, sawOf, holdsOf } from './action-state.js';
export type { Yes, WindowState, ApprovalState, ActionState } from './action-state.js';
export type { ActionCommand, Awaited } from './action-commands.js';
export { isOpen, isInFlight, refusalOf } from './action-ends.js';
export { nextGate, digestParts, digestOf, differenceOf } from './action-walk.js';
export { validateOutcome } from './validation.js';
export type { HoldContent } from './hold-content.js';
export { actionDecider } from './action.js';
export { actionView } from './action-view.js';
export type { GateView } from './action-view.js';
export { dueAt, nextEffect } from './next-effect.js';
export type { Effect } from './next-effect.js';
export { tenantDecider, tenantStream, busCredential, keyedUsers, mayName } from './tenant.js';
export type {
  Names,
  Credential,
  KeyedUser,
  TenantEvent,
  TenantCommand,
  TenantStatus,
  TenantState,
} from './tenant.js';
