import { setTimeout as delay } from 'node:timers/promises';
import { collect, comparePositions, isProblem, type EventStore, type LogSubscription, type Position, type RecordedEvent } from '@interlock/kernel';
import { silent, type AdapterLogger } from './connection.js';
import { backOffMs } from './timing.js';

const pageSize = 500;
const confirmEveryMs = 500;
const arriveMs = 25;
const beginning: Position = { commit: 0n, prepare: 0n };

/** Takes every event after the place where it joined, once and in order. It must not throw. */
export type HubMember = (event: RecordedEvent) => void;

/**
 * Reads the log once for everyone in the process who follows it: one subscription, one proof that it is current. Events come by the subscription, or by a
 * forward read where the subscription is late; whichever brings one first hands it out.
 */
export class LogHub {
  readonly #store: EventStore;
  readonly #members = new Set<HubMember>();
  #logger: AdapterLogger = silent;
  /** INVARIANT: every member has been handed all events up to here that came after it joined. Moved only in `#deliver` and at the start, synchronously. */
  #position: Position = beginning;
  #confirmedAt = Number.NEGATIVE_INFINITY;
  #running: Promise<unknown> = Promise.resolve();
  #next: Promise<void> | undefined;
  #started: Promise<void> | undefined;
  #stopped = new AbortController();
  #subscription: LogSubscription | undefined;
  #loop: Promise<void> = Promise.resolve();
  #users = 0;
  readonly #arrivals = new Set<() => void>();

  constructor(store: EventStore) {
    this.#store = store;
  }

  get position(): Position {
    return this.#position;
  }

  confirmedWithin(ms: number): boolean {
    return performance.now() - this.#confirmedAt <= ms;
  }

  /** Counts the caller in; resolves when events flow. Keeps trying while the log cannot be reached. */
  async enter(logger: AdapterLogger): Promise<void> {
    this.#users += 1;
    this.#logger = logger;
    this.#started ??= this.#start();
    await this.#started;
  }

  /** Counts the caller out; with the last one the hub stops. */
  async leave(member: HubMember): Promise<void> {
    this.#members.delete(member);
    this.#users -= 1;
    if (this.#users > 0) return;
    const [stopped, subscription, loop] = [this.#stopped, this.#subscription, this.#loop];
    this.#stopped = new AbortController();
    this.#started = undefined;
    this.#subscription = undefined;
    stopped.abort();
    await subscription?.stop();
    await loop;
  }

  /** True where the member has read up to everything that was handed out, and from now on gets what comes: one step, nothing in between. */
  join(member: HubMember, readUpTo: Position | null, since: Position): boolean {
    if (comparePositions(this.#position, since) > 0 && (readUpTo === null || comparePositions(this.#position, readUpTo) > 0)) return false;
    this.#members.add(member);
    return true;
  }

  /**
   * Afterwards every member has been handed what was committed before the call. One look at the log's head serves all who asked before it began.
   * Rejects with the store's error.
   */
  confirm(): Promise<void> {
    if (this.#next !== undefined) return this.#next;
    const begin = (): Promise<void> => {
      this.#next = undefined;
      return this.#reachHead();
    };
    // INVARIANT: whoever asks while a look is under way waits for the next one, for the running one may have seen an older head.
    const next = this.#running.then(begin, begin);
    this.#next = next;
    this.#running = next;
    next.catch(() => undefined);
    return next;
  }

  async #start(): Promise<void> {
    const { signal } = this.#stopped;
    for (let attempt = 0; ; attempt += 1) {
      signal.throwIfAborted();
      try {
        this.#position = await this.#store.head() ?? beginning;
        break;
      } catch (error) {
        if (isProblem(error, 'log-damaged')) throw error;
        this.#logger.warn({ err: error }, 'the log cannot be read yet');
        await delay(backOffMs(attempt, 50, 2000), undefined, { signal });
      }
    }
    this.#confirmedAt = performance.now();
    this.#subscription = this.#store.subscribe({ after: this.#position === beginning ? null : this.#position, name: 'log-hub' }, {
      onEvent: (event) => { this.#deliver(event); },
      onFailure: (error) => { this.#logger.error({ err: error }, 'the log is followed by reads only'); },
    });
    this.#loop = this.#confirmForEver(signal);
  }

  #deliver(event: RecordedEvent): void {
    if (comparePositions(event.position, this.#position) <= 0) return;
    this.#position = event.position;
    for (const member of this.#members) member(event);
    for (const arrived of this.#arrivals) arrived();
  }

  async #reachHead(): Promise<void> {
    const began = performance.now();
    const head = await this.#store.head();
    if (head !== null && comparePositions(this.#position, head) < 0) await this.#reach(head);
    this.#confirmedAt = began;
  }

  /** The subscription most often has it a moment later; else, or where the head is a system event, the log is read forward to its end. */
  async #reach(head: Position): Promise<void> {
    const arrived = await new Promise<boolean>((resolve) => {
      const look = (): void => { if (comparePositions(this.#position, head) >= 0) end(true); };
      const timer = setTimeout(() => { end(false); }, arriveMs);
      const end = (reached: boolean): void => {
        clearTimeout(timer);
        this.#arrivals.delete(look);
        resolve(reached);
      };
      this.#arrivals.add(look);
      look();
    });
    if (arrived) return;
    for (;;) {
      const page = await collect(this.#store.readAll({ after: this.#position, limit: pageSize }));
      for (const event of page) this.#deliver(event);
      if (page.length < pageSize) break;
    }
    if (comparePositions(this.#position, head) < 0) this.#position = head;
  }

  async #confirmForEver(signal: AbortSignal): Promise<void> {
    let failing = false;
    while (!signal.aborted) {
      await delay(confirmEveryMs, undefined, { signal, ref: false }).catch(() => undefined);
      if (signal.aborted) return;
      try {
        await this.confirm();
        failing = false;
      } catch (error) {
        if (!failing) this.#logger.warn({ err: error }, 'it cannot be confirmed that the log was read to its end');
        failing = true;
      }
    }
  }
}

const hubs = new WeakMap<EventStore, LogHub>();

/** The hub of a log client. */
export const hubOf = (store: EventStore): LogHub => {
  const known = hubs.get(store) ?? new LogHub(store);
  hubs.set(store, known);
  return known;
};
