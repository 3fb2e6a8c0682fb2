/** The window in milliseconds in which the newest and the worst report of a signal are kept. */
const windowMs = 1000;

type Pending<R, A> = {
  readonly report: R;
  readonly resolve: (answer: A) => void;
  readonly reject: (error: unknown) => void;
};
type Window<R, A> = {
  /** The reports that this window has already written. */
  readonly written: R[];
  newest: Pending<R, A> | undefined;
  worst: Pending<R, A> | undefined;
  timer: NodeJS.Timeout | undefined;
};

export type WindowParts<R, A> = {
  readonly write: (report: R) => Promise<A>;
  /** Returns whether the first report is worse than the second. */
  readonly isWorse: (report: R, than: R) => boolean;
  /** Returns whether the first report is dated before the second. */
  readonly isOlder: (report: R, than: R) => boolean;
  /**
   * Called between the worst and the newest of a window, so that the effect of the worst is
   * recorded before the newest hides it.
   */
  readonly between: (report: R) => Promise<void>;
  readonly superseded: () => unknown;
  /** Runs the function once after this many milliseconds. */
  readonly after: (ms: number, run: () => void) => NodeJS.Timeout;
};

/**
 * Limits the reports of each signal. A second passes its first report, the first worse one, and at
 * its end the worst and the newest of the others. The newest is the one with the latest date,
 * because the bus may deliver an older one again. Any other report is refused with `superseded` as
 * soon as that is known. A worsening signal is never delayed.
 */
export class ReportWindows<R, A> {
  readonly #windows = new Map<string, Window<R, A>>();

  constructor(private readonly parts: WindowParts<R, A>) {}

  /**
   * Resolves with the result of writing the report; rejects with `superseded` if a newer or worse
   * one replaced it.
   */
  take(key: string, report: R): Promise<A> {
    const window = this.#windows.get(key);
    if (window === undefined) {
      this.#open(key, [report]);
      return this.parts.write(report);
    }
    const { written } = window;
    if (written.length < 2 && written.every((other) => this.parts.isWorse(report, other))) {
      written.push(report);
      return this.parts.write(report);
    }
    return new Promise<A>((resolve, reject) => this.#pend(window, { report, resolve, reject }));
  }

  /** Writes all waiting reports. Called when the process ends. */
  async drain(): Promise<void> {
    await Promise.all([...this.#windows.keys()].map((key) => this.#close(key)));
    for (const { timer } of this.#windows.values()) clearTimeout(timer);
    this.#windows.clear();
  }

  #open(key: string, written: R[]): void {
    const window: Window<R, A> = { written, newest: undefined, worst: undefined, timer: undefined };
    window.timer = this.parts.after(windowMs, () => {
      void this.#close(key);
    });
    this.#windows.set(key, window);
  }

  #pend(window: Window<R, A>, pending: Pending<R, A>): void {
    const { newest, worst } = window;
    const { isWorse, isOlder, superseded } = this.parts;
    if (newest === undefined || !isOlder(pending.report, newest.report)) window.newest = pending;
    if (worst === undefined || isWorse(pending.report, worst.report)) window.worst = pending;
    for (const one of new Set([newest, worst, pending]))
      if (one !== undefined && one !== window.newest && one !== window.worst) one.reject(superseded());
  }

  async #close(key: string): Promise<void> {
    const window = this.#windows.get(key);
    if (window === undefined) return;
    clearTimeout(window.timer);
    this.#windows.delete(key);
    const { newest, worst } = window;
    if (newest === undefined || worst === undefined) return;
    this.#open(key, [newest.report]);
    if (worst !== newest) {
      await this.#settle(worst);
      await this.parts.between(worst.report).catch(() => undefined);
    }
    await this.#settle(newest);
  }

  async #settle({ report, resolve, reject }: Pending<R, A>): Promise<void> {
    await this.parts.write(report).then(resolve, reject);
  }
}
