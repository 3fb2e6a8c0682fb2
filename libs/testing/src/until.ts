import { atThisPace } from '@interlock/pace';

/**
 * Waits until a condition holds, and checks less often the longer it waits, so that polling does
 * not slow down a busy machine. Returns the first answer that is not false, null or undefined. A
 * condition that throws does not hold yet. Throws with `what` and the last fault after `timeoutMs`.
 * The default is 60 s times the machine's pace, because a busy machine is slow, not faulty.
 */
export const until = async <T>(
  condition: () => T | Promise<T>,
  what: string,
  timeoutMs = 60_000,
): Promise<NonNullable<Exclude<T, false>>> => {
  const began = performance.now();
  let last: unknown;
  for (;;) {
    try {
      const value = await condition();
      if (value !== false && value !== null && value !== undefined)
        return value as NonNullable<Exclude<T, false>>;
      last = undefined;
    } catch (error) {
      last = error;
    }
    const waited = performance.now() - began;
    if (waited > atThisPace(timeoutMs))
      throw new Error(`waited ${timeoutMs} ms in vain until ${what}`, { cause: last });
    await new Promise((resolve) => setTimeout(resolve, Math.min(250, Math.max(2, waited / 10))));
  }
};
