export { prepareCertificates } from './certificates.js';
export { claimPort, freePort } from './free-port.js';
export { theGuard } from './guard.js';
export { startGuarded } from './guarded.js';
export type { Guarded, GuardedProgram } from './guarded.js';
export { postgresBinaries } from './postgres-binaries.js';
export type { Account } from './postgres-binaries.js';
export { prepareLogAccess } from './log-access.js';
export type { LogAccess } from './log-access.js';
