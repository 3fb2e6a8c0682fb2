import type { Timestamp } from '@interlock/contracts';

const pattern =
  /^(\d{4}-\d{2}-\d{2})[Tt ](?:[01]\d|2[0-3]):\d{2}:\d{2}(?:\.\d{1,32})?(?:[Zz]|[+-]\d{2}:\d{2})$/;

const earliest = Date.parse('0001-01-01T00:00:00.000Z');
const latest = Date.parse('9999-12-31T23:59:59.999Z');

/** True for a day of the calendar, as `YYYY-MM-DD`. `Date` reads 30 February as 2 March. */
export const isDay = (text: string): boolean => {
  const midnight = Date.parse(`${text}T00:00:00.000Z`);
  return !Number.isNaN(midnight) && new Date(midnight).toISOString().slice(0, 10) === text;
};

/** True for a time in the years 1 to 9999 of UTC, which the log and the database can order. */
export const isOrderedTime = (text: string): boolean => {
  const at = Date.parse(text);
  return at >= earliest && at <= latest;
};

/**
 * True for a time of RFC 3339 that exists: its day is in the calendar, it is no leap second, and
 * its year in UTC has four digits.
 */
export const isExistingTime = (value: unknown): value is string => {
  if (typeof value !== 'string') return false;
  const [, day] = pattern.exec(value) ?? [];
  return day !== undefined && isDay(day) && isOrderedTime(value);
};

/** Returns a time in UTC with milliseconds. Throws `RangeError` if the time does not exist. */
export const utc = (time: string): Timestamp => new Date(time).toISOString();
