// Formats times, numbers and words as section 7 of design.md specifies. Pure: callers pass the
// clock.

export type Zone = 'utc' | 'local';

const two = (n: number): string => String(n).padStart(2, '0');
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

type Parts = { day: number; month: number; year: number; h: number; m: number; s: number };
const partsOf = (ms: number, zone: Zone): Parts => {
  const at = new Date(ms);
  return zone === 'utc'
    ? {
        day: at.getUTCDate(),
        month: at.getUTCMonth(),
        year: at.getUTCFullYear(),
        h: at.getUTCHours(),
        m: at.getUTCMinutes(),
        s: at.getUTCSeconds(),
      }
    : {
        day: at.getDate(),
        month: at.getMonth(),
        year: at.getFullYear(),
        h: at.getHours(),
        m: at.getMinutes(),
        s: at.getSeconds(),
      };
};

/** Returns `03:12:47`, or `03:12:47.204` with milliseconds; a dash if the time is invalid. */
export const clockText = (time: number | string, zone: Zone, milliseconds = false): string => {
  const ms = typeof time === 'number' ? time : Date.parse(time);
  if (!Number.isFinite(ms)) return '–';
  const { h, m, s } = partsOf(ms, zone);
  const whole = `${two(h)}:${two(m)}:${two(s)}`;
  return milliseconds ? `${whole}.${String(ms % 1000).padStart(3, '0')}` : whole;
};

/** Returns `19 Nov 22:41`, or only the clock time if the day is the same as that of `now`. */
export const momentText = (time: string, zone: Zone, now: number): string => {
  const ms = Date.parse(time);
  if (!Number.isFinite(ms)) return '–';
  const at = partsOf(ms, zone);
  const today = partsOf(now, zone);
  const same = at.day === today.day && at.month === today.month && at.year === today.year;
  return same ? clockText(ms, zone) : `${at.day} ${months[at.month]} ${two(at.h)}:${two(at.m)}`;
};

export const zoneName = (zone: Zone): string => (zone === 'utc' ? 'UTC' : 'local');

/**
 * Returns a duration with thin spaces before the units: `126 ms`, `8 s`, `3 min 6 s`, `4 h 31 min`,
 * `2 d 3 h`.
 */
export const durationText = (ms: number): string => {
  if (!Number.isFinite(ms)) return '–';
  const span = Math.max(0, ms);
  if (span < 1000) return `${Math.round(span)} ms`;
  const s = Math.floor(span / 1000);
  const parts: readonly [number, string, number, string] =
    s < 60
      ? [s, 's', 0, '']
      : s < 3600
        ? [Math.floor(s / 60), 'min', s % 60, 's']
        : s < 86_400
          ? [Math.floor(s / 3600), 'h', Math.floor((s % 3600) / 60), 'min']
          : [Math.floor(s / 86_400), 'd', Math.floor((s % 86_400) / 3600), 'h'];
  const [big, unit, small, smaller] = parts;
  return small === 0 ? `${big} ${unit}` : `${big} ${unit} ${small} ${smaller}`;
};

/** Returns the digits of a countdown: `0:21`, `27:13`, `1:02:03`; never below zero. */
export const countdownText = (ms: number): string => {
  const s = Math.max(0, Math.ceil(ms / 1000));
  const h = Math.floor(s / 3600);
  const m = Math.floor((s % 3600) / 60);
  return h > 0 ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
};

/** Returns `1,184` or `−3.2`, with at most the given number of decimals. */
export const numberText = (value: number, decimals = 2): string => {
  if (!Number.isFinite(value)) return '–';
  const text = new Intl.NumberFormat('en', { maximumFractionDigits: decimals }).format(Math.abs(value));
  return value < 0 && text !== '0' ? `−${text}` : text;
};

export const percentText = (value: number, decimals = 1): string => `${numberText(value, decimals)} %`;
export const rangeText = (low: number, high: number, decimals = 2): string =>
  `${numberText(low, decimals)} – ${numberText(high, decimals)}`;

/** Shortens the middle of a long id: `7c9e41b2…5f7b`. */
export const shortId = (id: string): string => (id.length <= 14 ? id : `${id.slice(0, 8)}…${id.slice(-4)}`);

/** Turns a name into words: `cell_failover` becomes `Cell failover`. */
export const sentence = (name: string): string => {
  const words = name.replaceAll(/[_.]+/g, ' ').trim();
  return words === '' ? name : `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
};

/** Returns a count with its noun: `1 approval`, `2 approvals`. */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${numberText(count, 0)} ${count === 1 ? one : many}`;

/** Returns any JSON value in one line of bounded length. */
export const plainValue = (value: unknown, limit = 160): string => {
  const text =
    value === null || value === undefined
      ? '–'
      : typeof value === 'string'
        ? value
        : typeof value === 'number'
          ? numberText(value, 4)
          : JSON.stringify(value);
  return text.length > limit ? `${text.slice(0, limit)}…` : text;
};
