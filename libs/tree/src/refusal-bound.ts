/** Refusals of one minute that were counted and not recorded singly. */
export type CountedRefusals<T> = { readonly key: string; readonly last: T; readonly count: number };

type Minute<T> = { readonly minute: number; seen: number; counted: number; last: T };

/**
 * Bounds how many refusals of one credential are recorded in a minute. The first `perMinute` pass.
 * The rest are counted, and `due` returns their number once the minute is over.
 */
export class RefusalBound<T> {
  readonly #minutes = new Map<string, Minute<T>>();
  readonly #over: CountedRefusals<T>[] = [];

  constructor(private readonly perMinute = 60) {}

  /** True if the refusal is to be recorded singly. `at`: milliseconds. */
  passes(key: string, refusal: T, at: number): boolean {
    const minute = Math.floor(at / 60_000);
    const known = this.#minutes.get(key);
    if (known !== undefined && known.minute !== minute) this.#end(key, known);
    const current = known?.minute === minute ? known : { minute, seen: 0, counted: 0, last: refusal };
    this.#minutes.set(key, current);
    current.seen += 1;
    current.last = refusal;
    if (current.seen <= this.perMinute) return true;
    current.counted += 1;
    return false;
  }

  /** The counted refusals of minutes that ended before `at`; each is returned once. */
  due(at: number): readonly CountedRefusals<T>[] {
    const minute = Math.floor(at / 60_000);
    for (const [key, one] of this.#minutes) if (one.minute < minute) this.#end(key, one);
    return this.#over.splice(0);
  }

  #end(key: string, { counted, last }: Minute<T>): void {
    this.#minutes.delete(key);
    if (counted > 0) this.#over.push({ key, last, count: counted });
  }
}
