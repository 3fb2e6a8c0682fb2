import type { Severity, Timestamp, Violation } from '@interlock/contracts';

/**
 * Daily hours in which only `critical` alerts are sent: from `from` (inclusive) to `to`
 * (exclusive), `HH:MM` by the clocks of the time zone. They may span midnight.
 */
export type QuietHours = { readonly time_zone: string; readonly from: string; readonly to: string };

const clock = /^([01]\d|2[0-3]):([0-5]\d)$/;
const dayMinutes = 24 * 60;
const minuteMs = 60_000;

const isTimeZone = (name: string): boolean => {
  try {
    new Intl.DateTimeFormat('en-GB', { timeZone: name });
    return true;
  } catch {
    return false;
  }
};

/** The faults of quiet hours; `pointer` is their place. */
export const quietHoursFaults = (quiet: QuietHours, pointer: string): readonly Violation[] => [
  ...(isTimeZone(quiet.time_zone)
    ? []
    : [{ pointer: `${pointer}/time_zone`, detail: 'must be a time zone such as `Europe/London`' }]),
  ...(clock.test(quiet.from) ? [] : [{ pointer: `${pointer}/from`, detail: 'must be a time as `HH:MM`' }]),
  ...(clock.test(quiet.to) ? [] : [{ pointer: `${pointer}/to`, detail: 'must be a time as `HH:MM`' }]),
  ...(quiet.from === quiet.to
    ? [{ pointer: `${pointer}/to`, detail: 'must differ from `from`: a whole day is never quiet' }]
    : []),
];

const minutesOf = (text: string): number => {
  const [hours = 0, minutes = 0] = text.split(':').map(Number);
  return hours * 60 + minutes;
};

/** Minutes since midnight on the zone's clocks. */
const localMinutes = (ms: number, timeZone: string): number =>
  minutesOf(
    new Intl.DateTimeFormat('en-GB', {
      timeZone,
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    }).format(ms),
  );

const isQuiet = (at: number, from: number, to: number): boolean =>
  from < to ? at >= from && at < to : at >= from || at < to;

/**
 * When a delayed notice is sent; null to send it at once. INVARIANT: `critical` is always sent at
 * once. If clocks change within the quiet hours, they end by the changed clocks.
 */
export const heldUntil = (quiet: QuietHours | null, severity: Severity, at: Timestamp): Timestamp | null => {
  if (quiet === null || severity === 'critical') return null;
  const [from, to] = [minutesOf(quiet.from), minutesOf(quiet.to)];
  const now = Date.parse(at);
  const local = localMinutes(now, quiet.time_zone);
  if (!isQuiet(local, from, to)) return null;
  const wholeMinute = now - (now % minuteMs);
  let end = wholeMinute + ((to - local + dayMinutes) % dayMinutes) * minuteMs;
  // The clocks may have changed in between. The difference is corrected in the shorter direction
  // around the day.
  const drift =
    ((to - localMinutes(end, quiet.time_zone) + dayMinutes + dayMinutes / 2) % dayMinutes) - dayMinutes / 2;
  const moved = end + drift * minuteMs;
  // If the clocks skip this minute, the hours end at the first minute after it.
  if (!isQuiet(localMinutes(moved, quiet.time_zone), from, to) && moved > now) end = moved;
  return new Date(end).toISOString();
};
