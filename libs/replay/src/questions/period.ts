import type { RecordedEvent } from '@interlock/kernel';

/**
 * A span of time in RFC 3339: from `since` (included) to `until` (excluded). An absent end is open.
 */
export type Period = { readonly since?: string; readonly until?: string };

/** True if an event happened in the period. */
export const isWithin = (
  { since, until }: Period,
  { metadata: { occurred_at: at } }: RecordedEvent,
): boolean => {
  const time = Date.parse(at);
  return (
    (since === undefined || time >= Date.parse(since)) && (until === undefined || time < Date.parse(until))
  );
};

/** Returns the UTC period of a month `YYYY-MM`; undefined for any other text. */
export const monthPeriod = (month: string): Period | undefined => {
  const [, year = '', of = ''] = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(month) ?? [];
  return year === ''
    ? undefined
    : {
        since: new Date(Date.UTC(Number(year), Number(of) - 1)).toISOString(),
        until: new Date(Date.UTC(Number(year), Number(of))).toISOString(),
      };
};
