import { Kysely, PostgresDialect } from 'kysely';
import { defaults } from '@interlock/contracts';
import { comparePositions, positionText, ProblemError, type LogSubscription, type Position, type RecordedEvent } from '@interlock/kernel';

import { Backlog } from './backlog.js';
import { asDatabaseProblem, isTransient, isUnavailable } from './errors.js';
import { KeptRows } from './kept-rows.js';
import { pause } from './pause.js';
import { LagAlert } from './projection-alert.js';
import { applyBatch, CheckpointWentBack, isolatePoison, PoisonedEvent, readCheckpoint, SchemaSwapped } from './projection-batch.js';
import { clearFailure, recordFailure } from './projection-failure.js';
import { Reach } from './projection-lag.js';
import { reportProjection } from './projection-metrics.js';
import type { ProjectionRunnerOptions, ProjectionState } from './projection-options.js';
import { followedStreams, liveVersion, migrateProjection, projectionSchema, refuseUnmigrated, swapIn } from './projection.js';
import { PositionWaits } from './position-waits.js';

/** How often a batch whose schema lost its name is begun anew before that counts as a failure. */
const mostSwaps = 20;

/**
 * Follows the log into a read model. One version's tables live in a schema of their own; a new version is built beside the one that
 * answers and swapped in when it has caught up. Several instances may run it: each event's statements commit once.
 */
export class ProjectionRunner<DB> {
  readonly #options: ProjectionRunnerOptions<DB>;
  readonly #kysely: Kysely<DB>;
  readonly #schema: string;
  readonly #batchSize: number;
  readonly #waits = new PositionWaits();
  readonly #backlog: Backlog;
  readonly #reach: Reach;
  readonly #kept = new KeptRows();
  readonly #alert: LagAlert;
  #state: ProjectionState = 'new';
  #servedSchema: string;
  /** Which table the checkpoint was when it was last read. */
  #table = '';
  #counts = { handled: 0, skipped: 0 };
  #failure: unknown;
  #startingOver = false;
  #wasLate = false;
  #subscription: LogSubscription | undefined;
  #timer: NodeJS.Timeout | undefined;
  #looks: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #flushing: Promise<void> | undefined;
  #background: Promise<void> = Promise.resolve();
  #stopped = new AbortController();
  #unreport: (() => void) | undefined;

  constructor(options: ProjectionRunnerOptions<DB>) {
    this.#options = options;
    this.#schema = projectionSchema(options);
    this.#servedSchema = this.#schema;
    this.#batchSize = options.batchSize ?? 1000;
    this.#backlog = new Backlog(2 * this.#batchSize);
    this.#reach = new Reach(options.store, options.projection.prefixes);
    this.#kysely = new Kysely<DB>({ dialect: new PostgresDialect({ pool: options.pool }) });
    this.#alert = new LagAlert(options.alerts, `${options.service}/${options.projection.name}`, (error, attempt) => {
      if (attempt === 1) options.logger.warn({ err: error, projection: this.#schema }, 'alerting has not taken how far the projection is behind; it is told again');
    });
  }

  /** Starts to follow; with the database away it keeps trying in the background. Throws where tables are missing and may not be made. */
  async start(): Promise<void> {
    if (this.#state !== 'new' && this.#state !== 'stopped') throw new Error('the projection is running');
    this.#stopped = new AbortController();
    this.#failure = undefined;
    this.#backlog.clear();
    this.#alert.start();
    const { metrics, lookMs = 2000 } = this.#options;
    if (metrics !== undefined) this.#unreport = reportProjection(metrics, () => this.#sample());
    try {
      await this.#setUp();
    } catch (error) {
      if (!isUnavailable(error) && !isTransient(error)) throw error;
      this.#retrySetUp(error);
    }
    this.#looks = setInterval(() => {
      this.#looking ??= this.#look().catch(() => undefined).finally(() => { this.#looking = undefined; });
    }, lookMs).unref();
  }

  /** Stops following; what was not yet committed is read again at the next start. The pool stays open. */
  async stop(): Promise<void> {
    if (this.#state === 'stopped') return;
    this.#state = 'stopped';
    this.#stopped.abort();
    clearTimeout(this.#timer);
    clearInterval(this.#looks);
    this.#unreport?.();
    this.#backlog.clear();
    await this.#looking;
    await this.#background;
    await this.#subscription?.stop();
    await this.#flushing?.catch(() => undefined);
    await this.#alert.stop();
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
    return this.#reach.position;
  }

  state(): ProjectionState {
    return this.#state;
  }

  /** Events projected and skipped (types without a handler) since the start. */
  counts(): { readonly handled: number; readonly skipped: number } {
    return this.#counts;
  }

  /** Seconds that the oldest event which is not projected has been in the log; 0 where none waits. What another instance projected does not wait. */
  lagSeconds(): number {
    const waiting = this.#failure instanceof PoisonedEvent ? this.#failure.event : this.#backlog.oldest(this.#reach.position);
    const age = waiting === undefined ? 0 : (Date.now() - Date.parse(waiting.created)) / 1000;
    return Math.max(0, age, this.#reach.markedSeconds(this.#options.lookMs ?? 2000));
  }

  /** For the health checks: how far it is behind; throws while the read model stands still or is behind for more than its limit. */
  check(): Promise<{ readonly lag_seconds: number }> {
    const { name } = this.#options.projection;
    if (this.#failure instanceof PoisonedEvent) return Promise.reject(this.#behind(`the event \`${this.#failure.event.id}\` (\`${this.#failure.event.type}\`) could not be projected`));
    if (this.#failure !== undefined) return Promise.reject(this.#behind(`the read model \`${name}\` stands still, the log says why`));
    if (this.#state === 'waiting') return Promise.reject(new ProblemError('database-unavailable', `the read model \`${name}\` waits for the database`));
    const lag = this.lagSeconds();
    if (lag > this.#lagLimitS) return Promise.reject(this.#behind(`the read model \`${name}\` is ${Math.floor(lag)} s behind, more than its limit of ${this.#lagLimitS} s`));
    return Promise.resolve({ lag_seconds: Math.round(lag * 1000) / 1000 });
  }

  /** Resolves when what answers holds everything up to a position; `read-model-behind` after `timeoutMs` or where it stands still. */
  async waitFor(position: Position, timeoutMs = 2000): Promise<void> {
    if (this.#servedSchema !== this.#schema) {
      await this.#waitForServed(position, timeoutMs);
      return;
    }
    if (this.#reach.has(position)) return;
    if (this.#state === 'failed' || this.#state === 'stopped') throw this.#behind('the read model stands still');
    await this.#waits.wait(position, timeoutMs, () => this.#confirm(position), () => this.#behind(`the read model is not yet at ${positionText(position)}`));
  }

  get #lagLimitS(): number {
    return this.#options.lagLimitS ?? defaults.projection_lag_limit_s;
  }

  #behind(detail: string): ProblemError {
    const { position } = this.#reach;
    return new ProblemError('read-model-behind', detail, {
      members: {
        position: position === null ? null : positionText(position), lag_seconds: Math.round(this.lagSeconds() * 1000) / 1000,
        ...(this.#failure instanceof PoisonedEvent ? { projection: this.#options.projection.name, event_id: this.#failure.event.id, event_type: this.#failure.event.type } : {}),
      },
      remedy: 'ask again after the time in `Retry-After`',
    });
  }

  /** Polls the checkpoint of the older version that answers while this one is built. */
  async #waitForServed(position: Position, timeoutMs: number): Promise<void> {
    const end = performance.now() + timeoutMs;
    for (;;) {
      const at = await this.#checkpoint(this.#servedSchema).catch((error: unknown) => { throw asDatabaseProblem(error); });
      if (at.position !== null && comparePositions(at.position, position) >= 0) return;
      if (performance.now() >= end) throw this.#behind('a new version of the read model is being built');
      await pause(50, this.#stopped.signal);
    }
  }

  #checkpoint(schema = this.#schema): ReturnType<typeof readCheckpoint> {
    return readCheckpoint(this.#kysely as unknown as Kysely<unknown>, schema);
  }

  /** A position beyond the last event of this projection's streams is reached when nothing of it stands between. */
  async #confirm(position: Position): Promise<void> {
    if (this.#reach.has(position) || this.#backlog.length > 0 || this.#flushing !== undefined) return;
    await this.#reach.confirm(position);
    this.#letThrough();
  }

  #letThrough(): void {
    this.#waits.reached((waited) => this.#reach.has(waited));
  }

  async #setUp(): Promise<void> {
    const { pool, service, projection, migrate, store } = this.#options;
    if (migrate) await migrateProjection(pool, service, projection);
    else await refuseUnmigrated(pool, service, projection);
    const live = await liveVersion(pool, service, projection.name);
    this.#servedSchema = live !== null && live < projection.version ? projectionSchema(this.#options, live) : this.#schema;
    const { position, table } = await this.#checkpoint();
    this.#reach.begin(position);
    this.#table = table;
    if (this.#stopped.signal.aborted) return;
    this.#state = 'building';
    this.#subscription = store.subscribe({ after: position, ...followedStreams(projection.prefixes), name: this.#schema }, {
      onEvent: (event) => this.#take(event),
      onCheckpoint: (at) => { if (this.#backlog.length === 0 && this.#flushing === undefined) this.#reach.lookedThrough(at); },
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
      if (this.#reach.position !== null) await clearFailure(pool, { service, ...projection }, this.#reach.position);
    });
    this.#servedSchema = this.#schema;
    if (this.#state === 'building') this.#state = 'following';
    this.#alert.resolve('the read model follows the log');
  }

  #take(event: RecordedEvent): Promise<void> | void {
    if (this.#failure !== undefined || this.#stopped.signal.aborted || this.#startingOver) return;
    const room = this.#backlog.add(event);
    if (this.#backlog.length >= this.#batchSize) this.#flush().catch(() => undefined);
    else {
      this.#timer ??= setTimeout(() => {
        this.#timer = undefined;
        this.#flush().catch(() => undefined);
      }, this.#options.idleMs ?? 5);
    }
    return room;
  }

  #flush(): Promise<void> {
    this.#flushing ??= this.#drain().finally(() => { this.#flushing = undefined; });
    return this.#flushing;
  }

  async #drain(): Promise<void> {
    while (this.#backlog.length > 0 && !this.#stopped.signal.aborted) {
      const batch = this.#backlog.first(this.#batchSize);
      try {
        await this.#applyOrIsolate(batch);
      } catch (error) {
        if (error instanceof CheckpointWentBack) {
          this.#startOver('projection starts over: its checkpoint went back');
          return;
        }
        if (this.#stopped.signal.aborted) return;
        this.#fail(error);
        throw error;
      }
    }
  }

  async #applyOrIsolate(batch: readonly RecordedEvent[]): Promise<void> {
    try {
      await this.#apply(batch);
    } catch (error) {
      if (!(error instanceof PoisonedEvent)) throw error;
      const found = await isolatePoison(batch, error, (part) => this.#apply(part));
      if (found !== undefined) throw found;
    }
  }

  async #apply(batch: readonly RecordedEvent[]): Promise<void> {
    await this.#persistently(async () => {
      const { position, handled, skipped } = await applyBatch({ db: this.#kysely, projection: this.#options.projection, schema: this.#schema, kept: this.#kept }, batch, this.#reach.position);
      this.#reach.projected(position);
      this.#counts = { handled: this.#counts.handled + handled, skipped: this.#counts.skipped + skipped };
      this.#backlog.drop(batch.length);
    });
    this.#letThrough();
  }

  /** Does work again, with growing pauses, while the database is away; at once where a rebuild swapped the schema. */
  async #persistently(work: () => Promise<void>): Promise<void> {
    for (let attempt = 1, swaps = 0; ; attempt += 1) {
      try {
        await work();
        if (this.#state === 'waiting') this.#state = this.#servedSchema === this.#schema ? 'following' : 'building';
        return;
      } catch (error) {
        if (error instanceof SchemaSwapped && !this.#stopped.signal.aborted && swaps < mostSwaps) {
          swaps += 1;
          await pause(5 * swaps, this.#stopped.signal);
          continue;
        }
        if (this.#stopped.signal.aborted || (!isUnavailable(error) && !isTransient(error))) throw error;
        if (isUnavailable(error)) this.#state = 'waiting';
        this.#options.logger.warn({ err: error, projection: this.#schema, attempt }, 'projection tries its batch again');
        await pause(backOffMs(attempt), this.#stopped.signal);
        if (this.#stopped.signal.aborted) throw error;
      }
    }
  }

  #fail(error: unknown): void {
    const { pool, service, projection, logger } = this.#options;
    this.#failure = error;
    this.#state = 'failed';
    const poison = error instanceof PoisonedEvent ? error : undefined;
    const facts = poison === undefined ? { err: error } : { err: poison.cause, event_id: poison.event.id, event_type: poison.event.type, position: positionText(poison.event.position) };
    logger.error({ ...facts, projection: this.#schema }, 'projection stands still');
    this.#waits.failAll(() => this.#behind('the read model stands still'));
    this.#backlog.clear();
    void this.#subscription?.stop().catch(() => undefined);
    const detail = poison === undefined ? 'the read model stands still, the log of the service says why'
      : `the read model stands still at the event \`${poison.event.id}\` (\`${poison.event.type}\`, position ${positionText(poison.event.position)}), which could not be projected`;
    this.#alert.raise(poison === undefined ? null : causeOf(poison.event), detail);
    if (poison !== undefined) this.#inBackground(() => this.#persistently(() => recordFailure(pool, { service, ...projection }, poison)));
  }

  /** Follows anew from what is stored. */
  #startOver(why: string): void {
    this.#options.logger.warn({ projection: this.#schema }, why);
    this.#startingOver = true;
    this.#backlog.clear();
    const old = this.#subscription;
    this.#inBackground(async () => {
      await old?.stop();
      this.#startingOver = false;
      this.#failure = undefined;
      await this.#persistently(() => this.#setUp()).catch((error: unknown) => { if (!this.#stopped.signal.aborted) this.#fail(error); });
    });
  }

  /** Compares with what is stored and with the log's end; where it stood still and a rebuild or another instance has passed that, it follows again. */
  async #look(): Promise<void> {
    if (this.#startingOver || this.#state === 'waiting') return;
    const { position, table } = await this.#checkpoint();
    if (this.#startingOver || this.#stopped.signal.aborted) return;
    if (this.#failure !== undefined) {
      const passed = this.#failure instanceof PoisonedEvent && position !== null && comparePositions(position, this.#failure.event.position) >= 0;
      if (passed || table !== this.#table) this.#startOver('projection follows again: it was rebuilt, or another instance has passed what it stood still at');
      return;
    }
    this.#table = table;
    this.#reach.projected(position);
    this.#letThrough();
    await this.#reach.look(this.#backlog.length === 0 && this.#flushing === undefined);
    this.#judge();
  }

  /** Late at two looks one after the other is told; a start after a pause, which has caught up at the second, is not. */
  #judge(): void {
    if (this.#failure !== undefined || this.#stopped.signal.aborted) return;
    const late = this.lagSeconds() > this.#lagLimitS;
    const waiting = this.#backlog.oldest(this.#reach.position);
    if (late && this.#wasLate) this.#alert.raise(waiting === undefined ? null : causeOf(waiting), `the read model is behind for more than its limit of ${this.#lagLimitS} s`);
    else if (!late && this.#state === 'following') this.#alert.resolve('the read model follows the log');
    this.#wasLate = late;
  }

  #sample(): { service: string; projection: string; version: number; lagSeconds: number; handled: number; skipped: number; failed: boolean } {
    const { service, projection } = this.#options;
    return { service, projection: projection.name, version: projection.version, lagSeconds: this.lagSeconds(), ...this.#counts, failed: this.#failure !== undefined };
  }
}

const causeOf = ({ id, type, stream }: RecordedEvent): { readonly event_id: string; readonly type: string; readonly stream: string } => ({ event_id: id, type, stream });
const backOffMs = (attempt: number): number => Math.min(2000, 25 * 2 ** Math.min(attempt, 8)) * (0.5 + Math.random() / 2);
