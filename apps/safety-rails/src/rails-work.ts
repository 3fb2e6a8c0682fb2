import {
  OpenWork,
  proofTimeoutMs,
  within,
  type ConfirmedWork,
  type LogFollower,
} from '@interlock/eventstore';
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

/**
 * The token of the receiver that gets the differences between the whole log and the note of a
 * start.
 */
export const FOUND_WORK = Symbol('FOUND_WORK');
/** The token of the number of events after which a note is written. Only tests set it. */
const NOTED_EVERY = Symbol('NOTED_EVERY');

/** The open work, and the facts about actions from the whole log. */
class WholeWork extends RailsOpenWork implements OpenWorkFold {
  /** Until the work is confirmed, it knows only the actions of the note and of later events. */
  readonly history = new RailsHistory();

  override take(event: RecordedEvent): void {
    super.take(event);
    this.history.take(event);
  }
}

/**
 * The open work of safety-rails, from the log. The sweep, the kill switch and the inbox use it and
 * need no database.
 */
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
      // Gates are the largest part of an action, and do not show whether it is open.
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

  /** False while the open work rests on a note that no full fold has confirmed yet. */
  get isConfirmed(): boolean {
    return this.#work.isConfirmed;
  }

  /**
   * Calls the listener with the open streams that a note had lacked. Set it once, before the start.
   */
  onMissed(listener: (streams: readonly string[]) => void): void {
    this.#onMissed = listener;
  }

  start(): Promise<void> {
    return this.#work.start();
  }

  /** Writes a note of the open work, and stops. */
  stop(): Promise<void> {
    return this.#work.stop();
  }

  /** Stops like a crash, without a note. */
  kill(): Promise<void> {
    return this.#work.kill();
  }

  /** Resolves once the whole log has confirmed the open work. */
  confirmed(): Promise<void> {
    return this.#work.confirmed();
  }

  /**
   * Reads the log, so that everything before the call is known afterwards. Throws the store's
   * errors.
   */
  async current(): Promise<void> {
    await this.follower.confirmCurrent();
  }

  /**
   * The facts about actions that are known so far; from the whole log once the work is confirmed.
   */
  get seen(): RailsHistory {
    return this.#work.work.history;
  }

  /**
   * Returns the facts about actions from the whole log. Throws `not-current` if a start has not
   * read it within `proofTimeoutMs`.
   */
  async history(): Promise<RailsHistory> {
    await this.follower.ensureCurrent(false);
    await within(this.#work.confirmed(), proofTimeoutMs);
    if (!this.isConfirmed)
      throw new ProblemError('not-current', 'the whole log has not been read since the start', {
        remedy: 'ask again; a full read takes minutes where the log holds millions of events',
      });
    return this.#work.work.history;
  }
}
