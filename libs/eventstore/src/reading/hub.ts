import {
  backOffMs,
  collect,
  comparePositions,
  inRounds,
  isProblem,
  logBehind,
  positionText,
  ProblemError,
  type EventStore,
  type LogSubscription,
  type Position,
  type RecordedEvent,
} from '@interlock/kernel';
import { silent, type AdapterLogger } from '../connection/connection.js';
import { OtherHistory } from './history.js';
import { pause, untilStep } from '../connection/timing.js';

const pageSize = 500;
/** How many times a read may return nothing although there is more. */
export const mostVain = 5;
/**
 * How often the log's end is read while callers ask for proofs no older than `restsMs`, and how
 * often otherwise.
 */
const confirmEveryMs = 500;
const restsMs = 2000;
const arriveMs = 25;
const beginning: Position = { commit: 0n, prepare: 0n };

/** Receives every event after the place where it joined, once and in order. It must not throw. */
export type HubMember = (event: RecordedEvent) => void;

/**
 * Reads the log once for all followers in the process, with one subscription and one proof that it
 * is current. Events come from the subscription, or from a forward read if the subscription is
 * late. Whichever brings an event first hands it out.
 */
export class LogHub {
  readonly #store: EventStore;
  readonly #members = new Set<HubMember>();
  #logger: AdapterLogger = silent;
  /**
   * INVARIANT: every member has received all events up to here since it joined. Moved only in
   * `#deliver` and at the start, synchronously.
   */
  #position: Position = beginning;
  /** The last event up to there that is not a system event. A reader of it has read everything. */
  #event: Position | null = null;
  /** The reason why no member is current any more, whatever comes. */
  #broken: OtherHistory | undefined;
  #confirmedAt = Number.NEGATIVE_INFINITY;
  /** When a recent proof was last requested. */
  #askedAt = Number.NEGATIVE_INFINITY;
  readonly #confirmed = inRounds(() => this.#reachHead());
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

  /**
   * INVARIANT: only the log's answer to a question counts. An event that the log sends by itself
   * may have waited for any time on its way, also while this process was suspended.
   */
  confirmedWithin(ms: number): boolean {
    const now = performance.now();
    if (ms <= restsMs) this.#askedAt = now;
    return this.#broken === undefined && now - this.#confirmedAt <= ms;
  }

  /**
   * Registers the caller; resolves when events flow. Keeps trying while the log cannot be reached.
   */
  async enter(logger: AdapterLogger): Promise<void> {
    this.#users += 1;
    this.#logger = logger;
    if (this.#started === undefined) {
      const started = this.#start();
      this.#started = started;
      started.catch(() => {
        if (this.#started === started) this.#started = undefined;
      });
    }
    await this.#started;
  }

  /** Unregisters the caller; the hub stops with the last one. */
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

  /**
   * From now on the member receives every new event. Returns the last event before that, up to
   * which it reads by itself; null if there is none.
   */
  join(member: HubMember): Position | null {
    this.#members.add(member);
    return this.#event;
  }

  /** The member receives nothing any more, but stays registered. */
  part(member: HubMember): void {
    this.#members.delete(member);
  }

  /**
   * Afterwards every member has received everything that was committed before the call. One read of
   * the log's head serves all callers that asked before it began. Rejects with the store's error.
   */
  confirm(): Promise<void> {
    return this.#confirmed();
  }

  async #start(): Promise<void> {
    const { signal } = this.#stopped;
    for (let attempt = 0; ; attempt += 1) {
      signal.throwIfAborted();
      try {
        const head = await this.#store.head();
        // INVARIANT: checked after the head was read, so that no event up to there is missed.
        this.#event = await this.#lastEvent();
        this.#position = [head, this.#event].reduce<Position>(
          (last, at) => (at !== null && comparePositions(at, last) > 0 ? at : last),
          beginning,
        );
        break;
      } catch (error) {
        if (isProblem(error, 'log-damaged')) throw error;
        this.#logger.warn({ err: error }, 'the log cannot be read yet');
        await pause(backOffMs(attempt, 50, 2000, Math.random()), signal);
      }
    }
    signal.throwIfAborted();
    this.#broken = undefined;
    this.#confirmedAt = performance.now();
    this.#subscription = this.#store.subscribe(
      { after: this.#position === beginning ? null : this.#position, name: 'log-hub' },
      {
        onEvent: (event) => this.#deliver(event),
        onFailure: (error) => {
          if (error instanceof OtherHistory) this.#broken = error;
          else this.#logger.error({ err: error }, 'the log is followed by reads only');
        },
      },
    );
    this.#loop = this.#confirmForEver(signal);
  }

  #deliver(event: RecordedEvent): void {
    if (this.#broken !== undefined || comparePositions(event.position, this.#position) <= 0) return;
    this.#position = event.position;
    this.#event = event.position;
    for (const member of this.#members) member(event);
    for (const arrived of this.#arrivals) arrived();
  }

  async #reachHead(): Promise<void> {
    const began = performance.now();
    this.#throwIfBroken();
    const reached = this.#position;
    const head = await this.#store.head();
    if (comparePositions(head ?? beginning, reached) < 0)
      this.#broken ??= new OtherHistory(
        reached,
        `it ends at ${head === null ? 'its beginning' : positionText(head)}`,
      );
    if (head !== null && comparePositions(this.#position, head) < 0) await this.#reach(head);
    this.#throwIfBroken();
    this.#confirmedAt = began;
  }

  #throwIfBroken(): void {
    if (this.#broken !== undefined) throw this.#broken;
  }

  async #lastEvent(): Promise<Position | null> {
    return (await collect(this.#store.readAll({ backwards: true, limit: 1 })))[0]?.position ?? null;
  }

  /**
   * The subscription usually has it a moment later. If not, or if the head is a system event, the
   * log is read forward to its end.
   */
  async #reach(head: Position): Promise<void> {
    const arrived = await new Promise<boolean>((resolve) => {
      const look = (): void => {
        if (comparePositions(this.#position, head) >= 0) end(true);
      };
      const timer = setTimeout(() => end(false), arriveMs);
      const end = (reached: boolean): void => {
        clearTimeout(timer);
        this.#arrivals.delete(look);
        resolve(reached);
      };
      this.#arrivals.add(look);
      look();
    });
    if (arrived) return;
    let vain = 0;
    while (this.#broken === undefined && comparePositions(this.#position, head) < 0) {
      const page = await collect(this.#store.readAll({ after: this.#position, limit: pageSize }));
      for (const event of page) this.#deliver(event);
      if (page.length > 0) {
        vain = 0;
        continue;
      }
      // INVARIANT: a read without events does not prove that there are none, because it may have
      // ended early, or the event came between the two reads.
      const last = await this.#lastEvent();
      if (last !== null && comparePositions(last, this.#position) > 0) {
        vain += 1;
        if (vain < mostVain) continue;
        throw new ProblemError('log-unavailable', 'a read of the log ended before its end', {
          remedy: 'check that the log is running and reachable, then repeat the request',
        });
      }
      this.#position = head;
    }
  }

  async #confirmForEver(signal: AbortSignal): Promise<void> {
    let failing = false;
    while (!signal.aborted) {
      const isAsked = performance.now() - this.#askedAt <= restsMs;
      await pause(untilStep(isAsked ? confirmEveryMs : restsMs), signal, { ref: false }).catch(
        () => undefined,
      );
      if (signal.aborted) return;
      try {
        await this.confirm();
        failing = false;
      } catch (error) {
        if (!failing)
          this.#logger.warn({ err: error }, 'it cannot be confirmed that the log was read to its end');
        failing = true;
      }
    }
  }
}

const hubs = new WeakMap<EventStore, LogHub>();

/** The hub of a log client. */
export const hubOf = (store: EventStore): LogHub => {
  const log = logBehind(store);
  const known = hubs.get(log) ?? new LogHub(log);
  hubs.set(log, known);
  return known;
};
