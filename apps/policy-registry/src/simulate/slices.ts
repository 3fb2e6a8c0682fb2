const sliceMs = 5;

/**
 * Keeps long work from blocking the event loop. Work that awaits `turn` between two steps lets
 * others run every few milliseconds.
 */
export class Slices {
  #began = performance.now();

  /** Undefined during the slice; otherwise resolves when others have had their turn. */
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
