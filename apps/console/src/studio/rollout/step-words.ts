import { counted, numberText } from '../../format.js';

export type StepName = 'Edit' | 'Lint' | 'Simulate' | 'Approve' | 'Canary 10 %' | '50 %' | 'Active';
type StepState = 'done' | 'warn' | 'bad' | 'runs' | 'open';
export type Step = { readonly name: StepName; readonly state: StepState; readonly detail: string };
export type StepsInput = {
  readonly status: string;
  readonly canaryPct: number;
  /**
   * The status at the time of the rollback, `canary` or `active`; undefined if it was not rolled
   * back.
   */
  readonly takenBackAs?: string | undefined;
  readonly rules: number;
  readonly changed: number;
  readonly parses: boolean;
  readonly unsaved: boolean;
  readonly lint: { readonly error: number; readonly warning: number } | undefined;
  readonly simulated: { readonly total: number; readonly flips: number } | undefined;
  readonly listed: boolean;
  readonly approved: boolean;
};

/** Returns the steps of a bundle from a draft to the active bundle, each with its state. */
export const stepsOfBundle = (at: StepsInput): readonly Step[] => {
  // A bundle that was rolled back as a canary was never active for everyone.
  const broke = at.status === 'rolled_back' && at.takenBackAs === 'canary';
  const rolled = ['active', 'superseded', 'rolled_back'].includes(at.status);
  const canary = at.status === 'canary';
  const { lint } = at;
  return [
    {
      name: 'Edit',
      state: at.parses ? (at.unsaved ? 'runs' : 'done') : 'bad',
      detail: at.parses
        ? `${counted(at.rules, 'rule')}, ${at.changed} changed${at.unsaved ? ', not saved' : ''}`
        : 'not JSON yet',
    },
    {
      name: 'Lint',
      state: lint === undefined ? 'open' : lint.error > 0 ? 'bad' : lint.warning > 0 ? 'warn' : 'done',
      detail:
        lint === undefined
          ? 'not looked at yet'
          : `${counted(lint.error, 'error')}, ${counted(lint.warning, 'warning')}`,
    },
    {
      name: 'Simulate',
      state: at.simulated === undefined ? 'open' : 'done',
      detail:
        at.simulated === undefined
          ? 'not run yet'
          : `${numberText(at.simulated.total)} decided, ${numberText(at.simulated.flips)} flip`,
    },
    {
      name: 'Approve',
      state: at.approved || canary || rolled ? 'done' : at.listed ? 'runs' : 'open',
      detail: at.approved || canary || rolled ? 'approved' : at.listed ? 'asked for' : 'not asked yet',
    },
    {
      name: 'Canary 10 %',
      state: broke ? 'bad' : rolled || (canary && at.canaryPct > 10) ? 'done' : canary ? 'runs' : 'open',
      detail: broke
        ? 'rolled back as a canary'
        : canary && at.canaryPct <= 10
          ? 'under way'
          : rolled || canary
            ? 'over'
            : 'after the approval',
    },
    {
      name: '50 %',
      state: broke ? 'open' : rolled ? 'done' : canary && at.canaryPct >= 50 ? 'runs' : 'open',
      detail: broke
        ? 'not finished'
        : canary && at.canaryPct >= 50
          ? 'under way'
          : rolled
            ? 'over'
            : 'after the dwell',
    },
    {
      name: 'Active',
      state: at.status === 'active' ? 'done' : at.status === 'rolled_back' && !broke ? 'bad' : 'open',
      detail:
        at.status === 'active'
          ? 'it decides'
          : broke
            ? 'never'
            : at.status === 'rolled_back'
              ? 'taken back'
              : at.status === 'superseded'
                ? 'another decides'
                : 'not yet',
    },
  ];
};
