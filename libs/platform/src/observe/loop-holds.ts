/**
 * The finding of a look at the event loop: it has just been blocked for too long, or the block is
 * over. Milliseconds.
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

  /** `everyMs`: how often it looks; `mostMs`: how long a loop may be blocked. */
  constructor(
    private readonly everyMs: number,
    private readonly mostMs: number,
  ) {}

  /**
   * `beats`: the counter; `nowMs`: a monotonic clock. Returns one finding at the beginning and one
   * at the end of a block.
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
