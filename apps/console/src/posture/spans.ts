import type { Schema } from '@interlock/api-types';
import type { Level } from '../api/types.js';

export type Trend = Schema<'PostureTrendDto'>;
/** A time in which the effective level stayed the same, in milliseconds since 1970. */
export type Span = { readonly level: Level; readonly from: number; readonly to: number };

/**
 * Returns the spans of a trend in order. The time before the first transition has the level that
 * it left; without a transition, the level that the whole time was spent in. Pure.
 */
export const spansOf = ({
  from,
  to,
  transitions,
  time_in_level_s: time,
}: Pick<Trend, 'from' | 'to' | 'transitions' | 'time_in_level_s'>): readonly Span[] => {
  const end = Date.parse(to);
  // Nobody knows the level before the first evaluation, so that time has no span.
  const begin = Date.parse(from) + 1000 * time.unknown;
  const [first] = transitions;
  if (first === undefined) {
    const level = (['GREEN', 'YELLOW', 'ORANGE', 'RED'] as const).find((one) => time[one] > 0);
    return level === undefined ? [] : [{ level, from: begin, to: end }];
  }
  const starts = [
    { level: first.from, at: begin },
    ...transitions.map(({ at, to: level }) => ({ level, at: Date.parse(at) })),
  ];
  return starts
    .map(({ level, at }, i) => ({ level, from: at, to: starts[i + 1]?.at ?? end }))
    .filter((span) => span.to > span.from);
};
