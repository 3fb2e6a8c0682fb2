/** Puts what the client reports beside the events behind the events that came before it. */
export class Turns {
  readonly #onArrival: () => void;
  #came = 0;
  #done = 0;
  #beside = 0;
  readonly #waiting: { readonly due: number; readonly go: () => void }[] = [];

  constructor(onArrival: () => void) {
    this.#onArrival = onArrival;
  }

  /** True where everything that came has been handled. */
  get idle(): boolean {
    return this.#came === this.#done && this.#beside === 0;
  }

  came(): void {
    this.#came += 1;
    this.#onArrival();
  }

  /** Runs work as soon as all events that have come have been processed. */
  async after(work: () => Promise<void> | void): Promise<void> {
    this.#onArrival();
    const due = this.#came;
    this.#beside += 1;
    try {
      if (this.#done < due) await new Promise<void>((go) => { this.#waiting.push({ due, go }); });
      await work();
    } finally {
      this.#beside -= 1;
    }
  }

  finished(): void {
    this.#done += 1;
    while (this.#waiting[0] !== undefined && this.#waiting[0].due <= this.#done) this.#waiting.shift()!.go();
  }
}
