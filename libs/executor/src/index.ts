export { foldAction, noAction, readAction } from './action-record.js';
export type { ActionRecord } from './action-record.js';
export { fencedOut, lostLease } from './fencing.js';
export { LeaseExpired, takeLease } from './kill-switch-lease.js';
export type { EpochLease } from './kill-switch-lease.js';
