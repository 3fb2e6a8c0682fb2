import type { Timestamp } from '@interlock/contracts';
import {
  comparePositions,
  logBehind,
  noteEvents,
  notedEvery,
  noteParts,
  openWorkStream,
  wholeNotes,
  withholds,
  WrongRevisionError,
  type EventStore,
  type OpenWorkFold,
  type OpenWorkNote,
  type Position,
  type RecordedEvent,
} from '@interlock/kernel';
import { silent, type AdapterLogger } from '../connection/connection.js';
import { createFollower, type LogFollower } from './follower.js';
import { isReadable } from '../connection/wire.js';

/** The result of comparing a full fold with the work from a note. */
export type ConfirmedWork = {
  /** Work that the whole log shows as open and the note lacked. It is taken up. */
  readonly missed: readonly string[];
  /** Work that only the note showed as open. It is dropped. */
  readonly surplus: readonly string[];
};

export type OpenWorkOptions<F extends OpenWorkFold> = {
  /** The service that owns and writes these notes. */
  readonly service: string;
  /** Prefixes of the streams from which the work is folded. */
  readonly prefixes: readonly string[];
  readonly initial: () => F;
  /**
   * The part of an event that the work needs, so that a start keeps no more in memory; null:
   * nothing.
   */
  readonly needs?: (event: RecordedEvent) => RecordedEvent | null;
  readonly now: () => Timestamp;
  /** Called after the fold of an event that came after the note. */
  readonly onEvent?: (event: RecordedEvent) => void;
  /** Called once, when a full fold has confirmed the work from a note. It must not throw. */
  readonly onConfirmed?: (found: ConfirmedWork) => void;
  readonly logger?: AdapterLogger;
  /** A note is written after this number of events; for tests. */
  readonly every?: number;
};

const readsAtOnce = 16;
/** A full fold uses a fifth of a core. */
const restsShare = 4;

/**
 * A service's open work, kept current with the log. A start reads the service's newest valid note
 * and the events after it, instead of the whole log. A full fold at low priority then confirms the
 * work and takes its place. Without a valid note, a start reads everything.
 */
export class OpenWork<F extends OpenWorkFold> {
  readonly follower: LogFollower;
  readonly #store: EventStore;
  readonly #options: OpenWorkOptions<F>;
  readonly #logger: AdapterLogger;
  readonly #own: string;
  readonly #every: number;
  #fold: F;
  #note: OpenWorkNote | null = null;
  #isConfirmed = false;
  #isStopped = false;
  #confirming: { readonly full: LogFollower; readonly ended: Promise<void> } | undefined;
  readonly #waiting = new Set<() => void>();
  /** The revision of the last part of a note in the log. */
  #revision: bigint | undefined;
  /** Events since the newest note. */
  #since = 0;
  #writing: Promise<void> | undefined;

  constructor(store: EventStore, options: OpenWorkOptions<F>) {
    this.#store = store;
    this.#options = options;
    this.#logger = options.logger ?? silent;
    this.#own = openWorkStream(options.service);
    this.#every = options.every ?? notedEvery;
    this.#fold = options.initial();
    this.follower = createFollower(store, {
      name: `${options.service}-open-work`,
      prefixes: [...options.prefixes, this.#own],
      begin: () => this.#begin(),
      onEvent: (event) => this.#take(event),
      logger: this.#logger,
    });
  }

  /** The work as folded now; another object once it is confirmed. */
  get work(): F {
    return this.#fold;
  }

  /** True once the work follows from the whole log; false while it rests on a note. */
  get isConfirmed(): boolean {
    return this.#isConfirmed;
  }

  /** The position of the note that the work began with; null if everything was read. */
  get begunAt(): Position | null {
    return this.#note?.position ?? null;
  }

  /** Resolves once the work is confirmed. */
  confirmed(): Promise<void> {
    return this.#isConfirmed ? Promise.resolve() : new Promise((resolve) => this.#waiting.add(resolve));
  }

  /**
   * Resolves when every event that was in the log has been folded. Work from a note is confirmed
   * afterwards.
   */
  async start(): Promise<void> {
    await this.follower.start();
    if (this.#isConfirmed || this.#confirming !== undefined) return;
    if (this.#note === null) this.#confirm(this.#fold);
    else this.#confirmWhole();
  }

  /** Writes a last note if an event was folded since the newest one, and stops. */
  async stop(): Promise<void> {
    await this.#writing;
    if (this.#since > 0) await this.#write();
    await this.kill();
  }

  /** Stops like a crash, without a note. */
  async kill(): Promise<void> {
    this.#isStopped = true;
    const { full, ended } = this.#confirming ?? {};
    await Promise.all([this.follower.stop(), full?.stop(), ended]);
  }

  async #begin(): Promise<Position | null> {
    for (const note of await wholeNotes(this.#store, this.#options.service)) {
      const work = await this.#workOf(note);
      if (work !== null) {
        this.#fold = work;
        this.#note = note;
        return note.position;
      }
      this.#logger.warn(
        { service: this.#options.service, note_id: note.note_id },
        'a note of open work does not agree with the log, an older one is taken',
      );
    }
    return null;
  }

  /**
   * The work at a note's position, folded from the streams that it names; null if it differs from
   * the note.
   */
  async #workOf({ position, streams }: OpenWorkNote): Promise<F | null> {
    const { prefixes, initial, needs = (event) => event } = this.#options;
    if (streams.some((stream) => !prefixes.some((prefix) => stream.startsWith(prefix)))) return null;
    const events: RecordedEvent[] = [];
    const left = streams.values();
    const lane = async (): Promise<void> => {
      for (const stream of left)
        for await (const event of logBehind(this.#store).read(stream)) {
          if (comparePositions(event.position, position) > 0) break;
          if (withholds(this.#store, event)) continue;
          if (!isReadable(event))
            throw new Error(`event ${event.revision} of \`${stream}\` is not a JSON object`);
          const needed = needs(event);
          if (needed !== null) events.push(needed);
        }
    };
    await Promise.all(Array.from({ length: readsAtOnce }, lane));
    const work = initial();
    for (const event of events.sort((a, b) => comparePositions(a.position, b.position))) work.take(event);
    const [noted, open] = [new Set(streams), new Set(work.streams())];
    return noted.size === open.size && [...open].every((stream) => noted.has(stream)) ? work : null;
  }

  #take(event: RecordedEvent): void {
    if (event.stream === this.#own) {
      this.#revision = event.revision;
      const { part, of } = event.data as { readonly part?: unknown; readonly of?: unknown };
      if (part === of) this.#since = 0;
      return;
    }
    this.#fold.take(event);
    this.#options.onEvent?.(event);
    this.#since += 1;
    if (this.#isConfirmed && this.#since >= this.#every) this.#writeSoon();
  }

  #confirmWhole(): void {
    const { service, prefixes, initial } = this.#options;
    const whole = initial();
    const full = createFollower(this.#store, {
      name: `${service}-open-work-confirmed`,
      prefixes,
      onEvent: (event) => whole.take(event),
      logger: this.#logger,
      rests: restsShare,
    });
    const ended = full.start().then(
      () => {
        // INVARIANT: both follow the same hub, which hands each event to both in one step. So both
        // are folded up to the same position.
        this.#confirm(whole);
        return full.stop();
      },
      (error: unknown) => {
        if (!this.#isStopped)
          this.#logger.error({ err: error, service }, 'open work could not be confirmed by the whole log');
      },
    );
    this.#confirming = { full, ended };
  }

  #confirm(whole: F): void {
    const [known, open] = [new Set(this.#fold.streams()), new Set(whole.streams())];
    const missed = [...open].filter((stream) => !known.has(stream));
    const surplus = [...known].filter((stream) => !open.has(stream));
    this.#fold = whole;
    this.#isConfirmed = true;
    if (this.#note !== null) this.#options.onConfirmed?.({ missed, surplus });
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
    if (this.#since >= this.#every) this.#writeSoon();
  }

  #writeSoon(): void {
    this.#since = 0;
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
    });
  }

  /**
   * INVARIANT: a note holds only confirmed work, so that a gap in one note does not continue into
   * the next.
   */
  async #write(): Promise<void> {
    const { service, now } = this.#options;
    const position = this.follower.position();
    if (!this.#isConfirmed || position === null) return;
    const events = noteEvents(service, noteParts(service, position, this.#fold.streams()), now());
    this.#since = 0;
    try {
      let expected = this.#revision ?? ('no_stream' as const);
      for (const event of events)
        expected = (await this.#store.append(this.#own, [event], expected)).revision;
    } catch (error) {
      // Another instance was first; its note is equally good.
      if (error instanceof WrongRevisionError) return;
      this.#logger.warn({ err: error, service }, 'open work could not be noted');
    }
  }
}
