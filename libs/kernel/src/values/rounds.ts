/**
 * Groups callers that ask for the same work at the same time. INVARIANT: a caller that asks during
 * a round waits for the next one, because the running round may have seen an older state. So one
 * round serves all callers that asked before it began, and two rounds never run side by side.
 * Rejects with what the work throws.
 */
export const inRounds = <T>(work: () => Promise<T>): (() => Promise<T>) => {
  let running: Promise<unknown> = Promise.resolve();
  let next: Promise<T> | undefined;
  const begin = (): Promise<T> => {
    next = undefined;
    return work();
  };
  return () => {
    if (next !== undefined) return next;
    const round = running.then(begin, begin);
    next = round;
    running = round;
    round.catch(() => undefined);
    return round;
  };
};
