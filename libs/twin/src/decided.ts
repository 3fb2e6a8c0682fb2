import type { Decided, DecidedStreams } from '@interlock/kernel';
import {
  forgottenId,
  forgottenTraceDecider,
  isForgottenId,
  type ForgottenTraceCommand,
  type ForgottenTraceEvent,
  type ForgottenTraceState,
} from './forgotten.js';
import { keptTraceEventTypes } from './trace.js';

export const forgottenTraceDecided: Decided<ForgottenTraceCommand, ForgottenTraceEvent, ForgottenTraceState> =
  {
    category: 'trace',
    ids: isForgottenId,
    kind: 'forgotten_trace',
    decider: forgottenTraceDecider,
    holds: ({ data }, { id }) => id === forgottenId(data.trace_id),
  };

/**
 * The streams of this context. A trace follows from the end of an action (`traceOf`) and is not a
 * decision of its own.
 */
export const twinStreams: readonly DecidedStreams[] = [
  { category: 'trace', ids: (id) => !isForgottenId(id), decider: { types: keptTraceEventTypes } },
  forgottenTraceDecided,
];
