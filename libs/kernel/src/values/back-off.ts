/**
 * Returns the pause in milliseconds after a number of failures. It doubles from `baseMs` to
 * `mostMs`. `random` (0 to 1) spreads it over the upper half, so that not all callers return at
 * once.
 */
export const backOffMs = (failures: number, baseMs: number, mostMs: number, random: number): number => {
  const full = Math.min(mostMs, baseMs * 2 ** Math.min(failures, 16));
  return Math.round(full / 2 + random * (full / 2));
};

const restsAfter = 20;
const restsFor = 4;

/**
 * Returns the milliseconds until a poller's next look: `everyMs`, or four times as long after
 * twenty looks in a row without work. So an idle system costs little.
 */
export const nextLookMs = (looksInVain: number, everyMs: number): number =>
  looksInVain < restsAfter ? everyMs : everyMs * restsFor;
