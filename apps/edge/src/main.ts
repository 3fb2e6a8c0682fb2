export { createEdge } from './edge.js';
export type { Edge, EdgeOptions } from './edge.js';
export type { AgentsOptions } from './agents/token-endpoint.js';
export type { EdgeService } from './routing.js';
export { LoginState } from './console/login-state.js';
export type { ConsoleOptions, ConsoleLogin, ConsolePerson } from './console/options.js';
export type { RecordPerson } from './console/person-log.js';
export type { OidcSettings } from './console/oidc.js';
export { consoleFrom, sessionKeysIn } from './console/from-environment.js';
