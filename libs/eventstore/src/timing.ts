/**
 * Resolves to `late` where work takes longer than `ms`; what the work does later is ignored. An answer that came while this process was busy
 * still counts: it is taken from the socket before the verdict.
 */
export const within = async <T>(work: Promise<T>, ms: number): Promise<T | 'late'> => {
  let timer: NodeJS.Timeout | undefined;
  work.catch(() => undefined);
  try {
    return await Promise.race([
      work,
      new Promise<'late'>((resolve) => {
        timer = setTimeout(() => {
          afterInput(() => {
            resolve('late');
          });
        }, ms);
      }),
    ]);
  } finally {
    clearTimeout(timer);
  }
};

/** Runs something after what lies in the sockets has been taken, and what hangs on that has run. */
export const afterInput = (work: () => void): void => {
  setImmediate(() => {
    setImmediate(work);
  });
};

/** Resolves to `aborted` where the signal comes before the work is done; what the work does later is ignored. Leaves nothing behind at the signal. */
export const orAborted = async <T>(work: Promise<T>, signal: AbortSignal): Promise<T | 'aborted'> => {
  let end: () => void = () => undefined;
  work.catch(() => undefined);
  try {
    return await Promise.race([
      work,
      new Promise<'aborted'>((resolve) => {
        end = () => {
          resolve('aborted');
        };
        if (signal.aborted) end();
        else signal.addEventListener('abort', end, { once: true });
      }),
    ]);
  } finally {
    signal.removeEventListener('abort', end);
  }
};

/** Waits. Rejects with the signal's reason where it comes first; `ref: false` keeps no process alive. */
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

/** Milliseconds to the next moment that everyone in the process shares who does something every `ms`. */
export const untilStep = (ms: number): number => Math.ceil(ms - (performance.now() % ms));

/** Calls back every `ms`, at the moments of `untilStep`, and keeps no process alive. Answers what ends it. */
export const inStep = (ms: number, work: () => void): (() => void) => {
  let timer: NodeJS.Timeout | undefined;
  const wait = (): void => {
    timer = setTimeout(() => {
      wait();
      work();
    }, untilStep(ms)).unref();
  };
  wait();
  return () => {
    clearTimeout(timer);
  };
};
