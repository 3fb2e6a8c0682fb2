export { until } from './until.js';
export { freePort } from './free-port.js';
export { startGuarded } from './guarded.js';
export type { Guarded, GuardedProgram } from './guarded.js';
export { oncePerProcess } from './once-per-process.js';
export { startPostgres, startCluster } from './postgres.js';
export type { TestPostgres, PostgresCluster } from './postgres.js';
export { startGate } from './gate.js';
export type { Gate } from './gate.js';
