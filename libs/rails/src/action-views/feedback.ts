import { isSamePerson, streamName, type Timestamp } from '@interlock/contracts';
import type { Decider } from '@interlock/kernel';
import type { ActionState } from '../action-events/stages.js';

/** A person's judgement of an action: it was right, wrong or harmful. */
export const feedbackVerdicts = ['good', 'bad', 'harmful'] as const;
export type FeedbackVerdict = (typeof feedbackVerdicts)[number];

/**
 * The executed action that is judged. `by_requester`: the judge also requested it, or it was
 * requested on their behalf.
 */
export type JudgedAction = {
  readonly action_id: string;
  readonly account_id: string;
  readonly action_type: string;
  readonly affected_entity_count: number;
  readonly outcome: 'COMPLETED' | 'ROLLED_BACK' | 'ROLLBACK_FAILED';
  readonly ended_at: Timestamp;
};

export type FeedbackEvent = {
  readonly type: 'FeedbackGiven';
  readonly data: JudgedAction & {
    /** The judge's actor key, `person:<person_id>`. */
    readonly by: string;
    readonly by_requester: boolean;
    readonly verdict: FeedbackVerdict;
    /** The judge's text, sealed; absent if there is none. */
    readonly comment?: string;
  };
};
export type FeedbackCommand = { readonly kind: 'give' } & FeedbackEvent['data'];

/** One person's latest judgement of an action. */
export type Feedback = {
  readonly by: string;
  readonly verdict: FeedbackVerdict;
  readonly comment: string | null;
  readonly at: Timestamp;
};
/** The judgements of one action, ordered by when they were last given. */
export type FeedbackState = readonly Feedback[];

/**
 * Returns the stream of the judgements of one action. It is separate from the action's own stream,
 * where nothing follows the end.
 */
export const feedbackStream = (tenantId: string, actionId: string): string =>
  streamName('feedback', tenantId, actionId);

/**
 * Returns the executed action that feedback may refer to; null if the action executed nothing, or
 * has not ended.
 */
export const judgedAction = (state: ActionState): JudgedAction | null => {
  if (state.status === 'NONE' || state.execution === null || state.ended_at === null) return null;
  const { status, accepted, ended_at } = state;
  if (status !== 'COMPLETED' && status !== 'ROLLED_BACK' && status !== 'ROLLBACK_FAILED') return null;
  const { account_id, action_type, affected_entity_count } = accepted.intent;
  return {
    action_id: accepted.action_id,
    account_id,
    action_type,
    affected_entity_count,
    outcome: status,
    ended_at,
  };
};

/** True if a person's keys include a key of the action's requester. */
export const isRequester = ({ requested_as }: ActionState, keys: readonly string[]): boolean =>
  isSamePerson(keys, requested_as);

/**
 * The decider of the stream that `feedbackStream` names. A person's later judgement replaces the
 * earlier one. A repeat without a new comment writes nothing.
 */
export const feedbackDecider: Decider<FeedbackCommand, FeedbackEvent, FeedbackState> = {
  name: 'feedback',
  types: ['FeedbackGiven'],
  initial: [],
  decide: ({ kind: _kind, ...data }, state) => {
    const known = state.find(({ by }) => by === data.by);
    return known?.verdict === data.verdict && (data.comment === undefined || data.comment === known.comment)
      ? []
      : [{ type: 'FeedbackGiven', data }];
  },
  evolve: (state, { data: { by, verdict, comment }, metadata }) => [
    ...state.filter((known) => known.by !== by),
    { by, verdict, comment: comment ?? null, at: metadata.occurred_at },
  ],
};
