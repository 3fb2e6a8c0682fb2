/** Faults that tests may switch on; zero or false means off. */
export type Faults = {
  /** How many of the next writes are committed but never answered. */
  lost_acknowledgements: number;
  /**
   * How many of the next repeats are answered with a timeout after a while instead of their
   * original result. The real server does so if the original is not indexed yet.
   */
  dropped_repeats: number;
  /** How many of the next commits fail before they are made. */
  failed_commits: number;
  /** While true, nothing is answered except pings of the connection; calls stay open. */
  frozen: boolean;
  /** How many milliseconds longer each commit takes. It blocks its thread, as a slow disk does. */
  slow_fsync_ms: number;
  /** How many of the next subscription events are sent twice. */
  duplicate_deliveries: number;
};

type Counter = 'lost_acknowledgements' | 'dropped_repeats' | 'failed_commits' | 'duplicate_deliveries';

const NAMES = [
  'lost_acknowledgements',
  'failed_commits',
  'frozen',
  'slow_fsync_ms',
  'duplicate_deliveries',
  'dropped_repeats',
] as const satisfies readonly (keyof Faults)[];

const OFF: Faults = {
  lost_acknowledgements: 0,
  dropped_repeats: 0,
  failed_commits: 0,
  frozen: false,
  slow_fsync_ms: 0,
  duplicate_deliveries: 0,
};

/** The largest number for a fault. */
export const FAULT_LIMIT = 2 ** 31 - 1;

/** Actions that happen once. */
export type FaultAction = 'drop_subscriptions' | 'end_subscriptions' | 'stall_subscriptions' | 'forget_ids';

export const FAULT_ACTIONS: readonly FaultAction[] = [
  'drop_subscriptions',
  'end_subscriptions',
  'stall_subscriptions',
  'forget_ids',
];

/**
 * The current faults and the listeners for changes. The state lies in memory that threads can
 * share.
 */
export class FaultBoard {
  readonly memory: SharedArrayBuffer;
  readonly #cells: Int32Array;
  readonly #listeners = new Set<() => void>();
  readonly #actions = new Map<FaultAction, (() => void)[]>();

  constructor(memory = new SharedArrayBuffer(NAMES.length * Int32Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.#cells = new Int32Array(memory);
  }

  get now(): Readonly<Faults> {
    return Object.fromEntries(
      NAMES.map((name) => [name, name === 'frozen' ? this.frozen : this.#get(name)]),
    ) as Faults;
  }

  get frozen(): boolean {
    return this.#get('frozen') !== 0;
  }

  get slowFsyncMs(): number {
    return this.#get('slow_fsync_ms');
  }

  set(changes: Partial<Faults>): void {
    for (const [name, value] of Object.entries(changes))
      Atomics.store(this.#cells, NAMES.indexOf(name as keyof Faults), Number(value));
    this.tell();
  }

  reset(): void {
    this.set(OFF);
  }

  /** Decrements a counter; true if the fault must happen. */
  take(fault: Counter): boolean {
    const cell = NAMES.indexOf(fault);
    for (let left = Atomics.load(this.#cells, cell); left > 0; left = Atomics.load(this.#cells, cell)) {
      if (Atomics.compareExchange(this.#cells, cell, left, left - 1) === left) return true;
    }
    return false;
  }

  /** Resolves at once, or when the server is no longer frozen. */
  async thawed(): Promise<void> {
    while (this.frozen) {
      await new Promise<void>((resolve) => {
        const listener = (): void => {
          this.#listeners.delete(listener);
          resolve();
        };
        this.#listeners.add(listener);
      });
    }
  }

  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** Notifies the listeners of a change, made here or by another thread. */
  tell(): void {
    for (const listener of this.#listeners) listener();
  }

  onAction(action: FaultAction, perform: () => void): void {
    this.#actions.set(action, [...(this.#actions.get(action) ?? []), perform]);
  }

  perform(action: FaultAction): void {
    for (const perform of this.#actions.get(action) ?? []) perform();
  }

  #get(name: keyof Faults): number {
    return Atomics.load(this.#cells, NAMES.indexOf(name));
  }
}
