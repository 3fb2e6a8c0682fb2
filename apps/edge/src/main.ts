export { createEdge } from './edge.js';
export type { Edge, EdgeOptions } from './edge.js';
export type { EdgeService } from './routing.js';
