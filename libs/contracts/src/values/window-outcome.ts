/** The data that determine the end of an open confirmation window. */
export type WindowTerms = {
  readonly on_elapse: 'proceed' | 'expire';
  /**
   * Seconds that the window stays open after somebody has been notified. Absent once its clock
   * runs.
   */
  readonly unnotified_s?: number;
  /**
   * True if no channel of the tenant reaches people, so nobody can be notified. Absent otherwise.
   */
  readonly reaches_nobody?: true;
};

/** The outcome of a confirmation window without an answer. */
export type WindowOutcome = {
  readonly outcome: 'proceeds' | 'expires' | 'asks';
  /** The outcome with its reason, as a clause that follows "then". */
  readonly detail: string;
};

/**
 * Returns the outcome of a confirmation window in its present state, with the reason. Every text
 * about a window uses it.
 */
export const windowOutcome = ({ on_elapse, unnotified_s, reaches_nobody }: WindowTerms): WindowOutcome => {
  if (unnotified_s !== undefined)
    return {
      outcome: 'asks',
      detail:
        reaches_nobody === true
          ? 'it asks for an approval, because no channel of the tenant reached people when it opened'
          : 'it asks for an approval, unless a channel has told a person of it by then',
    };
  return on_elapse === 'proceed'
    ? { outcome: 'proceeds', detail: 'it goes on if its gates still hold, unless a person stops it' }
    : { outcome: 'expires', detail: 'it does not run, unless a person confirms it' };
};

/**
 * Returns why an approval is requested at the end of a confirmation window; null if the window was
 * not the cause.
 */
export const whyWindowAsked = (
  cause: string,
  window: Pick<WindowTerms, 'reaches_nobody'> | null,
): { readonly code: string; readonly detail: string } | null => {
  switch (cause) {
    case 'nobody-told':
      return {
        code: cause,
        detail:
          window?.reaches_nobody === true
            ? 'nobody could be told of its window, because no channel of the tenant reached people when it opened'
            : 'no channel told a person of its window in time',
      };
    case 'window-not-automatic':
      return { code: cause, detail: 'its window ended, but it is not automatic as its gates stand now' };
    default:
      return null;
  }
};
