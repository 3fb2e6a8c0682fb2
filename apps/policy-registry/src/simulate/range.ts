import type { Timestamp } from '@interlock/contracts';
import { isOrderedTime, refuseViolations } from '@interlock/kernel';

/** The requested range of recorded evaluations. */
export type AskedRange = { readonly from?: string; readonly to?: string; readonly max_evaluations?: number };

const dayMs = 86_400_000;
const usualMs = 7 * dayMs;
const mostDays = 366;

type RangeOptions = {
  /** The pointer of the object that holds the range. */
  readonly pointer?: string;
  /** How long a range without a beginning is; by default seven days. */
  readonly lengthMs?: number;
};

/**
 * Returns the range with its defaults; it never ends after now. Throws `validation-failed` that
 * names the faulty member.
 */
export const rangeOf = (
  asked: AskedRange,
  now: Timestamp,
  usual: number,
  { pointer = '', lengthMs = usualMs }: RangeOptions = {},
): { readonly from: Timestamp; readonly to: Timestamp; readonly most: number } => {
  const to = Math.min(Date.parse(asked.to ?? now), Date.parse(now));
  const from = asked.from === undefined ? to - lengthMs : Date.parse(asked.from);
  const refuse = (detail: string, member = 'from'): void =>
    refuseViolations([{ pointer: `${pointer}/${member}`, code: 'range', detail }], 'the range');
  if (asked.from === undefined && !isOrderedTime(new Date(from).toISOString()))
    refuse('must be later, because the range would begin before the year 1', 'to');
  if (!(from < to)) refuse('must be before the end of the range');
  if (to - from > mostDays * dayMs) refuse(`must be at most ${mostDays} days before the end of the range`);
  return {
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    most: asked.max_evaluations ?? usual,
  };
};
