const sliceMs = 5;

/**
 * Keeps long work from blocking the event loop. Work that awaits `turn` between two steps yields
 * every few milliseconds.
 */
export class Slices {
  #began = performance.now();

  /**
   * Returns undefined during the slice; otherwise a promise that resolves after other work has run.
   */
  turn(): Promise<void> | undefined {
    if (performance.now() - this.#began < sliceMs) return undefined;
    return new Promise((resolve) => {
      setImmediate(() => {
        this.#began = performance.now();
        resolve();
      });
    });
  }
}
