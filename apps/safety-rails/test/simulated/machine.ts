/** Numbers 0–1 of a seed (mulberry32). */
const randomOf = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};

/** A process of the simulated machine: dead, it hears nothing any more. */
export type SimProcess = {
  readonly name: string;
  isDead: boolean;
  /** How far the clock on its wall is ahead, in milliseconds; its monotonic clock is right. */
  skewMs: number;
};

type Due = {
  readonly at: number;
  readonly place: number;
  readonly owner: SimProcess | null;
  run: () => void;
};
type Handle = { readonly due: Due; readonly again: number | null };

const RealDate = Date;
const realSetImmediate = setImmediate;
const began = RealDate.parse('2026-11-20T10:00:00.000Z');

/**
 * One virtual machine: its time stands still while code runs, and goes on to whatever is due next.
 * What runs at any moment belongs to one process: it reads that process's clock, and a timer that
 * it sets is gone when the process dies. While it is installed, `Date`, `performance`, the timers
 * and `Math.random` are its own, so that the code of the services runs on it as it is.
 */
export class Machine {
  /** Milliseconds since the machine began. */
  now = 0;
  readonly random: () => number;
  #current: SimProcess | null = null;
  #places = 0;
  /** A binary heap by time, then by the order in which it was set. */
  readonly #due: Due[] = [];
  #installed: readonly (readonly [object, string, PropertyDescriptor | undefined])[] = [];

  constructor(seed: number) {
    this.random = randomOf(seed);
  }

  /** Wall-clock time as the current process sees it, in milliseconds since 1970. */
  get wallMs(): number {
    return began + Math.floor(this.now) + (this.#current?.skewMs ?? 0);
  }

  /** The right time, in milliseconds since 1970. */
  get trueMs(): number {
    return began + Math.floor(this.now);
  }

  get current(): SimProcess | null {
    return this.#current;
  }

  between(least: number, most: number): number {
    return least + this.random() * (most - least);
  }

  chance(share: number): boolean {
    return this.random() < share;
  }

  pick<T>(all: readonly T[]): T {
    const one = all[Math.floor(this.random() * all.length)];
    if (one === undefined) throw new Error('nothing to pick from');
    return one;
  }

  /**
   * Runs something in a process after so many milliseconds; never, where the process is dead by
   * then.
   */
  after(ms: number, owner: SimProcess | null, run: () => void): Due {
    this.#places += 1;
    const due: Due = { at: this.now + Math.max(0, ms), place: this.#places, owner, run };
    push(this.#due, due);
    return due;
  }

  /**
   * Lets the next thing happen, and everything that follows from it at once. False where nothing is
   * due until `until`.
   */
  async step(until: number): Promise<boolean> {
    const next = this.#due[0];
    if (next === undefined || next.at > until) {
      this.now = Math.max(this.now, until);
      return false;
    }
    pop(this.#due);
    if (next.owner?.isDead === true) return true;
    this.now = Math.max(this.now, next.at);
    await this.as(next.owner, next.run);
    return true;
  }

  /** Runs something as a process, with everything that follows at once. */
  async as(owner: SimProcess | null, run: () => void): Promise<void> {
    this.#current = owner;
    run();
    await new Promise<void>((resolve) => realSetImmediate(resolve));
    this.#current = null;
  }

  /** Lets time go on until then, or until `isOver` says so. */
  async run(until: number, isOver: () => boolean = () => false): Promise<void> {
    while (!isOver() && (await this.step(until)));
  }

  install(): void {
    const machine = this;
    class VirtualDate extends RealDate {
      constructor(...given: readonly unknown[]) {
        if (given.length === 0) super(machine.wallMs);
        else super(...(given as [number]));
      }
      static override now(): number {
        return machine.wallMs;
      }
    }
    const clear = (handle: unknown): void => {
      const known = handle as { cancel?: () => void } | undefined;
      known?.cancel?.();
    };
    this.#installed = (
      [
        [globalThis, 'Date', VirtualDate],
        [globalThis, 'performance', { now: () => machine.now }],
        [globalThis, 'setTimeout', (run: () => void, ms = 0) => machine.#timer(run, ms, null)],
        [globalThis, 'setInterval', (run: () => void, ms = 0) => machine.#timer(run, ms, Math.max(1, ms))],
        [globalThis, 'setImmediate', (run: () => void) => machine.#timer(run, 0, null)],
        [globalThis, 'clearTimeout', clear],
        [globalThis, 'clearInterval', clear],
        [globalThis, 'clearImmediate', clear],
        [Math, 'random', () => machine.random()],
      ] as const
    ).map(([owner, name, value]) => {
      const before = Object.getOwnPropertyDescriptor(owner, name);
      Object.defineProperty(owner, name, { value, configurable: true, writable: true, enumerable: true });
      return [owner, name, before] as const;
    });
  }

  uninstall(): void {
    for (const [owner, name, before] of this.#installed)
      if (before !== undefined) Object.defineProperty(owner, name, before);
    this.#installed = [];
    this.#due.length = 0;
  }

  #timer(run: () => void, ms: number, again: number | null): object {
    const owner = this.#current;
    let handle: Handle | undefined;
    const handed = {
      cancel: (): void => {
        if (handle !== undefined) handle.due.run = () => undefined;
        handle = undefined;
      },
      ref: (): unknown => handed,
      unref: (): unknown => handed,
      hasRef: (): boolean => false,
      refresh: (): unknown => handed,
      [Symbol.toPrimitive]: (): number => 0,
    };
    const set = (after: number): void => {
      handle = {
        due: this.after(after, owner, () => {
          if (again !== null) set(again);
          run();
        }),
        again,
      };
    };
    set(Number.isFinite(ms) ? ms : 1);
    return handed;
  }
}

const before = (a: Due, b: Due): boolean => a.at < b.at || (a.at === b.at && a.place < b.place);

const push = (heap: Due[], due: Due): void => {
  heap.push(due);
  for (let at = heap.length - 1; at > 0;) {
    const parent = (at - 1) >> 1;
    const [above, below] = [heap[parent], heap[at]];
    if (above === undefined || below === undefined || !before(below, above)) return;
    heap[parent] = below;
    heap[at] = above;
    at = parent;
  }
};

const pop = (heap: Due[]): void => {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  heap[0] = last;
  for (let at = 0; ;) {
    const children = [2 * at + 1, 2 * at + 2].filter((child) => child < heap.length);
    const least = children.reduce<number>((best, child) => {
      const [one, other] = [heap[child], heap[best]];
      return one !== undefined && other !== undefined && before(one, other) ? child : best;
    }, at);
    if (least === at) return;
    const [one, other] = [heap[least], heap[at]];
    if (one === undefined || other === undefined) return;
    heap[at] = one;
    heap[least] = other;
    at = least;
  }
};
