const dayMs = 86_400_000;
/** 05:15 UTC. */
const atMs = (5 * 60 + 15) * 60_000;

/** True where a run of 05:15 UTC has come due since the last one; null: there was none. */
export const isDue = (last: Date | null, now: Date): boolean => {
  const today = Math.floor(now.getTime() / dayMs) * dayMs + atMs;
  const due = today <= now.getTime() ? today : today - dayMs;
  return last === null || last.getTime() < due;
};
