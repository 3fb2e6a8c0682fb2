import type { Timestamp } from '@interlock/contracts';
import { refuseViolations } from '@interlock/kernel';

/** The requested range of recorded evaluations. */
export type AskedRange = { readonly from?: string; readonly to?: string; readonly max_evaluations?: number };

const dayMs = 86_400_000;
const usualDays = 7;
const mostDays = 366;

/**
 * Returns the range with its defaults: the last seven days, but not beyond now. Throws
 * `validation-failed`, with pointers under `pointer`.
 */
export const rangeOf = (
  asked: AskedRange,
  now: Timestamp,
  usual: number,
  pointer = '',
): { readonly from: Timestamp; readonly to: Timestamp; readonly most: number } => {
  const to = Math.min(Date.parse(asked.to ?? now), Date.parse(now));
  const from = asked.from === undefined ? to - usualDays * dayMs : Date.parse(asked.from);
  const refuse = (detail: string): void =>
    refuseViolations([{ pointer: `${pointer}/from`, code: 'range', detail }], 'the range');
  if (!(from < to)) refuse('must be before the end of the range');
  if (to - from > mostDays * dayMs) refuse(`must be at most ${mostDays} days before the end of the range`);
  return {
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    most: asked.max_evaluations ?? usual,
  };
};
