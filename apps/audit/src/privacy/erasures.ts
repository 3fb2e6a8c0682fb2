import { parseStream, type Actor, type Timestamp } from '@interlock/contracts';
import {
  type CommandContext,
  CommandHandler,
  type EventStore,
  genuine,
  type LogSubscription,
  positionOrNull,
  ProblemError,
  type RecordedEvent,
} from '@interlock/kernel';
import { personDecider, personStream } from '@interlock/tree';
import type { Author, People } from '@interlock/people';
import { backoff, newId } from '@interlock/platform';
import type { Logger } from 'pino';
import type { ParkedIntents } from './parked-intents.js';

/**
 * `position` is null if the log has not taken the event yet. The erasure is still effective, and
 * the event follows.
 */
export type Erased = {
  readonly person_id: string;
  readonly erased: 'now' | 'before';
  readonly erased_at: Timestamp;
  readonly position: string | null;
};

const everyMs = 10_000;

/**
 * Erases people and records it. The row is deleted first, with a note that the event is due, so
 * that a crash cannot leave one without the other. A person whose erasure is in the log has no row;
 * one restored from an old backup is deleted again.
 */
export class Erasures {
  readonly #store: EventStore;
  readonly #handler;
  readonly #erased = new Map<string, RecordedEvent>();
  #log: LogSubscription | undefined;
  #timer: NodeJS.Timeout | undefined;
  #settling: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly parts: {
      readonly people: Pick<People, 'erase' | 'unsettled' | 'settle' | 'person'>;
      readonly parked: Pick<ParkedIntents, 'drop'>;
      readonly store: EventStore;
      readonly logger: Pick<Logger, 'warn' | 'error'>;
    },
  ) {
    this.#store = genuine(parts.store);
    this.#handler = new CommandHandler(this.#store, personDecider, { backoff });
  }

  /** Continues erasures that were left when a process ended or the log was unavailable. */
  start(): void {
    this.#log = this.#store.subscribe(
      { after: null, prefixes: ['person-'], name: 'audit-erasures' },
      {
        onEvent: (event) => {
          if (event.type === 'PersonErased') this.#erased.set(event.stream, event);
        },
        onCaughtUp: () => this.#sweep(),
        onFailure: (error) =>
          this.parts.logger.error({ err: error }, 'the service no longer follows erasures in the log'),
      },
    );
    this.#sweep();
    this.#timer = setInterval(() => this.#sweep(), everyMs);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#log?.stop();
    await this.#settling;
  }

  /**
   * Erases a person; for a person already erased it returns since when. Throws `not-found` if the
   * person never existed, `database-unavailable` or `bus-unavailable`; then nothing is erased.
   */
  async erase(author: Author, context: CommandContext): Promise<Erased> {
    const { person_id } = author;
    // INVARIANT: parked messages that name the person go first, because the subject is unknown once
    // the row is deleted.
    const known = await this.parts.people.person(author.tenant_id, person_id);
    if (known !== null) await this.parts.parked.drop(author.tenant_id, known.subject);
    const gone = await this.parts.people.erase(author, context.actor, context.now);
    if (!gone) return this.#before(author);
    try {
      const position = await this.#record(author, context);
      return { person_id, erased: 'now', erased_at: context.now, position };
    } catch (error) {
      this.parts.logger.warn(
        { err: error, person_id, tenant_id: author.tenant_id },
        'a person is erased; the event follows when the log takes it',
      );
      return { person_id, erased: 'now', erased_at: context.now, position: null };
    }
  }

  async #before(author: Author): Promise<Erased> {
    await this.settle();
    const { state, position } = await this.#handler.load(personStream(author.tenant_id, author.person_id));
    if (state.erased_at === null)
      throw new ProblemError('not-found', `there is no person \`${author.person_id}\``);
    return {
      person_id: author.person_id,
      erased: 'before',
      erased_at: state.erased_at,
      position: positionOrNull(position),
    };
  }

  /** Returns when the person was erased according to the log; null if they were not. */
  async erasedAt({ tenant_id, person_id }: Author): Promise<Timestamp | null> {
    return (await this.#handler.load(personStream(tenant_id, person_id))).state.erased_at;
  }

  /** Records every erasure that has no event yet. */
  async settle(): Promise<void> {
    for (const { erased_by, erased_at, ...author } of await this.parts.people.unsettled())
      await this.#record(author, contextOf(author, erased_by, erased_at));
  }

  /**
   * Deletes the rows of people whose erasure is in the log, even if a restored database holds them.
   */
  async #enforce(): Promise<void> {
    for (const [stream, event] of this.#erased) {
      const { tenant, id } = parseStream(stream)!;
      const author = { tenant_id: tenant, person_id: id };
      if (await this.parts.people.erase(author, event.metadata.actor, event.metadata.occurred_at))
        this.parts.logger.warn(author, 'a person who was erased had a row again: it is dropped');
      this.#erased.delete(stream);
    }
  }

  async #record(author: Author, context: CommandContext): Promise<string | null> {
    const { position } = await this.#handler.handle(
      personStream(author.tenant_id, author.person_id),
      { kind: 'record_erasure', person_id: author.person_id },
      { ...context, commandId: `erase:${author.person_id}` },
    );
    await this.parts.people.settle(author);
    return positionOrNull(position);
  }

  #sweep(): void {
    this.#settling = this.#settling
      .then(() => this.#enforce())
      .then(() => this.settle())
      .catch((error: unknown) =>
        this.parts.logger.warn({ err: error }, 'erasures could not be recorded yet'),
      );
  }
}

const contextOf = ({ tenant_id, person_id }: Author, actor: Actor, now: Timestamp): CommandContext => ({
  commandId: `erase:${person_id}`,
  tenantId: tenant_id,
  actor,
  now,
  correlationId: newId(),
  causationId: `erase:${person_id}`,
});
