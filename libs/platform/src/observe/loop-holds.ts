/**
 * A change in the state of the event loop: it has been blocked for too long, or the block is over.
 * Times are in milliseconds.
 */
export type HoldNews = { readonly kind: 'held' | 'free'; readonly heldMs: number };

/**
 * Detects a blocked event loop from a counter. The loop increments the counter, and another thread
 * reads it. A late look counts as one interval, so a process that was suspended as a whole does not
 * count as blocked.
 */
export class LoopHolds {
  #beats = -1;
  #heldMs = 0;
  #isReported = false;
  #lookedAt: number | undefined;

  /** `everyMs`: the interval between looks. `mostMs`: the longest tolerated block. */
  constructor(
    private readonly everyMs: number,
    private readonly mostMs: number,
  ) {}

  /**
   * Looks at the counter `beats` at `nowMs`, the time of a monotonic clock. Returns one result at
   * the beginning and one at the end of a block.
   */
  look(beats: number, nowMs: number): HoldNews | undefined {
    const passed = Math.min(nowMs - (this.#lookedAt ?? nowMs), 2 * this.everyMs);
    this.#lookedAt = nowMs;
    if (beats === this.#beats) {
      this.#heldMs += passed;
      if (this.#isReported || this.#heldMs < this.mostMs) return undefined;
      this.#isReported = true;
      return { kind: 'held', heldMs: Math.round(this.#heldMs) };
    }
    const heldMs = Math.round(this.#heldMs + passed);
    this.#beats = beats;
    this.#heldMs = 0;
    if (!this.#isReported) return undefined;
    this.#isReported = false;
    return { kind: 'free', heldMs };
  }
}
