import { mutantsOf, type Mutant } from './mutants.js';

/** The decider sources whose faults must all be found or explained. */
const heldFiles: readonly string[] = [
  'libs/rails/src/execution/lease.ts',
  'libs/rails/src/stop/kill-switch.ts',
  'libs/autonomy/src/budget/budget-day.ts',
  'libs/autonomy/src/budget/budget-amounts.ts',
  'libs/rails/src/action-views/next-effect.ts',
  'libs/rails/src/action/ends.ts',
  'libs/rails/src/action/person.ts',
  'libs/rails/src/action/execution.ts',
  'libs/rails/src/action/turn.ts',
  'libs/rails/src/action/action.ts',
  'libs/rails/src/action/walk.ts',
  'libs/rails/src/action-events/fold.ts',
  'libs/rails/src/action-events/fold-consent.ts',
  'libs/rails/src/action/coverage.ts',
  'libs/rails/src/action/hold-content.ts',
  'libs/rails/src/action/plan-yes.ts',
  'libs/executor/src/fencing.ts',
  'libs/rails/src/gates/covering.ts',
  'libs/rails/src/gates/blast-radius.ts',
  'libs/rails/src/gates/confidence.ts',
  'libs/rails/src/gates/budget.ts',
  'libs/rails/src/gates/kill-switch.ts',
  'libs/rails/src/gates/policy.ts',
  'libs/rails/src/gates/posture.ts',
  'libs/rails/src/gates/prediction.ts',
  'libs/rails/src/gates/auto-approval.ts',
  'libs/rails/src/gates/autonomy-mode.ts',
  'libs/rails/src/gates/record.ts',
  'libs/rails/src/plan/plan.ts',
  'libs/rails/src/plan/plan-next.ts',
];

const rails = (name: string): string => `libs/rails/test/${name}.spec.ts`;
const ofActions = [
  'due',
  'action-walk',
  'action-person',
  'action-execution',
  'approvals',
  'coverage',
  'last-look',
  'lease-races',
  'window-clock',
  'same-person',
  'kill-switch-and-lease',
  'plan-yes',
  'reservation-keys',
  'gates',
  'action-fold',
  'walk-boundaries',
  'rollback',
  'adaptive-confidence',
  'judged-prediction',
  'acceptance',
  'temporary',
  'gate-words',
  'late-records',
  'events',
].map(rails);
const ofSwitches = ['kill-switch-and-lease', 'kill-switch-scopes', 'same-person', 'acceptance'].map(rails);
const ofBudgets = ['budget-day', 'budget-amounts', 'budget'].map(
  (name) => `libs/autonomy/test/${name}.spec.ts`,
);

/** The pure specs that are tried on a fault in a file after the search. */
export const specsFor = (file: string): readonly string[] => {
  if (file.startsWith('libs/autonomy/')) return ofBudgets;
  if (file.startsWith('libs/executor/')) return ['libs/executor/test/fencing.spec.ts'];
  if (file.includes('/plan/')) return ['plan', 'plan-repeats', 'plan-yes', 'plan-property'].map(rails);
  if (file.endsWith('/kill-switch.ts') && !file.includes('/gates/')) return ofSwitches;
  return ofActions;
};

/** All generated faults. */
export const allFaults = (): readonly Mutant[] => heldFiles.flatMap(mutantsOf);
