import { comparePositions, type Position } from '@interlock/kernel';

type Wait = {
  readonly position: Position;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
};

const everyMs = 50;

/** The callers that wait for a position. One check at a time serves all of them. */
export class PositionWaits {
  readonly #waits = new Set<Wait>();
  readonly #look: (furthest: Position) => Promise<void>;
  #looking: Promise<void> | undefined;
  #again = false;
  #timer: NodeJS.Timeout | undefined;

  /**
   * `look`: checks whether the furthest position is reached, which includes the others. Called when
   * a caller arrives, and every 50 ms.
   */
  constructor(look: (furthest: Position) => Promise<void>) {
    this.#look = look;
  }

  /** True while a caller waits. */
  get isAwaited(): boolean {
    return this.#waits.size > 0;
  }

  /** Waits until `reached` releases it; `late` makes the error after `timeoutMs`. */
  async wait(position: Position, timeoutMs: number, late: () => Error): Promise<void> {
    let wait: Wait | undefined;
    const released = new Promise<void>((resolve, reject) => {
      wait = { position, resolve, reject };
      this.#waits.add(wait);
    });
    const timer = setTimeout(() => wait?.reject(late()), timeoutMs);
    this.#timer ??= setInterval(() => {
      if (this.#looking === undefined) this.#begin();
    }, everyMs);
    if (this.#looking === undefined) this.#begin();
    else this.#again = true;
    try {
      await released;
    } finally {
      clearTimeout(timer);
      if (wait !== undefined) this.#waits.delete(wait);
      if (this.#waits.size === 0) {
        clearInterval(this.#timer);
        this.#timer = undefined;
      }
    }
  }

  reached(is: (position: Position) => boolean): void {
    for (const wait of this.#waits) if (is(wait.position)) wait.resolve();
  }

  failAll(error: () => Error): void {
    for (const wait of this.#waits) wait.reject(error());
  }

  #begin(): void {
    this.#again = false;
    let furthest: Position | undefined;
    for (const { position } of this.#waits)
      if (furthest === undefined || comparePositions(position, furthest) > 0) furthest = position;
    if (furthest === undefined) return;
    this.#looking = this.#look(furthest)
      .catch(() => undefined)
      .finally(() => {
        this.#looking = undefined;
        if (this.#again) this.#begin();
      });
  }
}
