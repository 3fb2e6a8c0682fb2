/**
 * Returns a threshold (0–1) after a shift (−1 to 1): kept within 0 and 1, rounded to six places, so that every process that adds the two comes to the same number.
 */
export const shiftedThreshold = (threshold: number, shift: number): number =>
  Math.round(Math.min(Math.max(threshold + shift, 0), 1) * 1e6) / 1e6;
