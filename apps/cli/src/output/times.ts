const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/**
 * Returns a span in its largest unit: `12 s`, `8 min`, `3 h`, `5 d`. It takes milliseconds, and
 * shows milliseconds below a second.
 */
export const spanText = (ms: number): string => {
  const span = Math.abs(ms);
  if (span < second) return `${Math.round(span)} ms`;
  if (span < minute) return `${Math.floor(span / second)} s`;
  if (span < hour) return `${Math.floor(span / minute)} min`;
  if (span < day) return `${Math.floor(span / hour)} h`;
  return `${Math.floor(span / day)} d`;
};

/** A span in its two largest units: `3 min 6 s`, `2 h`, `126 ms`. */
export const durationText = (ms: number): string => {
  const span = Math.abs(ms);
  const [unit, below] =
    span < minute ? [second, 0] : span < hour ? [minute, second] : span < day ? [hour, minute] : [day, hour];
  const rest = below === 0 ? 0 : span % unit;
  return below === 0 || rest < below ? spanText(span) : `${spanText(span)} ${spanText(rest)}`;
};

/** Relative to now: `8 min ago`, `in 27 s`, `now` within half a second. */
export const relativeText = (at: number, now: number): string =>
  Math.abs(now - at) < second / 2
    ? 'now'
    : at < now
      ? `${spanText(now - at)} ago`
      : `in ${spanText(at - now)}`;

const pattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

/** True if a text is a time in the API's format. */
export const isTime = (text: string): boolean => pattern.test(text) && !Number.isNaN(Date.parse(text));

/**
 * Returns a time for a list, in UTC: `03:04:10, 8 min`, with the day if it is not today. A future
 * time is `03:04:10, in 27 s`.
 */
export const timeCell = (text: string | null | undefined, now: number): string => {
  if (text === null || text === undefined) return '';
  const at = Date.parse(text);
  if (Number.isNaN(at)) return text;
  const iso = new Date(at).toISOString();
  const isToday = iso.slice(0, 10) === new Date(now).toISOString().slice(0, 10);
  const span = at > now + second / 2 ? `in ${spanText(at - now)}` : spanText(now - at);
  return `${isToday ? '' : `${iso.slice(5, 10)} `}${iso.slice(11, 19)}, ${span}`;
};

/** A time on its own, in UTC to the millisecond: `2026-01-01 03:04:10.123 UTC, 8 min ago`. */
export const timeText = (text: string, now: number): string => {
  const at = Date.parse(text);
  if (Number.isNaN(at)) return text;
  return `${new Date(at).toISOString().replace('T', ' ').replace('Z', ' UTC')}, ${relativeText(at, now)}`;
};
