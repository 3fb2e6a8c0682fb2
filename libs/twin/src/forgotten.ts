import { streamName } from '@interlock/contracts';
import type { Decider, Loosens } from '@interlock/kernel';

/** The trace that is forgotten. The memory keeps its id, and the outcome of its prediction. */
type ForgottenTrace = {
  readonly trace_id: string;
  readonly action_type: string;
  /** The reason, sealed if a person wrote it. */
  readonly reason: string;
};

export type ForgottenTraceEvent = { readonly type: 'TraceForgotten'; readonly data: ForgottenTrace };

export type ForgottenTraceCommand = { readonly kind: 'ForgetTrace' } & ForgottenTrace;

export type ForgottenTraceState = { readonly forgotten: ForgottenTrace | null };

const prefix = 'forgotten=';

/** True for the id of a stream that says whether a trace is forgotten. */
export const isForgottenId = (id: string): boolean => id.startsWith(prefix);

/** The id of the stream of a trace. A trace id may contain any printable characters. */
export const forgottenId = (traceId: string): string => `${prefix}${encodeURIComponent(traceId)}`;

/** Returns the stream that says whether a trace of a tenant is forgotten. */
export const forgottenTraceStream = (tenantId: string, traceId: string): string =>
  streamName('trace', tenantId, forgottenId(traceId));

/**
 * Forgetting a trace loosens. Without it, the twin may predict less risk, and an action may run
 * that would have been held before.
 */
export const forgottenTraceLoosens: Loosens<ForgottenTraceState> = (before, after) =>
  after.forgotten !== null && before.forgotten === null
    ? [
        {
          pointer: '/trace',
          detail: `predictions for \`${after.forgotten.action_type}\` no longer use trace \`${after.forgotten.trace_id}\``,
        },
      ]
    : [];

/**
 * The decider of forgotten traces: stream `trace-<tenant>:forgotten=<trace_id>`. A trace is
 * forgotten once and for all.
 */
export const forgottenTraceDecider: Decider<ForgottenTraceCommand, ForgottenTraceEvent, ForgottenTraceState> =
  {
    name: 'forgotten_trace',
    types: ['TraceForgotten'],
    initial: { forgotten: null },
    decide: ({ kind: _, ...forgotten }, state) =>
      state.forgotten === null ? [{ type: 'TraceForgotten', data: forgotten }] : [],
    evolve: (_, { data }) => ({ forgotten: data }),
  };
