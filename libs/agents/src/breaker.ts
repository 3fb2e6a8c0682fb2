/** After so many failures in a row an endpoint is left alone. */
export const failuresToOpen = 5;
/** For so long, in milliseconds; then one call tries it. */
const openForMs = 30_000;

/**
 * What is known of an endpoint: failures in a row, and since when it is left alone. Times are
 * milliseconds of one monotonic clock.
 */
export type BreakerState = {
  readonly failures: number;
  readonly opened_at: number | null;
  readonly trying: boolean;
};

/** An endpoint that nobody has called yet. */
export const closedBreaker: BreakerState = { failures: 0, opened_at: null, trying: false };

/**
 * Whether a call may be made now, and the state after the question: once the pause is over, one
 * call at a time tries.
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
 * The state after a call that succeeded or failed. A failure of the call that tries begins the
 * pause anew.
 */
export const toldBreaker = (state: BreakerState, isGood: boolean, now: number): BreakerState => {
  if (isGood) return closedBreaker;
  const failures = state.failures + 1;
  return failures >= failuresToOpen
    ? { failures, opened_at: now, trying: false }
    : { failures, opened_at: state.opened_at, trying: false };
};
