import { OpenWork, type ConfirmedWork, type LogFollower } from '@interlock/eventstore';
import {
  notedEvery,
  ProblemError,
  type EventStore,
  type OpenWorkFold,
  type RecordedEvent,
} from '@interlock/kernel';
import { EVENT_STORE, LOGGER, nowText, type ServiceContext } from '@interlock/platform';
import { RailsHistory, RailsOpenWork, railsWorkCategories } from '@interlock/rails';
import { Inject, Injectable, Optional } from '@nestjs/common';

/** Injects what is told how the whole log compares with the note that a start went by. */
export const FOUND_WORK = Symbol('FOUND_WORK');
/** Injects after how many events a note is written, for tests. */
export const NOTED_EVERY = Symbol('NOTED_EVERY');
const patienceMs = 1000;

/** The open work, and beside it what the whole log says of actions. */
class WholeWork extends RailsOpenWork implements OpenWorkFold {
  /** Knows only the actions of the note and what came after it, until the work is confirmed. */
  readonly history = new RailsHistory();

  override take(event: RecordedEvent): void {
    super.take(event);
    this.history.take(event);
  }
}

/** The open work of the rails as the log has it: the sweep, the kill switch and the inbox go by it, and need no database. */
@Injectable()
export class RailsWork {
  readonly #work: OpenWork<WholeWork>;
  #onMissed: (streams: readonly string[]) => void = () => undefined;

  constructor(
    @Inject(EVENT_STORE) store: EventStore,
    @Inject(LOGGER) @Optional() logger?: ServiceContext['logger'],
    @Inject(FOUND_WORK) @Optional() onFound: (found: ConfirmedWork) => void = () => undefined,
    @Inject(NOTED_EVERY) @Optional() every: number = notedEvery,
  ) {
    this.#work = new OpenWork(store, {
      service: 'safety-rails',
      prefixes: railsWorkCategories.map((category) => `${category}-`),
      initial: () => new WholeWork(),
      // Gates are the largest part of an action, and say nothing of whether it is open.
      needs: (event) => (event.type === 'GatesJudged' ? { ...event, data: {} } : event),
      now: nowText,
      every,
      onConfirmed: (found) => {
        onFound(found);
        if (found.missed.length > 0) this.#onMissed(found.missed);
      },
      ...(logger === undefined ? {} : { logger }),
    });
  }

  get follower(): LogFollower {
    return this.#work.follower;
  }

  get open(): RailsOpenWork {
    return this.#work.work;
  }

  /** False while the open work rests on a note, and no full fold has confirmed it yet. */
  get isConfirmed(): boolean {
    return this.#work.isConfirmed;
  }

  /** Calls this with the open streams that a note had lacked; set once, before the start. */
  onMissed(listener: (streams: readonly string[]) => void): void {
    this.#onMissed = listener;
  }

  start(): Promise<void> {
    return this.#work.start();
  }

  /** Notes the open work, and stops. */
  stop(): Promise<void> {
    return this.#work.stop();
  }

  /** As a crash: nothing is noted. */
  kill(): Promise<void> {
    return this.#work.kill();
  }

  /** Resolves once the whole log has confirmed the open work. */
  confirmed(): Promise<void> {
    return this.#work.confirmed();
  }

  /** Afterwards everything that was in the log before this was called is known. Throws the store's errors. */
  async current(): Promise<void> {
    await this.follower.confirmCurrent();
  }

  /** What is known of actions so far; of the whole log where the work is confirmed. */
  get seen(): RailsHistory {
    return this.#work.work.history;
  }

  /** What the whole log says of actions. Throws `not-current` where a start has not read it within a second. */
  async history(): Promise<RailsHistory> {
    await this.follower.ensureCurrent(false);
    const late = new AbortController();
    await Promise.race([this.#work.confirmed(), expired(late.signal)]);
    late.abort();
    if (!this.isConfirmed)
      throw new ProblemError('not-current', 'the whole log has not been read since the start', {
        remedy: 'ask again; a full read takes minutes where the log holds millions of events',
      });
    return this.#work.work.history;
  }
}

const expired = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, patienceMs);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
