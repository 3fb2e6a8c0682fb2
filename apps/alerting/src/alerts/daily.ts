const dayMs = 86_400_000;
/** 05:15 UTC, in milliseconds since midnight. */
const atMs = (5 * 60 + 15) * 60_000;

/**
 * Returns true if the run of 05:15 UTC is due after the last one; null means that there was none.
 */
export const isDue = (last: Date | null, now: Date): boolean => {
  const today = Math.floor(now.getTime() / dayMs) * dayMs + atMs;
  const due = today <= now.getTime() ? today : today - dayMs;
  return last === null || last.getTime() < due;
};
