import { defaults } from '@interlock/contracts';
import type { Decision, Recorded } from '@interlock/kernel';
import type { EarlierRules } from '../action-commands.js';
import { boundToAffected, decidedByFirstRules, type ActionEvent } from '../action-events.js';

type Event = Recorded<ActionEvent>;
type DataOf<T extends ActionEvent['type']> = Extract<ActionEvent, { readonly type: T }>['data'];

/** The data of the first event of a type in an append. */
export const dataOf = <T extends ActionEvent['type']>(
  events: readonly Event[],
  type: T,
): DataOf<T> | undefined => events.find((event) => event.type === type)?.data as DataOf<T> | undefined;

/** Until release 0.1 the time of a command was taken a moment before the time of its events. It is never earlier than this. */
const momentMs = 10_000;

/** The time that a due time of the append was counted from; undefined where it is none that its command can have had. */
export const countedFrom = (events: Decision<ActionEvent>): string | undefined => {
  const opened = dataOf(events, 'ConfirmationWindowOpened');
  const [due, seconds] =
    opened !== undefined
      ? [opened.due_at, opened.told_within_s ?? opened.window_s]
      : [
          dataOf(events, 'ReservationRequested')?.wait_expires_at ??
            dataOf(events, 'ApprovalRequested')?.expires_at ??
            dataOf(events, 'ServiceAwaited')?.expires_at,
          dataOf(events, 'ReservationRequested') !== undefined
            ? defaults.reservation_wait_s
            : dataOf(events, 'ApprovalRequested') !== undefined
              ? defaults.approval_expiry_s
              : defaults.service_wait_s,
        ];
  const at = due === undefined ? NaN : Date.parse(due) - seconds * 1000;
  const recorded = Date.parse(events[0].metadata.occurred_at);
  return at <= recorded && at >= recorded - momentMs ? new Date(at).toISOString() : undefined;
};

/** The reasons' own texts. In version 1 the words of the person stood in their place. */
const ownWords: { readonly [code: string]: string } = {
  rejected: 'a person rejected it',
  cancelled: 'an operator cancelled it',
  'rollback-asked': 'an operator asked for the rollback',
};

/** Rewrites an append of version 1 as it would be written now: the reason's own text replaces the words of the person. */
export const asWrittenNow = <E extends Event>(events: readonly E[]): readonly E[] => {
  const [first, ...rest] = events;
  if (
    first === undefined ||
    first.metadata.schema_version !== 1 ||
    !['ActionRejected', 'ActionCancelled', 'UndoRequested'].includes(first.type) ||
    !('reasons' in first.data)
  )
    return events;
  const reasons = first.data.reasons.map((reason) => ({
    ...reason,
    detail: ownWords[reason.code] ?? reason.detail,
  }));
  return [{ ...first, data: { ...first.data, reasons } } as E, ...rest];
};

/** The earlier rules by which events of one append were decided, the oldest that any of them shows; undefined where those of today were. */
export const rulesOf = (events: readonly Event[]): EarlierRules | undefined => {
  if (byFirstRules(events)) return 'first';
  const second = events.filter(({ metadata }) => metadata.schema_version === 2);
  if (second.some(({ type }) => type === 'OutcomeValidated')) return 'before-declared-kpis';
  return second.some(({ type }) => boundToAffected.has(type)) ? 'before-affected' : undefined;
};

/** True where events of one append were decided by the first version of the rules. */
export const byFirstRules = (events: readonly Event[]): boolean =>
  events.some(({ type, metadata }) => decidedByFirstRules.has(type) && metadata.schema_version === 1);
