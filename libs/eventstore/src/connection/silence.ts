import { comparePositions, type Position, type RecordedEvent } from '@interlock/kernel';

/** A subscription, as the watch sees it. */
export type Watched = {
  readonly prefixes: readonly string[] | undefined;
  /**
   * Counts everything that came from the log, events and other messages, and each new beginning.
   */
  readonly heard: number;
  /**
   * True while it is open and no received event waits to be handled, because a slow handler is not
   * silence.
   */
  readonly idle: boolean;
  /** True if it has reported that it caught up since it opened. */
  readonly live: boolean;
  /** It sends a checkpoint after this number of events that do not match its filter. */
  readonly checkpointEvery: number;
  /** Everything up to here was handed over. */
  readonly reached: Position | null;
  /** Gives up the open subscription; another one begins after the last processed event. */
  readonly renew: (reason: Error) => void;
};

/** The reads with which the watch looks at the log: its end, and the events after a position. */
export type Looking = {
  readonly head: () => Promise<Position | null>;
  readonly readAfter: (after: Position | null) => AsyncIterable<RecordedEvent>;
};

const isAfter = (position: Position, place: Position | null): boolean =>
  place === null || comparePositions(position, place) > 0;

/** The knowledge about one subscription between two looks. */
class Watch {
  readonly #watched: Watched;
  #heard = -1;
  /** INVARIANT: the subscription has received every event up to here that matches its filter. */
  #clear: Position | null = null;
  /**
   * The number of non-matching events since its last message: up to the place where the log was
   * read, and beyond it in this look.
   */
  #passed = 0;
  #passing = 0;
  #missing: Position | undefined;
  #suspected = false;

  constructor(watched: Watched) {
    this.#watched = watched;
  }

  get clear(): Position | null {
    return this.#clear;
  }

  get isMissing(): boolean {
    return this.#missing !== undefined;
  }

  /** True if it sent nothing since the last look. */
  begin(): boolean {
    const { heard, reached } = this.#watched;
    const silent = this.#silent;
    this.#heard = heard;
    this.#missing = undefined;
    this.#passing = 0;
    if (reached !== null && isAfter(reached, this.#clear)) this.#clear = reached;
    if (silent) return true;
    this.#passed = 0;
    this.#suspected = false;
    return false;
  }

  offer({ stream, position }: RecordedEvent): void {
    if (this.isMissing || !isAfter(position, this.#clear)) return;
    const { prefixes } = this.#watched;
    if (prefixes === undefined || prefixes.some((prefix) => stream.startsWith(prefix)))
      this.#missing = position;
    else this.#passing += 1;
  }

  /** The log was read up to its head. */
  conclude(head: Position | null): void {
    if (!this.isMissing) {
      if (head !== null && isAfter(head, this.#clear)) this.#clear = head;
      this.#passed += this.#passing;
    }
    const reason = this.#silent ? this.#reason() : undefined;
    const again = this.#suspected && reason !== undefined;
    this.#suspected = reason !== undefined && !again;
    if (again) this.#watched.renew(new Error(`it is silent, and ${reason}`));
  }

  #reason(): string | undefined {
    if (this.#missing !== undefined) return `the log has an event for it at ${this.#missing.commit}`;
    if (!this.#watched.live) return 'it has not caught up';
    return this.#passed > this.#watched.checkpointEvery
      ? `the log has grown by ${this.#passed} events without a checkpoint`
      : undefined;
  }

  get #silent(): boolean {
    return this.#watched.idle && this.#watched.heard === this.#heard;
  }
}

/**
 * Distinguishes a subscription that is silent because there are no events from one that will never
 * deliver any again; only the log knows. A look may find that a subscription should have delivered
 * an event. If the next look finds the same and still nothing came, it is renewed. A look reads the
 * log's end, and reads the new events once for all silent subscriptions.
 */
export class SilenceWatch {
  readonly #log: Looking;
  readonly #watches = new Map<Watched, Watch>();

  constructor(log: Looking) {
    this.#log = log;
  }

  add(watched: Watched): void {
    this.#watches.set(watched, new Watch(watched));
  }

  remove(watched: Watched): void {
    this.#watches.delete(watched);
  }

  /**
   * Call it again and again, never twice at once. Throws the log's problem if it cannot be read;
   * then no subscription counts as silent.
   */
  async look(): Promise<void> {
    if (this.#watches.size === 0) return;
    const head = await this.#log.head();
    const silent = [...this.#watches.values()].filter((watch) => watch.begin());
    const behind = silent.filter(({ clear }) => head !== null && isAfter(head, clear));
    if (head !== null && behind.length > 0) await this.#read(behind, head);
    for (const watch of silent) watch.conclude(head);
  }

  async #read(behind: readonly Watch[], head: Position): Promise<void> {
    const from = behind
      .map(({ clear }) => clear)
      .reduce((least, clear) =>
        least === null || clear === null ? null : isAfter(least, clear) ? clear : least,
      );
    for await (const event of this.#log.readAfter(from)) {
      if (isAfter(event.position, head)) return;
      for (const watch of behind) watch.offer(event);
      if (behind.every(({ isMissing }) => isMissing)) return;
    }
  }
}
