import { PgBoss, type Job } from 'pg-boss';
import type { Pool } from 'pg';

import { asDatabaseProblem, isTransient, isUnavailable } from './errors.js';
import { newsOf } from './job-news.js';
import { inLockedTransaction } from './migrations.js';
import { pause } from './pause.js';

export type JobsLogger = {
  readonly warn: (facts: object, message: string) => void;
  readonly error: (facts: object, message: string) => void;
};

/**
 * Timers that survive a restart. A job only says "check now"; the log says what is due. For waits
 * of 5 s and more.
 */
export type Jobs = {
  /**
   * Sets or moves the one job of a key; `data` is JSON. A time in the past is due at once. Throws
   * `database-unavailable`.
   */
  schedule(key: string, dueAt: Date, data: object): Promise<void>;
  /** Cancels a key's job if it has not begun. Throws `database-unavailable`. */
  cancel(key: string): Promise<void>;
  /**
   * Handles due jobs, several at once. A handler that throws is called again with growing pauses.
   * If the database is away, it begins when the database returns.
   */
  onDue(handler: (data: object) => Promise<void>): Promise<void>;
  stop(): Promise<void>;
};

export type JobsOptions = {
  readonly pool: Pool;
  readonly service: string;
  readonly logger: JobsLogger;
  /** Creates pg-boss's schema; otherwise `interlock migrate` has done so. Default true. */
  readonly migrate?: boolean;
  /**
   * Milliseconds after which a queue is checked although no job was announced. The default is 10
   * 000.
   */
  readonly restMs?: number;
};

const schema = 'pgboss';
/** The number of jobs that one check takes. */
const batchSize = 4;
const expireS = 60;

type Shared = { readonly boss: Promise<PgBoss>; users: number };
const perPool = new WeakMap<Pool, Shared>();

const startBoss = async ({ pool, logger, migrate = true }: JobsOptions): Promise<PgBoss> => {
  const boss = new PgBoss({
    // Its own statements may have several commands in one text. Their results then come as a list,
    // which pg-boss unwraps.
    db: { executeSql: (text, values) => pool.query(text, values) },
    schema,
    migrate,
    createSchema: migrate,
    schedule: false,
    supervise: true,
    // Our jobs do not depend on other jobs. Otherwise pg-boss would check for those every five
    // seconds.
    flowIntervalSeconds: 3600,
    monitorVacuum: false,
    reindex: false,
  });
  boss.on('error', (error) => logger.warn({ err: error }, 'jobs: the database did not answer'));
  try {
    // INVARIANT: one process at a time creates the schema. Otherwise two processes could both try,
    // and one would fail.
    if (migrate) await inLockedTransaction(pool, schema, () => boss.start());
    else await boss.start();
    return boss;
  } catch (error) {
    await boss.stop({ graceful: false, close: false }).catch(() => undefined);
    throw error;
  }
};

/**
 * One pg-boss per pool, so that its maintenance runs once however many services the process holds.
 */
const acquire = (options: JobsOptions): Shared => {
  const { pool } = options;
  const known = perPool.get(pool);
  if (known !== undefined) {
    known.users += 1;
    return known;
  }
  const shared: Shared = { boss: startBoss(options), users: 1 };
  perPool.set(pool, shared);
  shared.boss.catch(() => {
    if (perPool.get(pool) === shared) perPool.delete(pool);
  });
  return shared;
};

const release = async (pool: Pool, shared: Shared): Promise<void> => {
  shared.users -= 1;
  if (shared.users > 0) return;
  if (perPool.get(pool) === shared) perPool.delete(pool);
  await (await shared.boss).stop({ graceful: false, close: false });
};

/** `short`: one waiting job for each key. */
const queueSettings = {
  policy: 'short',
  retryLimit: 1_000_000,
  retryDelay: 1,
  retryBackoff: true,
  retryDelayMax: 60,
  expireInSeconds: expireS,
  deleteAfterSeconds: 3600,
  retentionSeconds: 400 * 86_400,
} as const;

class ServiceJobs implements Jobs {
  readonly #options: JobsOptions;
  readonly #queue: string;
  readonly #stopping = new AbortController();
  #opening: Promise<PgBoss> | undefined;
  #shared: Shared | undefined;
  #working: Promise<void> | undefined;
  /**
   * When the next check is due, in milliseconds since 1970, and what brings it forward while the
   * queue rests.
   */
  #lookAt = 0;
  #hurry: () => void = () => undefined;
  #stopped: Promise<void> | undefined;

  constructor(options: JobsOptions) {
    this.#options = options;
    this.#queue = options.service;
  }

  /** pg-boss with the service's queue; requested again after a failure. */
  open(): Promise<PgBoss> {
    this.#opening ??= this.#open().catch((error: unknown) => {
      this.#opening = undefined;
      throw asDatabaseProblem(error);
    });
    return this.#opening;
  }

  async #open(): Promise<PgBoss> {
    const shared = acquire(this.#options);
    try {
      const boss = await shared.boss;
      if ((await boss.getQueue(this.#queue)) === null) await boss.createQueue(this.#queue, queueSettings);
      this.#shared = shared;
      return boss;
    } catch (error) {
      await release(this.#options.pool, shared).catch(() => undefined);
      throw error;
    }
  }

  async schedule(key: string, dueAt: Date, data: object): Promise<void> {
    await this.#with((boss) => boss.upsert(this.#queue, data, { singletonKey: key, startAfter: dueAt }));
    newsOf(this.#options.pool).tell(this.#queue, dueAt);
  }

  async cancel(key: string): Promise<void> {
    await this.#with(async (boss) => {
      const jobs = await boss.findJobs(this.#queue, { key, queued: true });
      if (jobs.length > 0)
        await boss.deleteJob(
          this.#queue,
          jobs.map(({ id }) => id),
        );
    });
  }

  async onDue(handler: (data: object) => Promise<void>): Promise<void> {
    if (this.#working !== undefined) throw new Error('the jobs have a handler');
    await new Promise<void>((resolve) => {
      this.#working = this.#work(handler, resolve).finally(resolve);
    });
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #with(work: (boss: PgBoss) => Promise<unknown>): Promise<void> {
    const boss = await this.open();
    try {
      await work(boss);
    } catch (error) {
      throw asDatabaseProblem(error);
    }
  }

  /** Works until it is stopped; `tried` is called after the first attempt, whatever its result. */
  async #work(handler: (data: object) => Promise<void>, tried: () => void): Promise<void> {
    const { signal } = this.#stopping;
    const endNews = newsOf(this.#options.pool).listen(this.#queue, (dueMs) => {
      if (dueMs >= this.#lookAt) return;
      this.#lookAt = dueMs;
      this.#hurry();
    });
    try {
      for (let failures = 0; !signal.aborted;) {
        try {
          // INVARIANT: news during a check may be about jobs that the check missed.
          this.#lookAt = Infinity;
          const restMs = await this.#look(await this.open(), handler);
          failures = 0;
          tried();
          if (restMs > 0) await this.#rest(restMs);
        } catch (error) {
          failures += 1;
          if (failures === 1)
            this.#options.logger.warn({ err: error, queue: this.#queue }, 'jobs wait for the database');
          tried();
          await pause(Math.min(2000, 50 * 2 ** Math.min(failures, 6)), signal);
        }
      }
    } finally {
      await endNews();
    }
  }

  /**
   * Handles due jobs. Returns how long the queue may rest, in milliseconds; 0 if there may be more.
   */
  async #look(boss: PgBoss, handler: (data: object) => Promise<void>): Promise<number> {
    const jobs = await boss.fetch<object>(this.#queue, { batchSize });
    if (jobs.length > 0) {
      const failed = new Set<Job<object>>();
      await Promise.all(
        jobs.map(async (job) => {
          if (!(await this.#handle(job, handler))) failed.add(job);
        }),
      );
      const done = jobs.filter((job) => !failed.has(job));
      if (done.length > 0) await boss.complete(this.#queue, done);
      // Only the failed job comes again; the others of its batch are done.
      if (failed.size > 0) await boss.fail(this.#queue, [...failed]);
      return 0;
    }
    // By the database's clock, which also decides what is due.
    const { rows } = await this.#options.pool.query<{ readonly ms: string | null }>(
      `select extract(epoch from min(start_after) - now()) * 1000 as ms from ${schema}.job where name = $1 and state < 'active'`,
      [this.#queue],
    );
    const { restMs = 10_000 } = this.#options;
    return Math.max(20, Math.min(restMs, Math.ceil(Number(rows[0]?.ms ?? Infinity))));
  }

  /** Waits for this time, or until a job that is set meanwhile is due. */
  async #rest(ms: number): Promise<void> {
    const { signal } = this.#stopping;
    this.#lookAt = Math.min(this.#lookAt, Date.now() + ms);
    for (let left = ms; left > 0 && !signal.aborted;) {
      const news = new AbortController();
      this.#hurry = () => news.abort();
      left = this.#lookAt - Date.now();
      if (left > 0) await pause(left, AbortSignal.any([signal, news.signal]));
      left = this.#lookAt - Date.now();
    }
  }

  /**
   * True if the handler succeeded. A handler that takes too long counts as failed, as for every
   * other instance.
   */
  async #handle(job: Job<object>, handler: (data: object) => Promise<void>): Promise<boolean> {
    const late = new AbortController();
    try {
      await Promise.race([
        handler(job.data),
        pause(expireS * 1000, late.signal).then(() => {
          throw new Error(`it took longer than ${expireS} s`);
        }),
      ]);
      return true;
    } catch (error) {
      this.#options.logger.warn(
        { err: error, job: job.id, queue: this.#queue },
        'a job failed and is tried again',
      );
      return false;
    } finally {
      late.abort();
    }
  }

  async #stop(): Promise<void> {
    this.#stopping.abort();
    await this.#working;
    if (this.#shared === undefined) return;
    await release(this.#options.pool, this.#shared);
  }
}

/**
 * The jobs of one service, a queue of pg-boss. The pool stays open. If the database is away, the
 * queue opens at the first use after it returns.
 */
export const createJobs = async (options: JobsOptions): Promise<Jobs> => {
  const jobs = new ServiceJobs(options);
  try {
    await jobs.open();
  } catch (error) {
    const cause = (error as { cause?: unknown }).cause ?? error;
    if (!isUnavailable(cause) && !isTransient(cause)) throw error;
    options.logger.warn({ err: error, queue: options.service }, 'jobs wait for the database');
  }
  return jobs;
};

/** Creates or updates the schema that holds the jobs of all services; for `interlock migrate`. */
export const migrateJobs = async (pool: Pool, logger: JobsLogger): Promise<void> => {
  const shared = acquire({ pool, service: 'migrate', logger, migrate: true });
  await shared.boss.finally(() => release(pool, shared));
};
