const longestMs = 3_600_000;

/**
 * Sleeps that end early when their stream is woken, and with an error when the signal is aborted.
 */
export class Wakes {
  readonly #wakes = new Map<string, Set<() => void>>();
  readonly #stopping: AbortSignal;

  constructor(stopping: AbortSignal) {
    this.#stopping = stopping;
  }

  wake(stream: string): void {
    for (const wake of this.#wakes.get(stream) ?? []) wake();
  }

  wakeAll(): void {
    for (const stream of this.#wakes.keys()) this.wake(stream);
  }

  /** Waits. A wakeable wait ends early when its stream is woken. */
  sleep(stream: string, ms: number, isWakeable: boolean): Promise<void> {
    const signal = this.#stopping;
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const wakes = this.#wakes.get(stream) ?? new Set();
      const end = (): void => {
        clearTimeout(timer);
        wakes.delete(wake);
        if (wakes.size === 0 && this.#wakes.get(stream) === wakes) this.#wakes.delete(stream);
        if (signal.aborted) reject(signal.reason as Error);
        else resolve();
      };
      const wake = (): void => {
        if (isWakeable || signal.aborted) end();
      };
      const timer = setTimeout(end, Math.max(0, Math.min(ms, longestMs)));
      this.#wakes.set(stream, wakes.add(wake));
    });
  }
}
