import { CliError } from '../../../cli-error.js';
import { isTime } from '../../../output/times.js';

const unitMs: { readonly [unit: string]: number } = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * Returns a time, from a time or from a span before `now` such as `30d`, `12h`, `15m`. Throws
 * `CliError`.
 */
export const sinceIn = (text: string, now = Date.now()): string => {
  if (isTime(text)) return text;
  const [, count = '', unit = ''] = /^(\d{1,5})([mhd])$/.exec(text) ?? [];
  if (unit === '') throw new CliError(`\`${text}\` is neither a time nor a span such as 30d, 12h or 15m`, 2);
  return new Date(now - Number(count) * (unitMs[unit] ?? 0)).toISOString();
};
