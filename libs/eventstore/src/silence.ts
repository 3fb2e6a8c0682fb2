import { comparePositions, type Position, type RecordedEvent } from '@interlock/kernel';

/** A subscription, as the watch sees it. */
export type Watched = {
  readonly prefixes: readonly string[] | undefined;
  /** Counts what came of the log, events and all else, and each new beginning. */
  readonly heard: number;
  /** True while it is open and nothing that came waits to be handled: a slow handler is not silence. */
  readonly idle: boolean;
  /** Everything up to here was handed over. */
  readonly reached: Position | null;
  /** Gives up what is open; another one begins after the last processed event. */
  readonly renew: (reason: Error) => void;
};

/** How the watch looks at the log: its end, and what comes after a place. */
export type Looking = { readonly head: () => Promise<Position | null>; readonly readAfter: (after: Position | null) => AsyncIterable<RecordedEvent> };

const isAfter = (position: Position, place: Position | null): boolean => place === null || comparePositions(position, place) > 0;

/** What is known of one subscription from look to look. */
class Watch {
  readonly #watched: Watched;
  #heard = -1;
  /** INVARIANT: up to here the log holds nothing for it that it was not handed. */
  #clear: Position | null = null;
  #missing: Position | undefined;
  #missed = false;

  constructor(watched: Watched) {
    this.#watched = watched;
  }

  get clear(): Position | null {
    return this.#clear;
  }

  get isMissing(): boolean {
    return this.#missing !== undefined;
  }

  /** True where it was silent since the last look, and the log has grown beyond what is known. */
  begin(head: Position): boolean {
    const { heard, reached } = this.#watched;
    const silent = this.#silent;
    this.#heard = heard;
    this.#missing = undefined;
    if (reached !== null && isAfter(reached, this.#clear)) this.#clear = reached;
    if (silent && isAfter(head, this.#clear)) return true;
    this.#missed = false;
    return false;
  }

  offer({ stream, position }: RecordedEvent): void {
    if (this.isMissing || !isAfter(position, this.#clear)) return;
    const { prefixes } = this.#watched;
    if (prefixes === undefined || prefixes.some((prefix) => stream.startsWith(prefix))) this.#missing = position;
  }

  conclude(head: Position): void {
    if (!this.#silent) this.#missing = undefined;
    else if (this.#missing === undefined) this.#clear = head;
    else if (this.#missed) this.#watched.renew(new Error(`it brought nothing while the log has an event for it at ${this.#missing.commit}`));
    this.#missed = this.isMissing;
  }

  get #silent(): boolean {
    return this.#watched.idle && this.#watched.heard === this.#heard;
  }
}

/**
 * Tells a subscription that is silent for lack of events from one that will never bring any, whatever the reason: only the log knows. Where a look finds an event that a
 * subscription should have brought, and the next finds that still nothing came, that subscription is renewed. A look reads the log's end, and what is new there
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
    if (head === null) return;
    const silent = [...this.#watches.values()].filter((watch) => watch.begin(head));
    const [first, ...others] = silent;
    if (first === undefined) return;
    const from = others.reduce((least, { clear }) => (least === null || clear === null ? null : isAfter(least, clear) ? clear : least), first.clear);
    for await (const event of this.#log.readAfter(from)) {
      if (isAfter(event.position, head)) break;
      for (const watch of silent) watch.offer(event);
      if (silent.every(({ isMissing }) => isMissing)) break;
    }
    for (const watch of silent) watch.conclude(head);
  }
}
