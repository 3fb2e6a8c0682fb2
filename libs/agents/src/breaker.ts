/** The number of failures in a row after which an endpoint is no longer called. */
export const failuresToOpen = 5;
/** The pause before one call tries the endpoint again, in milliseconds. */
const openForMs = 30_000;

/**
 * The state of an endpoint: its failures in a row, and when the pause began. Times are milliseconds
 * of one monotonic clock.
 */
export type BreakerState = {
  readonly failures: number;
  readonly opened_at: number | null;
  readonly trying: boolean;
};

/** An endpoint that has not been called yet. */
export const closedBreaker: BreakerState = { failures: 0, opened_at: null, trying: false };

/**
 * Tells whether a call may be made now, and the state afterwards. After the pause, one call at a
 * time tries.
 */
export const askBreaker = (
  state: BreakerState,
  now: number,
  pauseMs: number = openForMs,
): { readonly may: boolean; readonly state: BreakerState } => {
  if (state.opened_at === null) return { may: true, state };
  if (state.trying || now - state.opened_at < pauseMs) return { may: false, state };
  return { may: true, state: { ...state, trying: true } };
};

/**
 * The state after a call that succeeded or failed. If the trial call fails, the pause begins again.
 */
export const breakerAfter = (state: BreakerState, isGood: boolean, now: number): BreakerState => {
  if (isGood) return closedBreaker;
  const failures = state.failures + 1;
  return failures >= failuresToOpen
    ? { failures, opened_at: now, trying: false }
    : { failures, opened_at: state.opened_at, trying: false };
};
