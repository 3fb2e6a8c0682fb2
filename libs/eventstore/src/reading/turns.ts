/**
 * The number of bytes of events that may wait before the log is asked for no more. So memory stays
 * flat with a slow handler, however large events are.
 */
const mostBytes = 4 * 1024 * 1024;

/**
 * Orders the client's other reports after the events that came before them, and tells when enough
 * events wait.
 */
export class Turns {
  readonly #onArrival: () => void;
  #came = 0;
  #done = 0;
  #beside = 0;
  #held = 0;
  #room: (() => void) | undefined;
  readonly #sizes: number[] = [];
  readonly #waiting: { readonly due: number; readonly go: () => void }[] = [];

  constructor(onArrival: () => void) {
    this.#onArrival = onArrival;
  }

  /** True if every received event has been handled. */
  get idle(): boolean {
    return this.#came === this.#done && this.#beside === 0;
  }

  /** An event of this size in bytes arrived. */
  came(bytes: number): void {
    this.#came += 1;
    this.#held += bytes;
    this.#sizes.push(bytes);
    this.#onArrival();
  }

  /** Runs work as soon as all received events have been processed. */
  async after(work: () => Promise<void> | void): Promise<void> {
    this.#onArrival();
    const due = this.#came;
    this.#beside += 1;
    try {
      if (this.#done < due) await new Promise<void>((go) => this.#waiting.push({ due, go }));
      await work();
    } finally {
      this.#beside -= 1;
    }
  }

  /** Continues at once, or when few enough bytes wait; only one caller may wait at a time. */
  whenRoom(go: () => void): void {
    if (this.#held <= mostBytes) go();
    else this.#room = go;
  }

  finished(): void {
    this.#done += 1;
    this.#held -= this.#sizes.shift() ?? 0;
    while (this.#waiting[0] !== undefined && this.#waiting[0].due <= this.#done) this.#waiting.shift()!.go();
    if (this.#room === undefined || this.#held > mostBytes) return;
    const go = this.#room;
    this.#room = undefined;
    go();
  }
}
