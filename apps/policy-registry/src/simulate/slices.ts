const sliceMs = 5;

/**
 * Keeps long work from holding the event loop: whoever awaits `turn` between two steps lets others
 * in every few milliseconds.
 */
export class Slices {
  #began = performance.now();

  /** Undefined while the slice lasts, else resolves when others have had their turn. */
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
