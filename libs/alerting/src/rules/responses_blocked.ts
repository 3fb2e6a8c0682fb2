import type { RecordedEvent } from '@interlock/kernel';
import { between, rule, runbookOf, seenOf, type Seen } from '../rule.js';

type Blocked = {
  readonly count: number;
  readonly first: Seen | null;
  readonly last: Seen | null;
  readonly gates: readonly string[];
  /** A planned run about which nothing more is known. */
  readonly planned: string | null;
};
type Data = { readonly response_id?: string; readonly gates?: readonly string[] };

const none: Blocked = { count: 0, first: null, last: null, gates: [], planned: null };

const fold = (state: Blocked, event: RecordedEvent): Blocked => {
  const { response_id, gates } = event.data as Data;
  switch (event.type) {
    case 'ResponsePlanned':
      // The previous run was not blocked, so it passed.
      return { ...(state.planned === null ? state : none), planned: response_id ?? event.stream };
    case 'ResponseBlocked': {
      // A planned run and another, blocked one: the planned one passed.
      const own = state.planned === null || state.planned === (response_id ?? event.stream);
      const before = own ? state : none;
      const last = seenOf(event);
      return {
        count: before.count + 1,
        first: before.first ?? last,
        last,
        gates: gates ?? [],
        planned: null,
      };
    }
    default:
      return none;
  }
};

/** More consecutive runs of responses were blocked than the limit. */
export const responsesBlocked = rule<Blocked>({
  name: 'responses_blocked',
  condition: 'More than 3 runs of responses in a row were blocked',
  severity: 'medium',
  runbook: runbookOf('responses_blocked'),
  events: {
    response: [
      'ResponsePlanned',
      'ResponseBlocked',
      'ResponseActionSubmitted',
      'ResponseCompleted',
      'ResponseFailed',
    ],
  },
  figures: ['responses_blocked'],
  initial: none,
  fold,
  judge: ({ count, first, last, gates }, _now, { responses_blocked }) =>
    first === null || last === null || count <= responses_blocked
      ? []
      : [
          {
            subject: 'responses',
            firing: first.cause.event_id,
            severity: 'medium',
            detail: `${count} runs of responses in a row were blocked, the last by ${gates.join(', ') || 'a gate'}: check the safety gates`,
            cause: last.cause,
            evidence: between(first, last),
          },
        ],
});
