import { comparePositions, type Position, type RecordedEvent } from '@interlock/kernel';

/** A subscription, as the watch sees it. */
export type Watched = {
  readonly prefixes: readonly string[] | undefined;
  /** Counts what came of the log, events and all else, and each new beginning. */
  readonly heard: number;
  /** True while it is open and nothing that came waits to be handled: a slow handler is not silence. */
  readonly idle: boolean;
  /** True where it has told that it caught up, since it is open. */
  readonly live: boolean;
  /** It brings a checkpoint after so many events that are not for it. */
  readonly checkpointEvery: number;
  /** Everything up to here was handed over. */
  readonly reached: Position | null;
  /** Gives up what is open; another one begins after the last processed event. */
  readonly renew: (reason: Error) => void;
};

/** How the watch looks at the log: its end, and what comes after a place. */
export type Looking = {
  readonly head: () => Promise<Position | null>;
  readonly readAfter: (after: Position | null) => AsyncIterable<RecordedEvent>;
};

const isAfter = (position: Position, place: Position | null): boolean =>
  place === null || comparePositions(position, place) > 0;

/** What is known of one subscription from look to look. */
class Watch {
  readonly #watched: Watched;
  #heard = -1;
  /** INVARIANT: up to here the log holds nothing for it that it was not handed. */
  #clear: Position | null = null;
  /** Events not for it since it was heard: up to where the log was looked through, and beyond in this look. */
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

  /** True where nothing was heard of it since the last look. */
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

  /** The log was looked through up to its head. */
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
 * Tells a subscription that is silent for lack of events from one that will never bring any, whatever the reason: only the log knows. Where a look finds that a
 * subscription should have brought something, and the next finds the same and that still nothing came, it is renewed. A look reads the log's end, and what is new there
 * once for all who were silent.
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

  /** To be called again and again, never twice at once. Throws the log's problem where it cannot be read: then nobody is held to be silent. */
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
