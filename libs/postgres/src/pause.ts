/** Waits; the signal ends the wait early. */
export const pause = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal?.aborted === true) {
      resolve();
      return;
    }
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done, { once: true });
  });

/** Checks a condition every 50 ms; false if it was not true within the time. */
export const polled = async (
  isSo: () => Promise<boolean>,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<boolean> => {
  for (const end = performance.now() + timeoutMs; ; await pause(50, signal)) {
    if (await isSo()) return true;
    if (performance.now() >= end || signal.aborted) return false;
  }
};

/**
 * Does work every `ms`, never twice at once. All work in the process with the same period runs at
 * the same moments, so that shared reads happen once. Errors are ignored. Returns a function that
 * stops it, and resolves when the running work has ended.
 */
export const inStep = (ms: number, work: () => Promise<void>): (() => Promise<void>) => {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  const wait = (): void => {
    timer = setTimeout(
      () => {
        wait();
        running ??= work()
          .catch(() => undefined)
          .finally(() => {
            running = undefined;
          });
      },
      Math.ceil(ms - (performance.now() % ms)),
    ).unref();
  };
  wait();
  return async () => {
    clearTimeout(timer);
    await running;
  };
};
