/**
 * Resolves to `late` if the work takes longer than `ms`; its later result is ignored. An answer
 * that came while this process was busy still counts, because it is read from the socket before the
 * verdict.
 */
export const within = async <T>(work: Promise<T>, ms: number): Promise<T | 'late'> => {
  let timer: NodeJS.Timeout | undefined;
  work.catch(() => undefined);
  try {
    return await Promise.race([
      work,
      new Promise<'late'>((resolve) => {
        timer = setTimeout(() => {
          afterInput(() => resolve('late'));
        }, ms);
      }),
    ]);
  } finally {
    clearTimeout(timer);
  }
};

/**
 * Runs a function after the data in the sockets have been read, and after the code that depends on
 * them has run.
 */
export const afterInput = (work: () => void): void => {
  setImmediate(() => setImmediate(work));
};

/**
 * Resolves to `aborted` if the signal comes before the work is done; the later result is ignored.
 * Leaves no listener on the signal.
 */
export const orAborted = async <T>(work: Promise<T>, signal: AbortSignal): Promise<T | 'aborted'> => {
  let end: () => void = () => undefined;
  work.catch(() => undefined);
  try {
    return await Promise.race([
      work,
      new Promise<'aborted'>((resolve) => {
        end = () => resolve('aborted');
        if (signal.aborted) end();
        else signal.addEventListener('abort', end, { once: true });
      }),
    ]);
  } finally {
    signal.removeEventListener('abort', end);
  }
};

/**
 * Waits. Rejects with the signal's reason if the signal comes first; `ref: false` does not keep the
 * process alive.
 */
export const pause = (
  ms: number,
  signal: AbortSignal,
  { ref = true }: { readonly ref?: boolean } = {},
): Promise<void> =>
  new Promise((resolve, reject) => {
    const aborted = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', aborted);
      resolve();
    }, ms);
    if (!ref) timer.unref();
    if (signal.aborted) aborted();
    else signal.addEventListener('abort', aborted, { once: true });
  });

/** Milliseconds to the next moment that all timers with the period `ms` in the process share. */
export const untilStep = (ms: number): number => Math.ceil(ms - (performance.now() % ms));

/**
 * Calls back every `ms`, at the moments of `untilStep`, without keeping the process alive. Returns
 * a function that ends it.
 */
export const inStep = (ms: number, work: () => void): (() => void) => {
  let timer: NodeJS.Timeout | undefined;
  const wait = (): void => {
    timer = setTimeout(() => {
      wait();
      work();
    }, untilStep(ms)).unref();
  };
  wait();
  return () => clearTimeout(timer);
};
