import type { Timestamp } from '@interlock/contracts';
import type { Verdict } from '@interlock/kernel';
import type { ProjectedEvent } from '@interlock/postgres';
import { isActionEnd, type ActionEvent, type GateName, type JudgedGates } from '@interlock/rails';

type Moment = Timestamp | Date | null;
/** The columns of an action from which figures are counted. Times are those of the events. */
export type ActionMoments = {
  /** When safety-rails first decided how to continue: ask, run or refuse. */
  readonly decided_at: Moment;
  /** When people were first asked, by a confirmation window or for an approval of the action. */
  readonly asked_at: Moment;
  /** When a person's answer settled it, including an answer about its plan. Null until then. */
  readonly answered_at: Moment;
  readonly started_at: Moment;
  /** When it first ended. */
  readonly ended_at: Moment;
};
export type Verdicts = { readonly [G in GateName]?: Verdict };

export const noMoments: ActionMoments = {
  decided_at: null,
  asked_at: null,
  answered_at: null,
  started_at: null,
  ended_at: null,
};

const asking: ReadonlySet<string> = new Set<ActionEvent['type']>([
  'ConfirmationWindowOpened',
  'ApprovalRequested',
]);
const answering: ReadonlySet<string> = new Set<ActionEvent['type']>([
  'ActionConfirmed',
  'ActionApproved',
  'PlanApprovalRecorded',
  'ActionRejected',
]);

/**
 * Returns the moments after an event. `settled` means that the action may continue or is over, so
 * the answer in this event was the last that it needed.
 */
export const momentsAfter = (
  before: ActionMoments,
  event: ProjectedEvent<ActionEvent>,
  settled: boolean,
): ActionMoments => {
  const { type, metadata } = event;
  const asks = asking.has(type);
  const ends = isActionEnd(event);
  const first = (moment: Moment, isNow: boolean): Moment => moment ?? (isNow ? metadata.occurred_at : null);
  return {
    decided_at: first(before.decided_at, asks || ends || type === 'ReservationRequested'),
    asked_at: first(before.asked_at, asks),
    answered_at: first(before.answered_at, settled && answering.has(type)),
    started_at: first(before.started_at, type === 'ExecutionStarted'),
    ended_at: first(before.ended_at, ends),
  };
};

/** Returns the last verdict of each judged gate. */
export const verdictsOf = (gates: JudgedGates): Verdicts =>
  Object.fromEntries(Object.entries(gates).map(([gate, { verdict }]) => [gate, verdict]));
