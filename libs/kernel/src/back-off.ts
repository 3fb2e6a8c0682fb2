/** Milliseconds to pause after some failures: they double from `baseMs` to `mostMs`, and `random` (0 to 1) spreads them over the upper half, so that not everyone comes back at once. */
export const backOffMs = (failures: number, baseMs: number, mostMs: number, random: number): number => {
  const full = Math.min(mostMs, baseMs * 2 ** Math.min(failures, 16));
  return Math.round(full / 2 + random * (full / 2));
};

const restsAfter = 20;
const restsFor = 4;

/**
 * Milliseconds to the next look of whoever looks again and again: `everyMs`, and four times as long after twenty looks in a row that found nothing to do, so that a
 * system at rest costs little.
 */
export const nextLookMs = (looksInVain: number, everyMs: number): number =>
  looksInVain < restsAfter ? everyMs : everyMs * restsFor;
