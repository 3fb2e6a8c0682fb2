import { comparePositions, parsePosition } from '@interlock/kernel';

/**
 * A place in a log. `log` is the log's identity (its first event), and `position` a position's
 * text. A rule that is judged by the clock has the head that it read.
 */
export type LogOrder = { readonly log: string; readonly position: string };

/**
 * −1, 0 or 1. Positions of different logs cannot be compared, so a statement from another log
 * counts as later.
 */
export const compareOrder = (a: LogOrder, b: LogOrder): number => {
  if (a.log !== b.log) return 1;
  const [one, other] = [parsePosition(a.position), parsePosition(b.position)];
  return one === undefined || other === undefined ? 1 : comparePositions(one, other);
};
