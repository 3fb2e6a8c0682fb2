/**
 * Returns a threshold (0–1) after a shift (−1 to 1). It stays within 0 and 1 and is rounded to six
 * places, so that every process computes the same number.
 */
export const shiftedThreshold = (threshold: number, shift: number): number =>
  Math.round(Math.min(Math.max(threshold + shift, 0), 1) * 1e6) / 1e6;
