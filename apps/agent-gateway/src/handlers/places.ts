import { askBreaker, closedBreaker, breakerAfter, type BreakerState } from '@interlock/agents';

/** Counts the concurrent calls of each endpoint, and holds its circuit breaker. */
export class Places {
  readonly #taken = new Map<string, number>();
  readonly #breakers = new Map<string, BreakerState>();
  /** What the newest failure of an endpoint was, in words. */
  readonly #faults = new Map<string, string>();
  readonly #pauseMs: number;
  readonly #clock: () => number;

  constructor(pauseMs: number, clock: () => number = () => performance.now()) {
    this.#pauseMs = pauseMs;
    this.#clock = clock;
  }

  /**
   * Takes a place at the endpoint. Returns the function that gives it back; undefined if no place
   * is free.
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

  /**
   * Returns whether the circuit breaker lets a call through now. The caller must `record` the
   * outcome of that call.
   */
  may(endpoint: string): boolean {
    const { may, state } = askBreaker(
      this.#breakers.get(endpoint) ?? closedBreaker,
      this.#clock(),
      this.#pauseMs,
    );
    if (state !== closedBreaker) this.#breakers.set(endpoint, state);
    return may;
  }

  /** Records that a call of the endpoint succeeded, or its failure in words. */
  record(endpoint: string, fault: string | null): void {
    const state = breakerAfter(this.#breakers.get(endpoint) ?? closedBreaker, fault === null, this.#clock());
    if (fault === null) {
      this.#breakers.delete(endpoint);
      this.#faults.delete(endpoint);
    } else {
      this.#breakers.set(endpoint, state);
      this.#faults.set(endpoint, fault);
    }
  }

  /** The newest failure of the endpoint in words; undefined after a success. */
  faultOf(endpoint: string): string | undefined {
    return this.#faults.get(endpoint);
  }

  /** The endpoints whose circuit breaker is open now. */
  get open(): readonly string[] {
    return [...this.#breakers].filter(([, { opened_at }]) => opened_at !== null).map(([name]) => name);
  }
}
