import type { Position } from '@interlock/kernel';

type Wait = { readonly position: Position; readonly resolve: () => void; readonly reject: (error: Error) => void };

/** Those who wait for a position. */
export class PositionWaits {
  readonly #waits = new Set<Wait>();

  /** Waits until `reached` lets it go; `look` is called now and every 50 ms, `late` makes the error after `timeoutMs`. */
  async wait(position: Position, timeoutMs: number, look: () => Promise<void>, late: () => Error): Promise<void> {
    let wait: Wait | undefined;
    const released = new Promise<void>((resolve, reject) => {
      wait = { position, resolve, reject };
      this.#waits.add(wait);
    });
    const looking = setInterval(() => { look().catch(() => undefined); }, 50);
    const timer = setTimeout(() => { wait?.reject(late()); }, timeoutMs);
    look().catch(() => undefined);
    try {
      await released;
    } finally {
      clearInterval(looking);
      clearTimeout(timer);
      if (wait !== undefined) this.#waits.delete(wait);
    }
  }

  reached(is: (position: Position) => boolean): void {
    for (const wait of this.#waits) if (is(wait.position)) wait.resolve();
  }

  failAll(error: () => Error): void {
    for (const wait of this.#waits) wait.reject(error());
  }
}
