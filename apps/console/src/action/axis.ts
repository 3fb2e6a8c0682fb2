/**
 * Returns a function that maps a value to an axis from 0 to 1000. The axis holds all of `values`
 * with some space at both ends. Pure.
 */
export const axisOf = (values: readonly number[]): ((value: number) => number) => {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const room = (high - low || Math.abs(high) || 1) * 0.35;
  const from = low - room;
  const span = high + room - from;
  return (value) => Math.round((1000 * (value - from)) / span);
};
