import type { Timestamp } from '@interlock/contracts';

/** The time zone of a tenant's calendar days, if the tenant has chosen none. */
export const defaultTimeZone = 'UTC';

const formats = new Map<string, Intl.DateTimeFormat>();

const formatOf = (timeZone: string): Intl.DateTimeFormat => {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  });
  formats.set(timeZone, made);
  return made;
};

/** True for an IANA time zone that this runtime knows, e.g. `Europe/Berlin`. */
export const isTimeZone = (text: string): boolean => {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]{0,62}$/.test(text)) return false;
  try {
    formatOf(text);
    return true;
  } catch {
    return false;
  }
};

/** The calendar day (`YYYY-MM-DD`) of a time in a zone. */
export const dayOf = (at: Timestamp, timeZone: string): string => {
  const parts = Object.fromEntries(
    formatOf(timeZone)
      .formatToParts(new Date(at))
      .map(({ type, value }) => [type, value]),
  );
  return `${parts['year']}-${parts['month']}-${parts['day']}`;
};

const dayMs = 86_400_000;
const midnight = (day: string): number => Date.parse(`${day}T00:00:00.000Z`);

/** The day a number of days after another (before, if negative). */
export const addDays = (day: string, days: number): string =>
  new Date(midnight(day) + days * dayMs).toISOString().slice(0, 10);

/** Whole days from one day to another; negative if `to` is earlier. */
export const daysBetween = (from: string, to: string): number =>
  Math.round((midnight(to) - midnight(from)) / dayMs);
