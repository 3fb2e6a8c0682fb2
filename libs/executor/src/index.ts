export { foldAction, noAction, readAction } from './action-record.js';
export type { ActionRecord } from './action-record.js';
export { LeaseExpired, takeLease } from './kill-switch-lease.js';
export type { EpochLease } from './kill-switch-lease.js';
export { refused, stale, StepFailed, switchedOff, takePermit } from './start-permit.js';
export type { PermitParts, StartPermit } from './start-permit.js';
