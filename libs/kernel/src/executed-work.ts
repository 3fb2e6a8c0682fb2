import type { LeafChange, Observation, Reason, TxState, TxStatus } from '@interlock/contracts';
import { ProblemError } from './values/problem.js';

/**
 * The stage of an executor's work for one action, in terms that all executors share. Each executor
 * maps its own phases to these stages.
 */
export type WorkStage =
  | 'none'
  /** The action waits for its turn. */
  | 'turn_accepted'
  | 'turn_taken'
  | 'lapsed'
  /** The execution is accepted, and nothing has been requested yet. */
  | 'accepted'
  /** The first change was requested, so the target may have received it. */
  | 'requested'
  /** The first change was requested, and nobody knows the outcome. */
  | 'unknown'
  | 'applied'
  | 'observed'
  | 'confirm_requested'
  | 'undo_requested'
  | 'confirmed'
  | 'undone'
  | 'refused'
  | 'failed'
  | 'undo_failed';

const over: ReadonlySet<WorkStage> = new Set<WorkStage>([
  'none',
  'lapsed',
  'confirmed',
  'undone',
  'refused',
  'failed',
  'undo_failed',
]);
const unsent: ReadonlySet<WorkStage> = new Set<WorkStage>([
  'none',
  'turn_accepted',
  'turn_taken',
  'lapsed',
  'accepted',
]);
const heldStages: ReadonlySet<WorkStage> = new Set<WorkStage>(['turn_taken', 'accepted', 'requested']);

/**
 * Returns true if no work is left. The action may still make a new request: another turn after a
 * lapsed one, or the undo of a confirmed change.
 */
export const isWorkOver = (stage: WorkStage): boolean => over.has(stage);

/** Returns true if nothing can have been sent to the target. */
export const isWorkUnsent = (stage: WorkStage): boolean => unsent.has(stage);

/**
 * Returns true if a process may hold the turn: it is taken, and its first change may still be
 * unsent.
 */
export const isTurnHeld = (stage: WorkStage): boolean => heldStages.has(stage);

/** Returns the stage in the terms of the handlers' contract. */
export const txStateOf = (
  stage: WorkStage,
  { is_observed, is_tentative }: { readonly is_observed: boolean; readonly is_tentative: boolean },
): TxState => {
  switch (stage) {
    case 'none':
      return 'NONE';
    case 'turn_accepted':
      return 'QUEUED';
    case 'turn_taken':
      return 'READY';
    case 'lapsed':
      return 'STALE';
    case 'confirmed':
      return 'CONFIRMED';
    case 'undone':
      return 'ROLLED_BACK';
    case 'refused':
      return 'REFUSED';
    case 'failed':
      return 'FAILED';
    case 'undo_failed':
      return 'ROLLBACK_FAILED';
    case 'accepted':
    case 'requested':
    case 'unknown':
    case 'applied':
    case 'observed':
    case 'confirm_requested':
    case 'undo_requested':
      return is_observed ? 'OBSERVED' : is_tentative ? 'TENTATIVE' : 'PREPARING';
  }
};

/** The part of an executor's state that determines its status and its turn. */
export type ExecutedWork = {
  readonly turn: { readonly turn: number; readonly request_id: string } | null;
  readonly reasons: readonly Reason[];
  readonly observation: Observation | null;
  readonly rollback: { readonly request_id: string; readonly is_refused: boolean } | null;
};

/** Returns the answer to `take_turn`, `status`, `observe`, `confirm` and `undo`. */
export const workStatus = (
  actionId: string,
  txState: TxState,
  work: ExecutedWork,
  diff: readonly LeafChange[],
): TxStatus => ({
  tx_id: actionId,
  state: txState,
  reasons: work.reasons,
  observation: work.observation,
  diff,
  ...(work.turn === null ? {} : { turn: work.turn.turn }),
  ...(work.rollback?.is_refused === true ? { undo_refused: work.rollback.request_id } : {}),
});

/**
 * Returns the problem `wrong-state`: the present phase does not allow a step. `what` is e.g. `a
 * call`.
 */
export const noPlaceFor = (step: string, what: string, phase: string): ProblemError =>
  new ProblemError('wrong-state', `${step} has no place while the ${what} is ${phase.replaceAll('_', ' ')}`, {
    members: { phase },
  });

/**
 * The turn of an action that its executor's journal accepts: its number, from 1, and the request
 * for it.
 */
type Asked = { readonly turn: number; readonly request_id: string };

/**
 * Accepts a turn that an action requested. A repeat writes nothing. An earlier turn that is still
 * open lapses with it. Throws `wrong-state` if the work has gone past its turn.
 */
export const acceptTurn = <A extends Asked>(
  asked: A,
  { turn }: Pick<ExecutedWork, 'turn'>,
  stage: WorkStage,
  noPlace: () => ProblemError,
): readonly (
  | { readonly type: 'TurnAccepted'; readonly data: A }
  | {
      readonly type: 'TurnLapsed';
      readonly data: { readonly turn: number; readonly reasons: readonly Reason[] };
    }
)[] => {
  if (turn?.request_id === asked.request_id) return [];
  const accepted = { type: 'TurnAccepted', data: asked } as const;
  const isLater = asked.turn > (turn?.turn ?? 0);
  if (isLater && (stage === 'none' || stage === 'lapsed')) return [accepted];
  if (isLater && turn !== null && (stage === 'turn_accepted' || stage === 'turn_taken')) {
    const reasons = [{ code: 'turn-superseded', detail: `the action asked for turn ${asked.turn}` }];
    return [{ type: 'TurnLapsed', data: { turn: turn.turn, reasons } }, accepted];
  }
  throw noPlace();
};

/** The reasons, for people, why something ended. */
export type WithReasons = { readonly reasons: readonly Reason[] };

/**
 * The events of a turn, which are the same for every executor. `Asked` is the turn that an action
 * requested.
 */
export type TurnEvent<Asked> =
  | { readonly type: 'TurnAccepted'; readonly data: Asked }
  /** `instance` holds the turn. `plan_hash` identifies the plan with the changes in `diff`. */
  | {
      readonly type: 'TurnTaken';
      readonly data: {
        readonly turn: number;
        readonly instance: string;
        readonly plan_hash: string;
        readonly diff: readonly LeafChange[];
      };
    }
  /** The turn is over, and nothing was started in it. */
  | { readonly type: 'TurnLapsed'; readonly data: WithReasons & { readonly turn: number } };

/** The data of an accepted `apply`; the action's own stream holds the same. */
export type AcceptedWork = {
  readonly action_id: string;
  readonly request_id: string;
  readonly epoch: string;
  readonly plan_hash: string;
  readonly action_type: string;
  readonly entity_id: string;
  readonly soak_s: number;
  /** Seconds after which an unconfirmed change is undone. */
  readonly confirm_timeout_s: number;
  /** The turn in which it was started. */
  readonly turn: number;
};

/**
 * Accepts an execution in the turn that was taken for it. A repeat writes nothing. Throws
 * `wrong-state` if the work is in another phase.
 */
export const acceptApply = <A extends AcceptedWork>(
  apply: A,
  { turn, apply: known }: Pick<ExecutedWork, 'turn'> & { readonly apply: AcceptedWork | null },
  stage: WorkStage,
  noPlace: () => ProblemError,
): readonly { readonly type: 'ApplyAccepted'; readonly data: A }[] => {
  if (stage === 'turn_taken' && apply.turn === turn?.turn) return [{ type: 'ApplyAccepted', data: apply }];
  if (known?.request_id === apply.request_id) return [];
  throw noPlace();
};

/** The phases in which each step may be recorded, and the phases that it leads to. */
export type StepTable<Step extends string, Phase extends string> = {
  readonly allowed: { readonly [step in Step]: readonly Phase[] };
  readonly leadsTo: { readonly [step in Step]: readonly Phase[] };
};

/**
 * Returns false if the step is already true, so that nothing is written. Throws `wrong-state` if
 * the present phase does not allow it.
 */
export const mayStep = <Step extends string, Phase extends string>(
  { allowed, leadsTo }: StepTable<Step, Phase>,
  step: Step,
  phase: Phase,
  what: string,
): boolean => {
  if (allowed[step].includes(phase)) return true;
  if (leadsTo[step].includes(phase)) return false;
  throw noPlaceFor(`\`${step}\``, what, phase);
};

/** The commands of every executor's journal. */
export type WorkCommand =
  /** Nothing was sent. After the first change was requested, only its requester can know that. */
  | (WithReasons & { readonly kind: 'RecordLapse' })
  | (WithReasons & { readonly kind: 'RefuseApply'; readonly request_id: string })
  | { readonly kind: 'RequestConfirm'; readonly request_id: string }
  | (WithReasons & { readonly kind: 'RequestUndo'; readonly request_id: string; readonly rollback?: true })
  /** The executor's own decision. */
  | (WithReasons & { readonly kind: 'TakeBack' });
