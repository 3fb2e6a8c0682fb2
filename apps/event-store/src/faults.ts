/** Faults that tests may switch on; each is off at zero, false or null. */
export type Faults = {
  /** So many next writes are committed, but never answered. */
  lost_acknowledgements: number;
  /** So many next commits fail before they are made. */
  failed_commits: number;
  /** Nothing is answered while true, but for pings of the connection; calls stay open. */
  frozen: boolean;
  /** Every commit takes so many milliseconds longer. */
  slow_fsync_ms: number;
  /** So many next events of subscriptions are sent twice. */
  duplicate_deliveries: number;
};

const OFF: Faults = { lost_acknowledgements: 0, failed_commits: 0, frozen: false, slow_fsync_ms: 0, duplicate_deliveries: 0 };

/** Things to do once. */
export type FaultAction = 'drop_subscriptions' | 'end_subscriptions' | 'forget_ids';

export const FAULT_ACTIONS: readonly FaultAction[] = ['drop_subscriptions', 'end_subscriptions', 'forget_ids'];

/** The switchboard: what is on now, and who wants to hear of changes. */
export class FaultBoard {
  readonly #now: Faults = { ...OFF };
  readonly #listeners = new Set<() => void>();
  readonly #actions = new Map<FaultAction, () => void>();

  get now(): Readonly<Faults> {
    return this.#now;
  }

  set(changes: Partial<Faults>): void {
    Object.assign(this.#now, changes);
    for (const listener of this.#listeners) listener();
  }

  reset(): void {
    this.set(OFF);
  }

  /** Counts one down; true when the fault was to happen. */
  take(fault: 'lost_acknowledgements' | 'failed_commits' | 'duplicate_deliveries'): boolean {
    if (this.#now[fault] <= 0) return false;
    this.#now[fault] -= 1;
    return true;
  }

  /** Resolves at once, or when the server is no longer frozen. */
  async thawed(): Promise<void> {
    while (this.#now.frozen) {
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

  onAction(action: FaultAction, perform: () => void): void {
    this.#actions.set(action, perform);
  }

  perform(action: FaultAction): void {
    this.#actions.get(action)?.();
  }
}
