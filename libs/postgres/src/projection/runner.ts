import { Kysely, PostgresDialect } from 'kysely';
import { positionText, type LogSubscription, type Position, type RecordedEvent } from '@interlock/kernel';

import { isTransient, isUnavailable } from '../errors.js';
import { KeptRows } from '../kept-rows.js';
import { pause, polled } from '../pause.js';
import { backOffMs, persistently } from '../persistently.js';
import { PositionWaits } from '../position-waits.js';
import { lagAlertOf, type LagAlert } from './alert.js';
import {
  applyBatch,
  applyOrIsolate,
  CheckpointWentBack,
  isStoredAt,
  PoisonedEvent,
  readCheckpoint,
  type Checkpoint,
} from './batch.js';
import { clearFailure, recordFailure } from './failure.js';
import { Inbox } from './inbox.js';
import { Reach } from './lag.js';
import { LogIdentity, OtherLog } from './log.js';
import { nextLook } from './next-look.js';
import { reportProjection } from './metrics.js';
import type { ProjectionRunnerOptions, ProjectionState } from './options.js';
import { Progress } from './progress.js';
import { Serving } from './serving.js';
import { Standstill } from './standstill.js';
import {
  followedStreams,
  migrateProjection,
  projectionSchema,
  refuseUnmigrated,
  swapIn,
} from './projection.js';

/**
 * Follows the log into a read model. One version's tables live in a schema of their own; a new version is built beside the one that
 * answers and swapped in when it has caught up. Several instances may run it: each event's statements commit once.
 */
export class ProjectionRunner<DB> {
  readonly #options: ProjectionRunnerOptions<DB>;
  readonly #kysely: Kysely<DB>;
  readonly #schema: string;
  readonly #waits = new PositionWaits((furthest) => this.#confirm(furthest));
  readonly #inbox: Inbox;
  readonly #reach: Reach;
  readonly #kept = new KeptRows();
  readonly #alert: LagAlert;
  readonly #serving: Serving;
  readonly #identity: LogIdentity;
  readonly #standstill = new Standstill();
  readonly #progress: Progress;
  #state: ProjectionState = 'new';
  #servedSchema: string;
  /** Which table the checkpoint was when it was last read. */
  #table = '';
  #startingOver = false;
  /** It has followed the log to its end since the start; before, how far it is behind is not known. */
  #caughtUpOnce = false;
  #subscription: LogSubscription | undefined;
  #looks: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #background: Promise<void> = Promise.resolve();
  #stopped = new AbortController();
  #unreport: (() => void) | undefined;

  constructor(options: ProjectionRunnerOptions<DB>) {
    const { pool, service, projection, dropMs = 60_000 } = options;
    this.#options = options;
    this.#schema = projectionSchema(options);
    this.#servedSchema = this.#schema;
    this.#inbox = new Inbox(options, (batchSize) => this.#drain(batchSize));
    this.#reach = new Reach(options.store, projection.prefixes);
    this.#progress = new Progress(options, this.#reach, this.#inbox.backlog, this.#standstill);
    this.#kysely = new Kysely<DB>({ dialect: new PostgresDialect({ pool }) });
    this.#serving = new Serving(pool, service, projection.name, dropMs);
    this.#identity = new LogIdentity(options.store, `\`${this.#schema}\``);
    this.#alert = lagAlertOf(options, this.#schema);
  }

  /** Starts to follow; with the database away it keeps trying in the background. Throws where tables are missing and may not be made. */
  async start(): Promise<void> {
    if (this.#state !== 'new' && this.#state !== 'stopped') throw new Error('the projection is running');
    this.#stopped = new AbortController();
    this.#standstill.end();
    this.#startingOver = false;
    this.#caughtUpOnce = false;
    this.#inbox.backlog.clear();
    this.#alert.start();
    const { metrics, lookMs = 2000 } = this.#options;
    if (metrics !== undefined) this.#unreport = reportProjection(metrics, () => this.#progress.sample());
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
    this.#inbox.stop();
    clearInterval(this.#looks);
    this.#unreport?.();
    await this.#looking;
    await this.#background;
    await this.#subscription?.stop();
    await this.#inbox.settled();
    await this.#alert.stop();
    await this.#serving.stop();
    this.#waits.failAll(() => this.#progress.behind('the read model was stopped'));
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
    return this.#progress.counts;
  }

  /** Seconds that the oldest event which is not projected has been in the log; 0 where none waits. What another instance projected does not wait. */
  lagSeconds(): number {
    return this.#progress.lagSeconds();
  }

  /** For the health checks: how far it is behind; throws while the read model stands still or is behind for more than its limit. */
  check(): Promise<{ readonly lag_seconds: number }> {
    return this.#progress.check(this.#state, this.#servedSchema === this.#schema);
  }

  /** Resolves when what answers holds everything up to a position; `read-model-behind` after `timeoutMs` or where it stands still. */
  async waitFor(position: Position, timeoutMs = 2000): Promise<void> {
    if (this.#servedSchema !== this.#schema) {
      const isThere = (): Promise<boolean> => isStoredAt(this.#checkpoint(this.#servedSchema), position);
      if (await polled(isThere, timeoutMs, this.#stopped.signal)) return;
      throw this.#progress.behind('a new version of the read model is being built');
    }
    if (this.#reach.has(position)) return;
    if (this.#state === 'failed' || this.#state === 'stopped')
      throw this.#progress.behind('the read model stands still');
    await this.#waits.wait(position, timeoutMs, () =>
      this.#progress.behind(`the read model is not yet at ${positionText(position)}`),
    );
  }

  #checkpoint(schema = this.#schema): ReturnType<typeof readCheckpoint> {
    return readCheckpoint(this.#kysely as unknown as Kysely<unknown>, schema);
  }

  /** A position beyond the last event of this projection's streams is reached when nothing of it stands between. */
  async #confirm(position: Position): Promise<void> {
    if (this.#reach.has(position) || !this.#inbox.isIdle) return;
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
          if (this.#inbox.isIdle) this.#reach.lookedThrough(at);
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
    await this.#inbox.flush();
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
    return this.#inbox.take(event);
  }

  async #drain(batchSize: number): Promise<void> {
    const { backlog } = this.#inbox;
    while (backlog.length > 0 && !this.#stopped.signal.aborted && !this.#startingOver) {
      const batch = backlog.first(batchSize);
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
      const applied = await applyBatch(
        { db: this.#kysely, projection: this.#options.projection, schema: this.#schema, kept: this.#kept },
        batch,
        this.#reach.position,
      );
      this.#reach.projected(applied.position);
      this.#progress.applied(applied);
      this.#inbox.backlog.drop(batch.length);
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
    this.#waits.failAll(() => this.#progress.behind('the read model stands still'));
    this.#inbox.backlog.clear();
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
    this.#inbox.backlog.clear();
    this.#inBackground(async () => {
      await this.#subscription?.stop();
      await this.#inbox.settled();
      this.#inbox.backlog.clear();
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
    const isOtherTable = table !== this.#table;
    const next = nextLook({ stored: position, believed, isOtherTable, ...this.#standstill.place });
    if (next.kind === 'start_over') {
      this.#startOver(next.why);
      return;
    }
    if (next.kind === 'stand_still') {
      await this.#reach.look(await this.#options.store.head(), false);
      return;
    }
    this.#table = table;
    this.#reach.projected(position);
    this.#letThrough();
    await this.#compare(checkpoint);
    if (!this.#standstill.is && !this.#stopped.signal.aborted)
      this.#progress.judge(this.#alert, this.#state === 'following');
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
      await this.#reach.look(head, this.#inbox.isIdle);
    } catch (error) {
      if (error instanceof OtherLog) this.#fail(error);
      else this.#identity.doubt();
    }
  }
}
