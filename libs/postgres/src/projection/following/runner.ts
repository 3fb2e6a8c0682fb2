import type { Kysely } from 'kysely';
import { isCutAfter, isProblem, positionText, type LogSubscription, type Position } from '@interlock/kernel';
import { atThisPace } from '@interlock/pace';

import { isTransient, isUnavailable } from '../../errors.js';
import { inStep, polled } from '../../pause.js';
import { PositionWaits } from '../../position-waits.js';
import { lagAlertOf, type LagAlert } from '../definition/alert.js';
import { CheckpointWentBack, type Checkpoint } from '../definition/batch.js';
import { BacklogApplier } from './backlog-applier.js';
import { groupCommitOf } from './group-commit.js';
import { Inbox } from './inbox.js';
import { Reach } from './lag.js';
import { EventsCut, headOf, LogIdentity, OtherLog } from '../definition/log.js';
import { reportProjection } from '../definition/metrics.js';
import { beginning, next, takesEvents, type Effect, type Following, type Signal } from './next.js';
import type { ProjectionRunnerOptions, ProjectionState } from '../definition/options.js';
import { Progress } from './progress.js';
import { followedStreams } from '../definition/projection.js';
import { Tables } from './tables.js';

/**
 * Follows the log into a read model. One version's tables are in a schema of their own. A new
 * version is built beside the one that answers, and swapped in when it has caught up. Several
 * instances may run it, and each event's statements commit once. `next` decides the actions; this
 * class carries them out.
 */
export class ProjectionRunner<DB> {
  readonly #options: ProjectionRunnerOptions<DB>;
  readonly #tables: Tables<DB>;
  readonly #waits = new PositionWaits((furthest) => this.#confirm(furthest));
  readonly #inbox: Inbox;
  readonly #reach: Reach;
  readonly #alert: LagAlert;
  readonly #identity: LogIdentity;
  readonly #progress: Progress;
  readonly #applier: BacklogApplier<DB>;
  #following: Following = beginning;
  #subscription: LogSubscription | undefined;
  /** Every event for it up to here was handed over; null if that is not known. */
  #handedOver: Position | null = null;
  #endLooks: (() => Promise<void>) | undefined;
  #background: Promise<void> = Promise.resolve();
  #stopped = new AbortController();
  #unreport: (() => void) | undefined;
  #leaveGroup: (() => void) | undefined;

  constructor(options: ProjectionRunnerOptions<DB>) {
    this.#options = options;
    this.#tables = new Tables(options);
    this.#inbox = new Inbox(
      options,
      (count, batchSize) => this.#applier.drain(count, batchSize),
      () => this.#waits.isAwaited,
    );
    this.#reach = new Reach(options.store, options.projection.prefixes);
    this.#progress = new Progress(
      options,
      this.#reach,
      this.#inbox.backlog,
      () => this.#following.standstill,
    );
    this.#identity = new LogIdentity(options.store, `\`${this.#tables.schema}\``);
    this.#alert = lagAlertOf(options, this.#tables.schema);
    this.#applier = new BacklogApplier({
      backlog: this.#inbox.backlog,
      tables: this.#tables,
      reach: this.#reach,
      identity: this.#identity,
      progress: this.#progress,
      following: () => this.#following,
      stopped: () => this.#stopped.signal,
      signal: (signal) => this.#signal(signal),
      fail: (error) => this.#fail(error),
      onApplied: () => {
        if (this.#inbox.backlog.length === 0) this.#lookThrough();
        this.#letThrough();
      },
    });
  }

  /**
   * Starts to follow. If the database is away, it keeps trying in the background. Throws if tables
   * are missing and may not be created.
   */
  async start(): Promise<void> {
    const { stage } = this.#following;
    if (stage !== 'new' && stage !== 'stopped') throw new Error('the projection is running');
    this.#stopped = new AbortController();
    this.#alert.start();
    const { metrics, lookMs = 2000 } = this.#options;
    if (metrics !== undefined) this.#unreport = reportProjection(metrics, () => this.#progress.sample());
    this.#leaveGroup = groupCommitOf(this.#options.pool).join(this.#inbox);
    await this.#signal({ kind: 'start' });
    this.#endLooks = inStep(lookMs, () => this.#signal({ kind: 'look_due', at: performance.now() }));
  }

  /** Stops following. Uncommitted events are read again at the next start. The pool stays open. */
  async stop(): Promise<void> {
    await this.#signal({ kind: 'stop' });
  }

  /**
   * The read model, bound to the schema that answers: this version's, or the older live one's while
   * this one is being built.
   */
  db(): Kysely<DB> {
    return this.#tables.db();
  }

  /** The schema that answers. */
  schema(): string {
    return this.#tables.answering;
  }

  /** The state of this version. */
  readonly position = (): Position | null => this.#reach.position;

  state(): ProjectionState {
    return this.#following.stage;
  }

  /** Events projected and skipped (types without a handler) since the start. */
  counts(): { readonly handled: number; readonly skipped: number } {
    return this.#progress.counts;
  }

  /**
   * The age in seconds, in the log, of the oldest event that is not projected; 0 if none waits. An
   * event that another instance projected does not wait.
   */
  lagSeconds(): number {
    return this.#progress.lagSeconds();
  }

  /**
   * For the health checks: how far it is behind. Throws while the read model is stopped or has been
   * behind for longer than its limit.
   */
  check(): Promise<{ readonly lag_seconds: number }> {
    return this.#progress.check(this.#following.stage, this.#tables.isAnswering);
  }

  /**
   * Resolves when the read model that answers holds everything up to a position. Rejects with
   * `read-model-behind` after `timeoutMs` or while it is stopped.
   */
  async waitFor(position: Position, timeoutMs = atThisPace(2000)): Promise<void> {
    if (!this.#tables.isAnswering) {
      if (await polled(() => this.#tables.isStoredAt(position), timeoutMs, this.#stopped.signal)) return;
      throw this.#progress.behind('a new version of the read model is being built');
    }
    if (this.#reach.has(position)) return;
    if (['failed', 'stopped'].includes(this.#following.stage))
      throw this.#progress.behind('the read model stands still');
    if (!this.#waits.isAwaited) this.#inbox.hurry();
    await this.#waits.wait(position, timeoutMs, () =>
      this.#progress.behind(`the read model is not yet at ${positionText(position)}`),
    );
  }

  /**
   * A position after the last event of this projection's streams is reached if the log has none of
   * its events in between.
   */
  async #confirm(position: Position): Promise<void> {
    if (!this.#inbox.isIdle) return;
    if (!this.#reach.has(position)) await this.#reach.confirm(position);
    this.#letThrough();
  }

  /**
   * INVARIANT: no received event waits to be applied, so the log was read as far as events were
   * received.
   */
  #lookThrough(): void {
    if (this.#handedOver === null) return;
    this.#reach.lookedThrough(this.#handedOver);
    this.#letThrough();
  }

  #letThrough(): void {
    this.#waits.reached((waited) => this.#reach.has(waited));
  }

  /** Carries out the actions for a signal in the given order, synchronously if possible. */
  async #signal(signal: Signal): Promise<void> {
    const { state, effects } = next(this.#following, signal);
    this.#following = state;
    for (const effect of effects) {
      const done = this.#perform(effect);
      if (done !== undefined) await done;
    }
  }

  /** Returns a promise if it takes time. */
  #perform(effect: Effect): Promise<void> | undefined {
    switch (effect.kind) {
      case 'prepare':
        return this.#prepareOnce();
      case 'prepare_persistently':
        this.#inBackground(() => this.#preparePersistently());
        return undefined;
      case 'subscribe':
        this.#subscribe(effect.after);
        return undefined;
      case 'unsubscribe':
        this.#subscription?.stop().catch(() => undefined);
        return undefined;
      case 'forget_backlog':
        this.#inbox.backlog.clear();
        this.#handedOver = null;
        return undefined;
      case 'begin_anew':
        this.#inBackground(() => this.#beginAnew());
        return undefined;
      case 'swap_in':
        return this.#swapIn();
      case 'serve_own':
        this.#tables.serveOwn();
        return undefined;
      case 'read_checkpoint':
        return this.#readCheckpoint();
      case 'reach':
        this.#reach.projected(effect.position);
        this.#letThrough();
        return undefined;
      case 'compare_with_log':
        return this.#compare(effect.checkpoint);
      case 'mark_end_of_log':
        return this.#markEndOfLog();
      case 'judge_lag':
        this.#progress.judge(this.#alert, effect.isFollowing);
        return undefined;
      case 'tidy_versions':
        return this.#tables.tidy();
      case 'fail_waits':
        this.#waits.failAll(() => this.#progress.behind(effect.detail));
        return undefined;
      case 'raise_alert':
        this.#alert.raise(effect.standstill.cause, effect.standstill.detail);
        return undefined;
      case 'resolve_alert':
        this.#alert.resolve('the read model follows the log');
        return undefined;
      case 'record_failure':
        this.#inBackground(() => this.#applier.persistently(() => this.#tables.recordFailure(effect.poison)));
        return undefined;
      case 'log':
        this.#options.logger[effect.level](
          { ...effect.facts, projection: this.#tables.schema },
          effect.message,
        );
        return undefined;
      case 'shut_down':
        return this.#shutDown();
    }
  }

  #fail(error: unknown): void {
    void this.#signal({ kind: 'failed', error, ...this.#pauses() });
  }

  #pauses(): { readonly at: number; readonly firstPauseMs: number } {
    return { at: performance.now(), firstPauseMs: this.#options.lookMs ?? 2000 };
  }

  async #prepare(): Promise<void> {
    const checkpoint = await this.#tables.prepare();
    await this.#identity.check(checkpoint);
    const { position, table } = checkpoint;
    await this.#refuseCut(position);
    this.#reach.begin(position);
    await this.#signal({ kind: 'prepared', table, position });
  }

  async #prepareOnce(): Promise<void> {
    try {
      await this.#prepare();
    } catch (error) {
      if (error instanceof OtherLog || error instanceof EventsCut || isProblem(error, 'log-unavailable'))
        this.#fail(error);
      else if (isUnavailable(error) || isTransient(error)) await this.#signal({ kind: 'unprepared', error });
      else throw error;
    }
  }

  /** INVARIANT: a read model never passes over events that were cut from the log. */
  async #refuseCut(after: Position | null): Promise<void> {
    const { store, service, projection, readsCut } = this.#options;
    if (readsCut !== true && (await isCutAfter(store, after, projection.prefixes)))
      throw new EventsCut(`\`${this.#tables.schema}\``, service, projection.name);
  }

  #subscribe(after: Position | null): void {
    const { store, projection } = this.#options;
    this.#subscription = store.subscribe(
      { after, ...followedStreams(projection.prefixes), name: this.#tables.schema },
      {
        onOpened: () => this.#identity.doubt(),
        onEvent: (event) => (takesEvents(this.#following) ? this.#inbox.take(event) : undefined),
        onCheckpoint: (at) => {
          this.#handedOver = takesEvents(this.#following) ? at : null;
          if (this.#inbox.isIdle) this.#lookThrough();
        },
        onCaughtUp: () => {
          this.#inBackground(async () => {
            await this.#inbox.flush();
            await this.#signal({ kind: 'caught_up' });
          });
        },
        onFailure: (error) => {
          void this.#signal({ kind: 'cut_off', error, ...this.#pauses() });
        },
      },
    );
  }

  async #preparePersistently(): Promise<void> {
    await this.#applier.persistently(() => this.#prepare()).catch((error: unknown) => this.#fail(error));
  }

  #inBackground(work: () => Promise<void>): void {
    this.#background = this.#background
      .then(work)
      .catch((error: unknown) =>
        this.#options.logger.error({ err: error, projection: this.#tables.schema }, 'projection failed'),
      );
  }

  async #swapIn(): Promise<void> {
    await this.#applier.persistently(() => this.#tables.swapIn(this.#reach.position));
    await this.#signal({ kind: 'swapped_in' });
  }

  /**
   * Follows anew from the stored checkpoint. INVARIANT: the running batch has ended before, because
   * it continues from the believed checkpoint.
   */
  async #beginAnew(): Promise<void> {
    await this.#subscription?.stop();
    await this.#inbox.settled();
    this.#inbox.backlog.clear();
    await this.#preparePersistently();
  }

  async #readCheckpoint(): Promise<void> {
    const believed = this.#reach.position;
    const checkpoint = await this.#tables.checkpoint().catch((error: unknown) => {
      if (error instanceof CheckpointWentBack) void this.#signal({ kind: 'went_back', areTablesGone: true });
      throw error;
    });
    await this.#signal({ kind: 'looked', checkpoint, believed });
  }

  /** Compares with the log: whether it is the same, and whether it has grown. */
  async #compare(checkpoint: Checkpoint): Promise<void> {
    try {
      const head = await headOf(this.#options.store);
      await this.#identity.check(checkpoint, head);
      await this.#reach.look(head, this.#inbox.isIdle);
    } catch (error) {
      if (error instanceof OtherLog) this.#fail(error);
      else this.#identity.doubt();
    }
    await this.#signal({ kind: 'compared' });
  }

  async #markEndOfLog(): Promise<void> {
    await this.#reach.look(await this.#options.store.head(), false);
  }

  async #shutDown(): Promise<void> {
    this.#stopped.abort();
    this.#inbox.stop();
    this.#leaveGroup?.();
    this.#unreport?.();
    await this.#endLooks?.();
    await this.#background;
    await this.#subscription?.stop();
    await this.#inbox.settled();
    await this.#alert.stop();
    await this.#tables.stop();
  }
}
