export { foldAction, noAction, readAction } from './action-record.js';
export type { ActionRecord } from './action-record.js';
export { fencedOut, lostLease } from './fencing.js';
export { boundSwitches, LeaseExpired, takeLease } from './kill-switch-lease.js';
export type { EpochLease } from './kill-switch-lease.js';
export { ExecutorPresence, leaseOf } from './presence.js';
export type { PresenceLogger, PresenceOptions } from './presence.js';
export { refused, stale, StepFailed, switchedOff, takePermit, takeRollbackPermit } from './start-permit.js';
export type { PermitParts, StartPermit } from './start-permit.js';
