/** The longest that one timer of Node waits; a longer one ends at once. */
const longest = 2_147_483_647;

/**
 * A timer that may wait for longer than 24 days, as a confirm timeout may; it keeps no process
 * alive.
 */
export type LongTimer = { readonly stop: () => void };

/** Calls `then` after so many milliseconds, however many. */
export const startLongTimer = (ms: number, then: () => void): LongTimer => {
  let timer: NodeJS.Timeout;
  const wait = (left: number): void => {
    const part = Math.min(left, longest);
    timer = setTimeout(() => (left > part ? wait(left - part) : then()), part);
    timer.unref();
  };
  wait(ms);
  return { stop: () => clearTimeout(timer) };
};
