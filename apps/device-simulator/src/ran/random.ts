const BUCKET_S = 10;
const SPREAD = 0.03;

/** Returns a number in [0, 1) that depends only on its arguments. */
export const hashUnit = (seed: number, label: string, index: number): number => {
  let h = (seed ^ 0x9e3779b9) >>> 0;
  const mix = (value: number): void => {
    h = Math.imul(h ^ value, 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    h = (h ^ (h >>> 16)) >>> 0;
  };
  for (let i = 0; i < label.length; i += 1) mix(label.charCodeAt(i));
  mix(index);
  mix(label.length);
  return h / 0x1_0000_0000;
};

/**
 * Returns the current demand as a multiple of the plan: smooth, within ±3 %, and the same for the
 * same seed.
 */
export const demandFactor = (seed: number, cellId: string, elapsedS: number): number => {
  const bucket = Math.floor(elapsedS / BUCKET_S);
  const within = elapsedS / BUCKET_S - bucket;
  const at = (n: number): number => 1 + SPREAD * (2 * hashUnit(seed, cellId, n) - 1);
  return at(bucket) * (1 - within) + at(bucket + 1) * within;
};
