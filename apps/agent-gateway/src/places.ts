import { askBreaker, closedBreaker, breakerAfter, type BreakerState } from '@interlock/agents';

/**
 * The places of the endpoints that are called: how many calls each has at once, and whether it is
 * left alone because it keeps failing.
 */
export class Places {
  readonly #taken = new Map<string, number>();
  readonly #breakers = new Map<string, BreakerState>();
  readonly #pauseMs: number;
  readonly #clock: () => number;

  constructor(pauseMs: number, clock: () => number = () => performance.now()) {
    this.#pauseMs = pauseMs;
    this.#clock = clock;
  }

  /**
   * A place at the endpoint, to be given back by calling what is returned; undefined where it has
   * none free.
   */
  take(endpoint: string, most: number): (() => void) | undefined {
    const taken = this.#taken.get(endpoint) ?? 0;
    if (taken >= most) return undefined;
    this.#taken.set(endpoint, taken + 1);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      const left = (this.#taken.get(endpoint) ?? 1) - 1;
      if (left <= 0) this.#taken.delete(endpoint);
      else this.#taken.set(endpoint, left);
    };
  }

  /** Whether the endpoint may be called now; a call that was let through must be told of. */
  may(endpoint: string): boolean {
    const { may, state } = askBreaker(
      this.#breakers.get(endpoint) ?? closedBreaker,
      this.#clock(),
      this.#pauseMs,
    );
    if (state !== closedBreaker) this.#breakers.set(endpoint, state);
    return may;
  }

  /** A call of the endpoint succeeded or failed. */
  record(endpoint: string, isGood: boolean): void {
    const state = breakerAfter(this.#breakers.get(endpoint) ?? closedBreaker, isGood, this.#clock());
    if (state === closedBreaker) this.#breakers.delete(endpoint);
    else this.#breakers.set(endpoint, state);
  }

  /** Endpoints that are left alone now. */
  get open(): readonly string[] {
    return [...this.#breakers].filter(([, { opened_at }]) => opened_at !== null).map(([name]) => name);
  }
}
