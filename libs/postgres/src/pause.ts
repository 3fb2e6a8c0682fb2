/** Waits, shorter where the signal says so. */
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

/** Asks every 50 ms whether something is so; false where it was not within the time. */
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
 * Does work every `ms`, at the same moments as everybody in the process who does his as often, so that what all read then is read once; never twice at once. What it
 * throws is ignored. Answers what stops it, which resolves when the work under way has ended.
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
