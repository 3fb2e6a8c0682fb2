import { patience } from '@interlock/pace';

/**
 * Waits until a condition holds, and looks less often the longer it waits: on a busy machine,
 * whoever asks all the time is what the others wait for. An answer that is neither false, null nor
 * undefined is returned. A condition that throws does not hold yet. Throws with `what` and the last
 * fault after `timeoutMs` (240 s times the pace of the machine: a busy one is slow, and not
 * faulty).
 */
export const until = async <T>(
  condition: () => T | Promise<T>,
  what: string,
  timeoutMs = 240_000,
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
    if (waited > patience(timeoutMs))
      throw new Error(`waited ${timeoutMs} ms in vain until ${what}`, { cause: last });
    await new Promise((resolve) => {
      setTimeout(resolve, Math.min(250, Math.max(2, waited / 10)));
    });
  }
};
