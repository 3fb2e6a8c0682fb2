/** The data that decide how an open confirmation window ends. */
export type WindowTerms = {
  readonly on_elapse: 'proceed' | 'expire';
  /**
   * Seconds that it will be open from when somebody has been told of it; absent once its clock
   * runs.
   */
  readonly untold_s?: number;
  /** No channel of the tenant reaches people, so nobody can be notified. */
  readonly reaches_nobody?: true;
};

/** What happens at the end of a confirmation window without an answer. */
export type WindowOutcome = {
  readonly outcome: 'proceeds' | 'expires' | 'asks';
  /** The outcome with its reason, as a clause that follows "then". */
  readonly detail: string;
};

/**
 * What happens at the end of a confirmation window in the present state, and why. Every text about
 * a window says this.
 */
export const windowOutcome = ({ on_elapse, untold_s, reaches_nobody }: WindowTerms): WindowOutcome => {
  if (untold_s !== undefined)
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
 * Why an approval is requested at the end of a confirmation window; null if the window was not the
 * cause.
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
