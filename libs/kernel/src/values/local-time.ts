import { ProblemError } from './problem.js';

const formats = new Map<string, Intl.DateTimeFormat>();
const formatOf = (timeZone: string): Intl.DateTimeFormat => {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  try {
    const format = new Intl.DateTimeFormat('en-GB', {
      timeZone,
      hour: '2-digit',
      hourCycle: 'h23',
      weekday: 'long',
    });
    formats.set(timeZone, format);
    return format;
  } catch (error) {
    throw new ProblemError('validation-failed', `\`${timeZone}\` is not a time zone`, { cause: error });
  }
};

export type LocalTime = { readonly hour: number; readonly weekday: string };
/**
 * The last answer for each zone, cached per quarter of an hour because in every zone hours begin at
 * one.
 */
const lastTimes = new Map<string, { readonly quarter: number; readonly time: LocalTime }>();
const quarterMs = 900_000;

/**
 * Returns the hour (0–23) and weekday (`Monday` … `Sunday`) of an instant in a zone. Throws
 * `validation-failed` for an invalid time or zone.
 */
export const localTime = (at: string, timeZone: string): LocalTime => {
  const instant = new Date(at);
  if (Number.isNaN(instant.getTime())) throw new ProblemError('validation-failed', `\`${at}\` is not a time`);
  const quarter = Math.floor(instant.getTime() / quarterMs);
  const last = lastTimes.get(timeZone);
  if (last?.quarter === quarter) return last.time;
  const parts = formatOf(timeZone).formatToParts(instant);
  const part = (type: string): string => parts.find((p) => p.type === type)?.value ?? '';
  const time = { hour: Number(part('hour')), weekday: part('weekday') };
  lastTimes.set(timeZone, { quarter, time });
  return time;
};
