import type { DecidedStreams } from '@interlock/kernel';
import { traceEventTypes } from './trace.js';

/**
 * The streams of this context. A trace follows from the end of an action (`traceOf`) and is not a
 * decision of its own.
 */
export const twinStreams: readonly DecidedStreams[] = [
  { category: 'trace', decider: { types: traceEventTypes } },
];
