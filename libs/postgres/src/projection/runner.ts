import { Kysely, PostgresDialect } from 'kysely';
import { defaults } from '@interlock/contracts';
import {
  comparePositions,
  positionText,
  ProblemError,
  type LogSubscription,
  type Position,
  type RecordedEvent,
} from '@interlock/kernel';

import { Backlog } from '../backlog.js';
import { asDatabaseProblem, isTransient, isUnavailable } from '../errors.js';
import { KeptRows } from '../kept-rows.js';
import { pause, polled } from '../pause.js';
import { backOffMs, persistently } from '../persistently.js';
import { LagAlert } from './alert.js';
import {
  applyBatch,
  applyOrIsolate,
  CheckpointWentBack,
  PoisonedEvent,
  readCheckpoint,
  type Checkpoint,
} from './batch.js';
import { clearFailure, recordFailure } from './failure.js';
import { Reach } from './lag.js';
import { LogIdentity, OtherLog } from './log.js';
import { reportProjection, type ProjectionSample } from './metrics.js';
import type { ProjectionRunnerOptions, ProjectionState } from './options.js';
import { Serving } from './serving.js';
import { causeOf, Standstill } from './standstill.js';
import {
  followedStreams,
  migrateProjection,
  projectionSchema,
  refuseUnmigrated,
  swapIn,
} from './projection.js';
import { PositionWaits } from '../position-waits.js';

/**
 * Follows the log into a read model. One version's tables live in a schema of their own; a new version is built beside the one that
 * answers and swapped in when it has caught up. Several instances may run it: each event's statements commit once.
 */
export class ProjectionRunner<DB> {
  readonly #options: ProjectionRunnerOptions<DB>;
  readonly #kysely: Kysely<DB>;
  readonly #schema: string;
  readonly #batchSize: number;
  readonly #waits = new PositionWaits((furthest) => this.#confirm(furthest));
  readonly #backlog: Backlog;
  readonly #reach: Reach;
  readonly #kept = new KeptRows();
  readonly #alert: LagAlert;
  readonly #serving: Serving;
  readonly #identity: LogIdentity;
  readonly #standstill = new Standstill();
  #state: ProjectionState = 'new';
  #servedSchema: string;
  /** Which table the checkpoint was when it was last read. */
  #table = '';
  #counts = { handled: 0, skipped: 0 };
  #startingOver = false;
  /** It has followed the log to its end since the start; before, how far it is behind is not known. */
  #caughtUpOnce = false;
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
    this.#serving = new Serving(
      options.pool,
      options.service,
      options.projection.name,
      options.dropMs ?? 60_000,
    );
    this.#identity = new LogIdentity(options.store, `\`${this.#schema}\``);
    this.#alert = new LagAlert(
      options.alerts,
      `${options.service}/${options.projection.name}`,
      (error, attempt) => {
        if (attempt === 1)
          options.logger.warn(
            { err: error, projection: this.#schema },
            'alerting has not taken how far the projection is behind; it is told again',
          );
      },
    );
  }

  /** Starts to follow; with the database away it keeps trying in the background. Throws where tables are missing and may not be made. */
  async start(): Promise<void> {
    if (this.#state !== 'new' && this.#state !== 'stopped') throw new Error('the projection is running');
    this.#stopped = new AbortController();
    this.#standstill.end();
    this.#startingOver = false;
    this.#caughtUpOnce = false;
    this.#backlog.clear();
    this.#alert.start();
    const { metrics, lookMs = 2000 } = this.#options;
    if (metrics !== undefined) this.#unreport = reportProjection(metrics, () => this.#sample());
    try {
      await this.#setUp();
    } catch (error) {
      if (error instanceof OtherLog) this.#fail(error);
      else if (!isUnavailable(error) && !isTransient(error)) throw error;
      else {
        this.#state = 'waiting';
        this.#options.logger.warn(
          { err: error, projection: this.#schema },
          'projection waits for the database',
        );
        this.#inBackground(() => this.#setUpPersistently());
      }
    }
    this.#looks = setInterval(() => {
      this.#looking ??= this.#look()
        .catch(() => undefined)
        .finally(() => {
          this.#looking = undefined;
        });
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
    await this.#serving.stop();
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
  readonly position = (): Position | null => this.#reach.position;

  state(): ProjectionState {
    return this.#state;
  }

  /** Events projected and skipped (types without a handler) since the start. */
  counts(): { readonly handled: number; readonly skipped: number } {
    return this.#counts;
  }

  /** Seconds that the oldest event which is not projected has been in the log; 0 where none waits. What another instance projected does not wait. */
  lagSeconds(): number {
    const waiting =
      this.#standstill.poison !== undefined
        ? this.#standstill.poison.event
        : this.#backlog.oldest(this.#reach.position);
    const age = waiting === undefined ? 0 : (Date.now() - Date.parse(waiting.created)) / 1000;
    return Math.max(0, age, this.#reach.markedSeconds(this.#options.lookMs ?? 2000));
  }

  /** For the health checks: how far it is behind; throws while the read model stands still or is behind for more than its limit. */
  check(): Promise<{ readonly lag_seconds: number }> {
    const { name } = this.#options.projection;
    if (this.#standstill.is) return Promise.reject(this.#behind(this.#standstill.told(name)));
    if (this.#state === 'waiting')
      return Promise.reject(
        new ProblemError('database-unavailable', `the read model \`${name}\` waits for the database`),
      );
    if (this.#state === 'building' && this.#servedSchema === this.#schema)
      return Promise.reject(this.#behind(`the read model \`${name}\` has not yet caught up with the log`));
    const lag = this.lagSeconds();
    if (lag > this.#lagLimitS)
      return Promise.reject(
        this.#behind(
          `the read model \`${name}\` is ${Math.floor(lag)} s behind, more than its limit of ${this.#lagLimitS} s`,
        ),
      );
    return Promise.resolve({ lag_seconds: Math.round(lag * 1000) / 1000 });
  }

  /** Resolves when what answers holds everything up to a position; `read-model-behind` after `timeoutMs` or where it stands still. */
  async waitFor(position: Position, timeoutMs = 2000): Promise<void> {
    if (this.#servedSchema !== this.#schema) {
      const isThere = async (): Promise<boolean> => {
        const at = await this.#checkpoint(this.#servedSchema).catch((error: unknown) => {
          throw asDatabaseProblem(error);
        });
        return at.position !== null && comparePositions(at.position, position) >= 0;
      };
      if (await polled(isThere, timeoutMs, this.#stopped.signal)) return;
      throw this.#behind('a new version of the read model is being built');
    }
    if (this.#reach.has(position)) return;
    if (this.#state === 'failed' || this.#state === 'stopped')
      throw this.#behind('the read model stands still');
    await this.#waits.wait(position, timeoutMs, () =>
      this.#behind(`the read model is not yet at ${positionText(position)}`),
    );
  }

  get #lagLimitS(): number {
    return this.#options.lagLimitS ?? defaults.projection_lag_limit_s;
  }

  #behind(detail: string): ProblemError {
    const { position } = this.#reach;
    return new ProblemError('read-model-behind', detail, {
      members: {
        position: position === null ? null : positionText(position),
        lag_seconds: Math.round(this.lagSeconds() * 1000) / 1000,
        ...this.#standstill.members(this.#options.projection.name),
      },
      remedy: 'ask again after the time in `Retry-After`',
    });
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
    // INVARIANT: held before it is looked for, so that it is not dropped once it was found.
    await this.#serving.hold(this.#schema);
    if (migrate) await migrateProjection(pool, service, projection);
    else await refuseUnmigrated(pool, service, projection);
    this.#servedSchema = await this.#serving.answering(this.#schema, projection.version);
    const checkpoint = await this.#checkpoint();
    await this.#identity.check(checkpoint);
    const { position, table } = checkpoint;
    this.#standstill.end();
    this.#startingOver = false;
    this.#reach.begin(position);
    this.#table = table;
    if (this.#stopped.signal.aborted) return;
    this.#state = 'building';
    this.#subscription = store.subscribe(
      { after: position, ...followedStreams(projection.prefixes), name: this.#schema },
      {
        onOpened: () => {
          this.#identity.doubt();
        },
        onEvent: (event) => this.#take(event),
        onCheckpoint: (at) => {
          if (this.#backlog.length === 0 && this.#flushing === undefined) this.#reach.lookedThrough(at);
        },
        onCaughtUp: () => {
          this.#inBackground(() => this.#caughtUp());
        },
        onFailure: (error) => {
          if (!this.#stopped.signal.aborted && !this.#standstill.is) this.#fail(error);
        },
      },
    );
  }

  async #setUpPersistently(): Promise<void> {
    await this.#persistently(() => this.#setUp()).catch((error: unknown) => {
      if (!this.#stopped.signal.aborted) this.#fail(error);
    });
  }

  #inBackground(work: () => Promise<void>): void {
    this.#background = this.#background.then(work).catch((error: unknown) => {
      this.#options.logger.error({ err: error, projection: this.#schema }, 'projection failed');
    });
  }

  async #caughtUp(): Promise<void> {
    await this.#flush();
    if (this.#standstill.is || this.#stopped.signal.aborted) return;
    const { pool, service, projection, logger } = this.#options;
    await this.#persistently(async () => {
      if (await swapIn(pool, service, projection))
        logger.info({ projection: this.#schema }, 'projection swapped in');
      if (this.#reach.position !== null)
        await clearFailure(pool, { service, ...projection }, this.#reach.position);
    });
    this.#servedSchema = this.#schema;
    this.#serving.only(this.#schema);
    this.#caughtUpOnce = true;
    this.#standstill.isOver();
    if (this.#state === 'building') this.#state = 'following';
    this.#alert.resolve('the read model follows the log');
  }

  #take(event: RecordedEvent): Promise<void> | void {
    if (this.#standstill.is || this.#stopped.signal.aborted || this.#startingOver) return;
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
    this.#flushing ??= this.#drain().finally(() => {
      this.#flushing = undefined;
    });
    return this.#flushing;
  }

  async #drain(): Promise<void> {
    while (this.#backlog.length > 0 && !this.#stopped.signal.aborted && !this.#startingOver) {
      const batch = this.#backlog.first(this.#batchSize);
      try {
        while (this.#identity.isDoubtful && !this.#stopped.signal.aborted)
          await this.#persistently(() => this.#lookAtLog());
        const poisoned = await applyOrIsolate(batch, (part) => this.#apply(part));
        if (poisoned !== undefined) throw poisoned;
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

  /** What comes after the log was away is projected only where it is still the same log. */
  async #lookAtLog(): Promise<void> {
    await this.#identity.check(await this.#checkpoint());
    if (this.#identity.isDoubtful) await pause(backOffMs(3), this.#stopped.signal);
  }

  async #apply(batch: readonly RecordedEvent[]): Promise<void> {
    await this.#persistently(async () => {
      const { position, handled, skipped } = await applyBatch(
        { db: this.#kysely, projection: this.#options.projection, schema: this.#schema, kept: this.#kept },
        batch,
        this.#reach.position,
      );
      this.#reach.projected(position);
      this.#counts = { handled: this.#counts.handled + handled, skipped: this.#counts.skipped + skipped };
      this.#backlog.drop(batch.length);
    });
    this.#letThrough();
  }

  async #persistently(work: () => Promise<void>): Promise<void> {
    await persistently(this.#stopped.signal, work, (error, attempt, isAway) => {
      if (isAway) this.#state = 'waiting';
      this.#options.logger.warn(
        { err: error, projection: this.#schema, attempt },
        'projection tries its batch again',
      );
    });
    if (this.#state === 'waiting')
      this.#state = this.#standstill.is ? 'failed' : this.#caughtUpOnce ? 'following' : 'building';
  }

  #fail(error: unknown): void {
    const { pool, service, projection, logger, lookMs = 2000 } = this.#options;
    this.#standstill.begin(error, lookMs);
    this.#startingOver = false;
    this.#state = 'failed';
    logger.error({ ...this.#standstill.facts, projection: this.#schema }, 'projection stands still');
    this.#waits.failAll(() => this.#behind('the read model stands still'));
    this.#backlog.clear();
    void this.#subscription?.stop().catch(() => undefined);
    this.#alert.raise(this.#standstill.cause, this.#standstill.detail);
    if (error instanceof PoisonedEvent)
      this.#inBackground(() =>
        this.#persistently(() => recordFailure(pool, { service, ...projection }, error)),
      );
  }

  /** Follows anew from what is stored. INVARIANT: what is being applied has ended before, for it goes on from what was believed. */
  #startOver(why: string): void {
    if (this.#startingOver) return;
    this.#options.logger.warn({ projection: this.#schema }, why);
    this.#startingOver = true;
    this.#backlog.clear();
    this.#inBackground(async () => {
      await this.#subscription?.stop();
      await this.#flushing?.catch(() => undefined);
      this.#backlog.clear();
      await this.#setUpPersistently();
    });
  }

  /** Compares with what is stored and with the log's end; where it stood still and that is over, it follows again. */
  async #look(): Promise<void> {
    if (this.#startingOver || this.#state === 'waiting') return;
    if (this.#standstill.isDue) {
      this.#startOver('projection tries again');
      return;
    }
    const believed = this.#reach.position;
    const checkpoint = await this.#checkpoint().catch((error: unknown) => {
      if (error instanceof CheckpointWentBack) this.#startOver('projection starts over: its tables are gone');
      throw error;
    });
    const { position, table } = checkpoint;
    if (this.#startingOver || this.#stopped.signal.aborted) return;
    if (this.#standstill.is) {
      if (this.#standstill.isPassed(position) || table !== this.#table)
        this.#startOver(
          'projection follows again: it was rebuilt, or another instance has passed what it stood still at',
        );
      else await this.#reach.look(await this.#options.store.head(), false);
      return;
    }
    if (believed !== null && (position === null || comparePositions(position, believed) < 0)) {
      this.#startOver('projection starts over: its checkpoint went back');
      return;
    }
    this.#table = table;
    this.#reach.projected(position);
    this.#letThrough();
    await this.#compare(checkpoint);
    this.#judge();
    const dropped = await this.#serving.look();
    if (dropped.length > 0)
      this.#options.logger.info(
        { projection: this.#schema, dropped },
        'older versions that nobody serves were dropped',
      );
  }

  /** Compares with the log: is it the same, and has it gone on. */
  async #compare(checkpoint: Checkpoint): Promise<void> {
    try {
      const head = await this.#options.store.head();
      await this.#identity.check(checkpoint, head);
      await this.#reach.look(head, this.#backlog.length === 0 && this.#flushing === undefined);
    } catch (error) {
      if (error instanceof OtherLog) this.#fail(error);
      else this.#identity.doubt();
    }
  }

  /** Late at two looks one after the other is told; a start after a pause, which has caught up at the second, is not. */
  #judge(): void {
    if (this.#standstill.is || this.#stopped.signal.aborted) return;
    const late = this.lagSeconds() > this.#lagLimitS;
    const waiting = this.#backlog.oldest(this.#reach.position);
    if (late && this.#wasLate)
      this.#alert.raise(
        waiting === undefined ? null : causeOf(waiting),
        `the read model is behind for more than its limit of ${this.#lagLimitS} s`,
      );
    else if (!late && this.#state === 'following') this.#alert.resolve('the read model follows the log');
    this.#wasLate = late;
  }

  #sample(): ProjectionSample {
    const { service, projection } = this.#options;
    return {
      service,
      projection: projection.name,
      version: projection.version,
      lagSeconds: this.lagSeconds(),
      ...this.#counts,
      failed: this.#standstill.is,
    };
  }
}
