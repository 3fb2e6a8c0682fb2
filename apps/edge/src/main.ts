export { createEdge } from './edge.js';
export type { Edge, EdgeOptions } from './edge.js';
export type { EdgeService } from './routing.js';
export { LoginState } from './console/login-state.js';
export type { ConsoleOptions, ConsolePerson, InvitedLogin } from './console/options.js';
