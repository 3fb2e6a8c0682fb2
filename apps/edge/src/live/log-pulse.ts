import { positionText, type EventStore, type Position } from '@interlock/kernel';

/**
 * How long the log may give no answer before listeners are told that it is silent, in milliseconds.
 */
export const silentAfterMs = 5000;
const lookEveryMs = 2000;

/**
 * What listeners learn about the log: where it ended when it last answered, and how long ago that
 * was.
 */
export type Pulse = { readonly position: string | null; readonly log_age_ms: number };

/**
 * Reads the end of the log every two seconds, one read at a time. So a live connection to the edge
 * is not mistaken for a live log.
 */
export class LogPulse {
  readonly #store: EventStore;
  readonly #onChange: () => void;
  readonly #timer: NodeJS.Timeout;
  #position: Position | null;
  /** When the last answered read started, on the monotonic clock. */
  #answered = performance.now();
  #reading = false;
  #silent = false;

  /** `onChange` is called when the log falls silent, and when it answers again. */
  constructor(store: EventStore, head: Position | null, onChange: () => void, everyMs = lookEveryMs) {
    this.#store = store;
    this.#position = head;
    this.#onChange = onChange;
    this.#timer = setInterval(() => {
      void this.#look();
    }, everyMs);
  }

  get silent(): boolean {
    return this.#silent;
  }

  now(): Pulse {
    return {
      position: this.#position === null ? null : positionText(this.#position),
      log_age_ms: Math.round(performance.now() - this.#answered),
    };
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    this.#judge();
    if (this.#reading) return;
    this.#reading = true;
    const began = performance.now();
    try {
      this.#position = await this.#store.head();
      this.#answered = began;
    } catch {
      // A refusal counts as silence, which the log's age shows.
    } finally {
      this.#reading = false;
    }
    this.#judge();
  }

  #judge(): void {
    const silent = performance.now() - this.#answered > silentAfterMs;
    if (silent === this.#silent) return;
    this.#silent = silent;
    this.#onChange();
  }
}
