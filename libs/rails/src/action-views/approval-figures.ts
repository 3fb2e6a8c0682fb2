import { defaults, type Timestamp } from '@interlock/contracts';

/**
 * A person's answer to a request. `turnaround_ms` is the time from the request, or from the opening
 * of the window, to the answer.
 */
export type ApprovalAnswer = {
  readonly action_id: string;
  readonly by: string;
  readonly answer: 'approved' | 'confirmed' | 'rejected';
  readonly at: Timestamp;
  readonly turnaround_ms: number;
};
export type WaitingApproval = {
  readonly action_id: string;
  readonly requested_at: Timestamp;
  readonly escalated: boolean;
};
/**
 * The figures of the answers. Times are null if there are no answers. An approval within
 * `rubber_stamp_s` seconds of the request counts as a rubber stamp.
 */
export type AnswerFigures = {
  readonly answers: number;
  readonly approved: number;
  readonly confirmed: number;
  readonly rejected: number;
  readonly turnaround_median_ms: number | null;
  readonly turnaround_p95_ms: number | null;
  readonly rubber_stamps: number;
};
export type ApprovalFigures = AnswerFigures & {
  readonly since: Timestamp;
  readonly people: readonly (AnswerFigures & { readonly by: string })[];
  readonly waiting: number;
  readonly escalated: number;
  readonly oldest_requested_at: Timestamp | null;
};

/** True for an approval that came too soon to have been read. */
export const isRubberStamp = ({ answer, turnaround_ms }: ApprovalAnswer): boolean =>
  answer !== 'rejected' && turnaround_ms < defaults.rubber_stamp_s * 1000;

/**
 * Returns the smallest value that at least a share (0–1) of the values does not exceed; null
 * without values.
 */
const quantile = (values: readonly number[], share: number): number | null => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
};

const figuresOf = (answers: readonly ApprovalAnswer[]): AnswerFigures => {
  const times = answers.map(({ turnaround_ms }) => turnaround_ms);
  const count = (answer: ApprovalAnswer['answer']): number =>
    answers.filter((one) => one.answer === answer).length;
  return {
    answers: answers.length,
    approved: count('approved'),
    confirmed: count('confirmed'),
    rejected: count('rejected'),
    turnaround_median_ms: quantile(times, 0.5),
    turnaround_p95_ms: quantile(times, 0.95),
    rubber_stamps: answers.filter(isRubberStamp).length,
  };
};

/**
 * Returns the figures of the answers since a time, in total and by person, most active first, and
 * the figures of the requests that wait now.
 */
export const approvalFigures = (
  answers: readonly ApprovalAnswer[],
  waiting: readonly WaitingApproval[],
  since: Timestamp,
): ApprovalFigures => {
  const recent = answers.filter(({ at }) => at >= since);
  const people = [...new Set(recent.map(({ by }) => by))].map((by) => ({
    by,
    ...figuresOf(recent.filter((one) => one.by === by)),
  }));
  const requested = waiting.map(({ requested_at }) => requested_at).sort();
  return {
    since,
    ...figuresOf(recent),
    people: people.sort((a, b) => b.answers - a.answers || (a.by < b.by ? -1 : 1)),
    waiting: waiting.length,
    escalated: waiting.filter(({ escalated }) => escalated).length,
    oldest_requested_at: requested[0] ?? null,
  };
};
