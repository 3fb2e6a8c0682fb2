/** The longest delay of a Node timer; a longer one fires at once. */
const longest = 2_147_483_647;

/**
 * A timer that may wait for longer than 24 days, as a confirm timeout may. It does not keep the
 * process alive.
 */
export type LongTimer = { readonly stop: () => void };

/** Calls `then` after `ms` milliseconds, with no upper limit. */
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
