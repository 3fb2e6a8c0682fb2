import { comparePositions, parsePosition } from '@interlock/kernel';

/**
 * Where in which log something stands. `log` names the log's incarnation (its first event), `position` is a position's text. A rule that is judged by the
 * clock carries the head that it read.
 */
export type LogOrder = { readonly log: string; readonly position: string };

/** −1, 0 or 1; positions of different logs say nothing of each other, so what another log says counts as later. */
export const compareOrder = (a: LogOrder, b: LogOrder): number => {
  if (a.log !== b.log) return 1;
  const [one, other] = [parsePosition(a.position), parsePosition(b.position)];
  return one === undefined || other === undefined ? 1 : comparePositions(one, other);
};
