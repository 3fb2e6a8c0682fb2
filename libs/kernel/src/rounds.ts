/**
 * Gathers who asks for the same work at the same time. INVARIANT: whoever asks while a round is under way waits for the next one, for the running one may have
 * seen an older state; so one round serves all who asked before it began, and two never run side by side. Rejects with what the work throws.
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
