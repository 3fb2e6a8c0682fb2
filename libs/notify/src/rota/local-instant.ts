const formats = new Map<string, Intl.DateTimeFormat>();
const formatOf = (timeZone: string): Intl.DateTimeFormat => {
  const known =
    formats.get(timeZone) ??
    new Intl.DateTimeFormat('en-GB', {
      timeZone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hourCycle: 'h23',
    });
  formats.set(timeZone, known);
  return known;
};

/**
 * What the zone's clocks show at an instant, as milliseconds: the value that `Date.UTC` gives for
 * the shown date and time, to the second. Throws `RangeError` for an unknown zone.
 */
const localMs = (instantMs: number, timeZone: string): number => {
  const parts = formatOf(timeZone).formatToParts(instantMs);
  const part = (type: Intl.DateTimeFormatPartTypes): number =>
    Number(parts.find((one) => one.type === type)?.value ?? 0);
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
};

const dayMs = 86_400_000;

/**
 * The instant at which the zone's clocks show a time, as `localMs` counts it. A time that the
 * clocks show twice means the first one. A time that they skip means as much later as they skip, as
 * in RFC 5545.
 */
export const instantOf = (local: number, timeZone: string): number => {
  const offsetAt = (ms: number): number => localMs(ms, timeZone) - Math.floor(ms / 1000) * 1000;
  // No zone changes its clocks twice within two days.
  const before = offsetAt(local - dayMs);
  const after = offsetAt(local + dayMs);
  const shown = [local - before, local - after].filter((ms) => localMs(ms, timeZone) === local);
  return shown.length === 0 ? local - before : Math.min(...shown);
};
