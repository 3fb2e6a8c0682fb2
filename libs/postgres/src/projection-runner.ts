import { Kysely, PostgresDialect } from 'kysely';
import type { Pool } from 'pg';
import { comparePositions, positionText, ProblemError, type EventStore, type LogSubscription, type Position, type RecordedEvent } from '@interlock/kernel';

import { asDatabaseProblem, isTransient, isUnavailable } from './errors.js';
import { pause } from './pause.js';
import { applyBatch, CheckpointWentBack, PoisonedEvent, readCheckpoint } from './projection-batch.js';
import { liveVersion, migrateProjection, projectionSchema, refuseUnmigrated, swapIn, type Projection } from './projection.js';
import { reportProjection, type MetricsRegistry } from './projection-metrics.js';
import { PositionWaits } from './position-waits.js';

export type ProjectionLogger = { readonly info: (facts: object, message: string) => void; readonly warn: (facts: object, message: string) => void; readonly error: (facts: object, message: string) => void };

export type ProjectionRunnerOptions<DB> = {
  readonly pool: Pool;
  readonly store: EventStore;
  readonly service: string;
  readonly projection: Projection<DB>;
  readonly logger: ProjectionLogger;
  readonly metrics?: MetricsRegistry;
  /** Makes schema and tables at start; otherwise `interlock migrate` has. */
  readonly migrate: boolean;
  /** Events of one transaction at most, 200. */
  readonly batchSize?: number;
  /** How long events wait for more, in milliseconds, 5. */
  readonly idleMs?: number;
};

export type ProjectionState = 'new' | 'waiting' | 'building' | 'following' | 'failed' | 'stopped';

const max = (a: Position | null, b: Position | null): Position | null => (a === null ? b : b === null ? a : comparePositions(a, b) >= 0 ? a : b);

/**
 * Follows the log into a read model. One version's tables live in a schema of their own; a new version is built beside the one that
 * answers and swapped in when it has caught up. Several instances may run it: each event's statements commit once.
 */
export class ProjectionRunner<DB> {
  readonly #options: ProjectionRunnerOptions<DB>;
  readonly #kysely: Kysely<DB>;
  readonly #schema: string;
  readonly #waits = new PositionWaits();
  readonly #buffer: RecordedEvent[] = [];
  #state: ProjectionState = 'new';
  #servedSchema: string;
  #position: Position | null = null;
  /** Nothing of this projection's stands in the log up to here beyond what is projected. */
  #seen: Position | null = null;
  #counts = { handled: 0, skipped: 0 };
  #failure: unknown;
  #startingOver = false;
  #subscription: LogSubscription | undefined;
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> | undefined;
  #background: Promise<void> = Promise.resolve();
  #stopped = new AbortController();
  #unreport: (() => void) | undefined;

  constructor(options: ProjectionRunnerOptions<DB>) {
    this.#options = options;
    this.#schema = projectionSchema(options);
    this.#servedSchema = this.#schema;
    this.#kysely = new Kysely<DB>({ dialect: new PostgresDialect({ pool: options.pool }) });
  }

  /** Starts to follow; with the database away it keeps trying in the background. Throws where tables are missing and may not be made. */
  async start(): Promise<void> {
    if (this.#state !== 'new' && this.#state !== 'stopped') throw new Error('the projection is running');
    this.#stopped = new AbortController();
    this.#failure = undefined;
    this.#buffer.length = 0;
    const { metrics } = this.#options;
    if (metrics !== undefined) this.#unreport = reportProjection(metrics, () => this.#sample());
    try {
      await this.#setUp();
    } catch (error) {
      if (!isUnavailable(error) && !isTransient(error)) throw error;
      this.#retrySetUp(error);
    }
  }

  /** Stops following; what was not yet committed is read again at the next start. The pool stays open. */
  async stop(): Promise<void> {
    if (this.#state === 'stopped') return;
    this.#state = 'stopped';
    this.#stopped.abort();
    clearTimeout(this.#timer);
    this.#unreport?.();
    this.#buffer.length = 0;
    await this.#background;
    await this.#subscription?.stop();
    await this.#flushing?.catch(() => undefined);
    this.#waits.failAll(() => this.#behind('the read model was stopped'));
  }

  /** The read model, bound to the schema that answers: this version's, or the older live one's while this one is being built. */
  db(): Kysely<DB> {
    return this.#kysely.withSchema(this.#servedSchema);
  }

  /** The schema that answers. */
  schema(): string {
    return this.#servedSchema;
  }

  /** Where this version stands. */
  position(): Position | null {
    return this.#position;
  }

  state(): ProjectionState {
    return this.#state;
  }

  /** Events projected and skipped (types without a handler) since the start. */
  counts(): { readonly handled: number; readonly skipped: number } {
    return this.#counts;
  }

  /** Seconds that the oldest waiting event has been in the log; 0 where none waits. */
  lagSeconds(): number {
    const waiting = this.#failure instanceof PoisonedEvent ? this.#failure.event : this.#buffer[0];
    return waiting === undefined ? 0 : Math.max(0, (Date.now() - Date.parse(waiting.created)) / 1000);
  }

  /** For the health checks: throws while the read model stands still. */
  check(): Promise<void> {
    if (this.#failure instanceof PoisonedEvent) return Promise.reject(this.#behind(`the event \`${this.#failure.event.id}\` (\`${this.#failure.event.type}\`) could not be projected`));
    if (this.#failure !== undefined) return Promise.reject(this.#behind(`the read model \`${this.#options.projection.name}\` stands still, the log says why`));
    if (this.#state === 'waiting') return Promise.reject(new ProblemError('database-unavailable', `the read model \`${this.#options.projection.name}\` waits for the database`));
    return Promise.resolve();
  }

  /** Resolves when what answers holds everything up to a position; `read-model-behind` after `timeoutMs` or where it stands still. */
  async waitFor(position: Position, timeoutMs = 2000): Promise<void> {
    if (this.#servedSchema !== this.#schema) {
      await this.#waitForServed(position, timeoutMs);
      return;
    }
    if (this.#reached(position)) return;
    if (this.#state === 'failed' || this.#state === 'stopped') throw this.#behind('the read model stands still');
    await this.#waits.wait(position, timeoutMs, () => this.#confirm(position), () => this.#behind(`the read model is not yet at ${positionText(position)}`));
  }

  #reached(position: Position): boolean {
    const at = max(this.#position, this.#seen);
    return at !== null && comparePositions(at, position) >= 0;
  }

  #behind(detail: string): ProblemError {
    return new ProblemError('read-model-behind', detail, { members: { position: this.#position === null ? null : positionText(this.#position) }, remedy: 'ask again after the time in `Retry-After`' });
  }

  /** Polls the checkpoint of the older version that answers while this one is built. */
  async #waitForServed(position: Position, timeoutMs: number): Promise<void> {
    const end = performance.now() + timeoutMs;
    for (;;) {
      const at = await readCheckpoint(this.#kysely as unknown as Kysely<unknown>, this.#servedSchema).catch((error: unknown) => { throw asDatabaseProblem(error); });
      if (at !== null && comparePositions(at, position) >= 0) return;
      if (performance.now() >= end) throw this.#behind('a new version of the read model is being built');
      await pause(50, this.#stopped.signal);
    }
  }

  /** A position beyond the last event of this projection's streams is reached when nothing of it stands between. */
  async #confirm(position: Position): Promise<void> {
    if (this.#reached(position) || this.#buffer.length > 0 || this.#flushing !== undefined) return;
    const from = max(this.#position, this.#seen);
    let last = from;
    for await (const event of this.#options.store.readAll({ after: from, limit: 1000 })) {
      if (comparePositions(event.position, position) > 0) {
        last = position;
        break;
      }
      if (this.#options.projection.prefixes?.some((prefix) => event.stream.startsWith(prefix)) ?? true) break;
      last = event.position;
    }
    this.#seen = max(this.#seen, last);
    this.#waits.reached((waited) => this.#reached(waited));
  }

  async #setUp(): Promise<void> {
    const { pool, service, projection, migrate, store } = this.#options;
    if (migrate) await migrateProjection(pool, service, projection);
    else await refuseUnmigrated(pool, service, projection);
    const live = await liveVersion(pool, service, projection.name);
    this.#servedSchema = live !== null && live < projection.version ? projectionSchema(this.#options, live) : this.#schema;
    this.#position = await readCheckpoint(this.#kysely as unknown as Kysely<unknown>, this.#schema);
    this.#seen = null;
    if (this.#stopped.signal.aborted) return;
    this.#state = 'building';
    this.#subscription = store.subscribe({ after: this.#position, ...(projection.prefixes === null ? {} : { prefixes: projection.prefixes }), name: this.#schema }, {
      onEvent: (event) => this.#take(event),
      onCaughtUp: () => { this.#inBackground(() => this.#caughtUp()); },
      onFailure: (error) => { this.#options.logger.error({ err: error, projection: this.#schema }, 'projection stopped following the log'); },
    });
  }

  #retrySetUp(reason: unknown): void {
    this.#state = 'waiting';
    this.#inBackground(async () => {
      for (let attempt = 1, last = reason; !this.#stopped.signal.aborted; attempt += 1) {
        this.#options.logger.warn({ err: last, projection: this.#schema }, 'projection waits for the database');
        await pause(backOffMs(attempt), this.#stopped.signal);
        try {
          if (!this.#stopped.signal.aborted) await this.#setUp();
          return;
        } catch (error) {
          last = error;
        }
      }
    });
  }

  #inBackground(work: () => Promise<void>): void {
    this.#background = this.#background.then(work).catch((error: unknown) => {
      this.#options.logger.error({ err: error, projection: this.#schema }, 'projection failed');
    });
  }

  async #caughtUp(): Promise<void> {
    await this.#flush();
    if (this.#failure !== undefined || this.#stopped.signal.aborted) return;
    const { pool, service, projection, logger } = this.#options;
    await this.#persistently(async () => {
      if (await swapIn(pool, service, projection)) logger.info({ projection: this.#schema }, 'projection swapped in');
    });
    this.#servedSchema = this.#schema;
    if (this.#state === 'building') this.#state = 'following';
  }

  #take(event: RecordedEvent): Promise<void> | void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#stopped.signal.aborted || this.#startingOver) return;
    this.#buffer.push(event);
    if (this.#buffer.length >= (this.#options.batchSize ?? 200)) return this.#flush();
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#flush().catch(() => undefined);
    }, this.#options.idleMs ?? 5);
  }

  #flush(): Promise<void> {
    this.#flushing ??= this.#drain().finally(() => { this.#flushing = undefined; });
    return this.#flushing;
  }

  async #drain(): Promise<void> {
    while (this.#buffer.length > 0 && !this.#stopped.signal.aborted) {
      const batch = this.#buffer.slice(0, this.#options.batchSize ?? 200);
      try {
        await this.#apply(batch);
      } catch (error) {
        if (error instanceof CheckpointWentBack) {
          this.#startOver();
          return;
        }
        if (this.#stopped.signal.aborted) return;
        const found = error instanceof PoisonedEvent ? await this.#applyBefore(batch, error) : error;
        this.#fail(found);
        throw found;
      }
    }
  }

  /** Applies what comes before a poisoned event; where a shorter batch shows an earlier one, that is the one. */
  async #applyBefore(batch: readonly RecordedEvent[], poisoned: PoisonedEvent): Promise<PoisonedEvent> {
    let found = poisoned;
    while (found.place > 0) {
      try {
        await this.#apply(batch.slice(0, found.place));
        break;
      } catch (error) {
        if (!(error instanceof PoisonedEvent)) throw error;
        found = error;
      }
    }
    return found;
  }

  async #apply(batch: readonly RecordedEvent[]): Promise<void> {
    await this.#persistently(async () => {
      const { position, handled, skipped } = await applyBatch(this.#kysely, this.#options.projection, this.#schema, batch, this.#position);
      this.#position = max(this.#position, position);
      this.#counts = { handled: this.#counts.handled + handled, skipped: this.#counts.skipped + skipped };
      this.#buffer.splice(0, batch.length);
    });
    this.#waits.reached((position) => this.#reached(position));
  }

  /** Does work again, with growing pauses, while the database is away. */
  async #persistently(work: () => Promise<void>): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await work();
        if (this.#state === 'waiting') this.#state = this.#servedSchema === this.#schema ? 'following' : 'building';
        return;
      } catch (error) {
        if (this.#stopped.signal.aborted || (!isUnavailable(error) && !isTransient(error))) throw error;
        if (isUnavailable(error)) this.#state = 'waiting';
        this.#options.logger.warn({ err: error, projection: this.#schema, attempt }, 'projection tries its batch again');
        await pause(backOffMs(attempt), this.#stopped.signal);
        if (this.#stopped.signal.aborted) throw error;
      }
    }
  }

  #fail(error: unknown): void {
    this.#failure = error;
    this.#state = 'failed';
    const facts = error instanceof PoisonedEvent
      ? { err: error.cause, event_id: error.event.id, event_type: error.event.type, position: positionText(error.event.position) }
      : { err: error };
    this.#options.logger.error({ ...facts, projection: this.#schema }, 'projection stands still');
    this.#waits.failAll(() => this.#behind('the read model stands still'));
    void this.#subscription?.stop().catch(() => undefined);
  }

  /** The tables were dropped or put back under this instance: follows anew from what is stored. */
  #startOver(): void {
    this.#options.logger.warn({ projection: this.#schema }, 'projection starts over: its checkpoint went back');
    this.#startingOver = true;
    this.#buffer.length = 0;
    const old = this.#subscription;
    this.#inBackground(async () => {
      await old?.stop();
      this.#startingOver = false;
      await this.#persistently(() => this.#setUp()).catch((error: unknown) => { if (!this.#stopped.signal.aborted) this.#fail(error); });
    });
  }

  #sample(): { service: string; projection: string; version: number; lagSeconds: number; handled: number; skipped: number; failed: boolean } {
    const { service, projection } = this.#options;
    return { service, projection: projection.name, version: projection.version, lagSeconds: this.lagSeconds(), ...this.#counts, failed: this.#failure !== undefined };
  }
}

const backOffMs = (attempt: number): number => Math.min(2000, 25 * 2 ** Math.min(attempt, 8)) * (0.5 + Math.random() / 2);
