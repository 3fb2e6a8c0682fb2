import { parseStream, type Reason } from '@interlock/contracts';
import { between, elapsedMs, hourMs, rule, runbookOf, seenOf, withKey, type Seen } from '../rule.js';

type Staying = { readonly since: Seen; readonly seen: Seen; readonly reason: string };

/** The time for which the alert of a change that is not tried again stays. */
const shownMs = 24 * hourMs;

/**
 * The time of a temporary change is over, and its undo was refused. The alert ends when the change
 * is undone or rolled back, or a day after the last refusal.
 */
export const temporaryChangeStays = rule<{ readonly [stream: string]: Staying }>({
  name: 'temporary_change_stays',
  condition: 'The undo of a temporary change was refused at the end of its time',
  severity: 'medium',
  runbook: runbookOf('temporary_change_stays'),
  events: {
    action: ['RollbackRefused', 'TemporaryChangeUndone', 'ActionRolledBack', 'ActionRollbackFailed'],
  },
  figures: [],
  initial: {},
  fold: (staying, event) => {
    if (event.type !== 'RollbackRefused') return withKey(staying, event.stream, undefined);
    const { temporary, reasons } = event.data as {
      readonly temporary?: boolean;
      readonly reasons: readonly Reason[];
    };
    if (temporary !== true) return staying;
    const seen = seenOf(event);
    const since = staying[event.stream]?.since ?? seen;
    return withKey(staying, event.stream, { since, seen, reason: reasons[0]?.detail ?? 'it was refused' });
  },
  judge: (staying, now) =>
    Object.entries(staying)
      .filter(([, { seen }]) => elapsedMs(seen.at, now) < shownMs)
      .map(([stream, { since, seen, reason }]) => {
        const id = parseStream(stream)?.id ?? '';
        return {
          subject: stream,
          firing: since.cause.event_id,
          severity: 'medium',
          detail: `the temporary change of action \`${id}\` is still in place: ${reason}`,
          cause: seen.cause,
          evidence: between(since, seen),
          page: `/actions/${encodeURIComponent(id)}`,
        };
      }),
});
