import { KpiSourceError } from './kpi-source.js';

/** Counts what a source sends by itself in a minute, and watches the clock meanwhile. */
export class Arrivals {
  #latest: number;
  #minute: number;
  #count = 0;

  /** `now`: when the source began, in milliseconds. `most`: how much it may send in a minute. */
  constructor(
    now: number,
    private readonly most = 200_000,
    private readonly unit = 'values',
  ) {
    this.#latest = now;
    this.#minute = now;
  }

  /** Counts so much more, and throws KpiSourceError if that is too much. */
  add(count: number, now: number): void {
    // INVARIANT: after the clock stepped back, nothing shows how old a value is.
    if (now < this.#latest) throw new KpiSourceError("the gateway's clock was set back");
    this.#latest = now;
    if (now - this.#minute > 60_000) {
      this.#minute = now;
      this.#count = 0;
    }
    this.#count += count;
    if (this.#count > this.most)
      throw new KpiSourceError(`it sent more than ${this.most} ${this.unit} in a minute`);
  }
}
