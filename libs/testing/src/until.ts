/**
 * Waits until a condition holds, looking every few milliseconds; an answer that is neither false, null nor undefined is returned.
 * A condition that throws does not hold yet. Throws with `what` and the last fault after `timeoutMs` (240 s: a busy machine is slow, and not a fault).
 */
export const until = async <T>(
  condition: () => T | Promise<T>,
  what: string,
  timeoutMs = 240_000,
): Promise<NonNullable<Exclude<T, false>>> => {
  const end = performance.now() + timeoutMs;
  let last: unknown;
  for (let wait = 2; ; wait = Math.min(50, wait * 1.5)) {
    try {
      const value = await condition();
      if (value !== false && value !== null && value !== undefined)
        return value as NonNullable<Exclude<T, false>>;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (performance.now() > end)
      throw new Error(`waited ${timeoutMs} ms in vain until ${what}`, { cause: last });
    await new Promise((resolve) => {
      setTimeout(resolve, wait);
    });
  }
};
