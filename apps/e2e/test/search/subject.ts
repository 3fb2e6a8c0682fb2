import type * as autonomy from '@interlock/autonomy';
import type { lostLease } from '@interlock/executor';
import type * as rails from '@interlock/rails';
import type { ActionIntentV1, Observation, PlanAnswer, TxState, TxStatus } from '@interlock/contracts';
import type { IntentAcceptedData, Look } from '@interlock/rails';
import { Loader, type Replaced } from './loader.js';

type Rails = Pick<
  typeof rails,
  | 'actionDecider'
  | 'nextEffect'
  | 'leaseDecider'
  | 'leaseOf'
  | 'killSwitchDecider'
  | 'killSwitchEpoch'
  | 'isEngagedAfter'
>;
type Autonomy = Pick<typeof autonomy, 'budgetDayDecider' | 'answerOf'>;
/** The production code under search. */
export type Subject = Rails & Autonomy & { readonly lostLease: typeof lostLease };

/** Files whose exports make up the subject. */
const files = [
  'libs/rails/src/action/action.ts',
  'libs/rails/src/action-views/next-effect.ts',
  'libs/rails/src/execution/lease.ts',
  'libs/rails/src/stop/kill-switch.ts',
  'libs/autonomy/src/budget/budget-day.ts',
  'libs/executor/src/fencing.ts',
];

/** The deciders from the sources, with at most one source replaced. */
export const subjectOf = (replaced: Replaced | null = null): Subject => {
  const loader = new Loader(replaced);
  return Object.assign({}, ...files.map((file) => loader.load(file))) as Subject;
};

/** The services' answers in a scene. Members are those of `Scene` in libs/rails/test/looks.ts. */
export type Scenery = {
  readonly looks: (scene: object) => readonly Look[];
  readonly acceptedData: (over?: Partial<ActionIntentV1>) => IntentAcceptedData;
  readonly plan: (over?: Partial<PlanAnswer>) => PlanAnswer;
  readonly observation: (drop: number) => Observation;
  readonly tx: (state: TxState, over?: Partial<TxStatus>) => TxStatus;
};
/** The answers that the rails' own tests use. */
export const scenery = new Loader().load('libs/rails/test/looks.ts') as Scenery;
