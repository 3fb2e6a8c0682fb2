/** What a look at the event loop found: it has just been held for too long, or such a hold is over. Milliseconds. */
export type HoldNews = { readonly kind: 'held' | 'free'; readonly heldMs: number };

/**
 * Tells from a counter of beats whether an event loop is held. The loop adds to the counter; another thread looks at it. A look that comes late counts as one
 * interval, so that a process that was stopped as a whole is no held loop.
 */
export class LoopHolds {
  #beats = -1;
  #heldMs = 0;
  #told = false;
  #lookedAt: number | undefined;

  /** `everyMs`: how often it looks; `mostMs`: how long a loop may be held. */
  constructor(
    private readonly everyMs: number,
    private readonly mostMs: number,
  ) {}

  /** `beats`: the counter; `nowMs`: a monotonic clock. The news, once for the beginning and once for the end of a hold. */
  look(beats: number, nowMs: number): HoldNews | undefined {
    const passed = Math.min(nowMs - (this.#lookedAt ?? nowMs), 2 * this.everyMs);
    this.#lookedAt = nowMs;
    if (beats === this.#beats) {
      this.#heldMs += passed;
      if (this.#told || this.#heldMs < this.mostMs) return undefined;
      this.#told = true;
      return { kind: 'held', heldMs: Math.round(this.#heldMs) };
    }
    const heldMs = Math.round(this.#heldMs + passed);
    this.#beats = beats;
    this.#heldMs = 0;
    if (!this.#told) return undefined;
    this.#told = false;
    return { kind: 'free', heldMs };
  }
}
