import { PgBoss, type Job } from 'pg-boss';
import type { Pool } from 'pg';

export type JobsLogger = { readonly warn: (facts: object, message: string) => void; readonly error: (facts: object, message: string) => void };

/** Timers that survive a restart. A job only says "look now": what is due stands in the log. For waits of 5 s and more. */
export type Jobs = {
  /** Sets the one job of a key, or moves it; `data` is JSON. A time in the past is due at once. */
  schedule(key: string, dueAt: Date, data: object): Promise<void>;
  /** Takes a key's job back, where it has not begun. */
  cancel(key: string): Promise<void>;
  /** Handles what is due, some at once; a handler that throws is called again with growing pauses. */
  onDue(handler: (data: object) => Promise<void>): Promise<void>;
  stop(): Promise<void>;
};

export type JobsOptions = {
  readonly pool: Pool;
  readonly service: string;
  readonly logger: JobsLogger;
  /** Makes pg-boss's schema; otherwise `interlock migrate` has. Default true. */
  readonly migrate?: boolean;
  /** How often a queue is looked at, in seconds, at least 0.5, which is the default. */
  readonly pollingS?: number;
};

const schema = 'pgboss';

type Shared = { readonly boss: Promise<PgBoss>; users: number };
const perPool = new WeakMap<Pool, Shared>();

/** One pg-boss per pool: its maintenance runs once however many services the process holds. */
const acquire = ({ pool, logger, migrate = true }: JobsOptions): Shared => {
  const known = perPool.get(pool);
  if (known !== undefined) {
    known.users += 1;
    return known;
  }
  const start = async (): Promise<PgBoss> => {
    const boss = new PgBoss({
      db: { executeSql: async (text, values) => ({ rows: (await pool.query(text, values)).rows as unknown[] }) },
      schema, migrate, createSchema: migrate, schedule: false, supervise: true, monitorVacuum: false, reindex: false,
    });
    boss.on('error', (error) => { logger.warn({ err: error }, 'jobs: the database did not answer'); });
    return boss.start();
  };
  const shared: Shared = { boss: start(), users: 1 };
  perPool.set(pool, shared);
  shared.boss.catch(() => { if (perPool.get(pool) === shared) perPool.delete(pool); });
  return shared;
};

const release = async (pool: Pool, shared: Shared): Promise<void> => {
  shared.users -= 1;
  if (shared.users > 0) return;
  if (perPool.get(pool) === shared) perPool.delete(pool);
  await (await shared.boss).stop({ graceful: false, close: false });
};

/** The jobs of one service, a queue of pg-boss. The pool stays open. */
export const createJobs = async (options: JobsOptions): Promise<Jobs> => {
  const { pool, service, logger, pollingS = 0.5 } = options;
  const shared = acquire(options);
  const boss = await shared.boss;
  const queue = service;
  if (await boss.getQueue(queue) === null) {
    // `short`: one waiting job for each key.
    await boss.createQueue(queue, { policy: 'short', retryLimit: 1_000_000, retryDelay: 1, retryBackoff: true, retryDelayMax: 60, expireInSeconds: 60, deleteAfterSeconds: 3600, retentionSeconds: 400 * 86_400 });
  }
  let worker: string | undefined;
  let stopped: Promise<void> | undefined;
  return {
    schedule: async (key, dueAt, data) => {
      await boss.upsert(queue, data, { singletonKey: key, startAfter: dueAt });
    },
    cancel: async (key) => {
      const jobs = await boss.findJobs(queue, { key, queued: true });
      if (jobs.length > 0) await boss.deleteJob(queue, jobs.map(({ id }) => id));
    },
    onDue: async (handler) => {
      if (worker !== undefined) throw new Error('the jobs have a handler');
      worker = await boss.work<object>(queue, { pollingIntervalSeconds: pollingS, batchSize: 1, localConcurrency: 4 }, async ([job]: Job<object>[]) => {
        if (job === undefined) return;
        try {
          await handler(job.data);
        } catch (error) {
          logger.warn({ err: error, job: job.id, queue }, 'a job failed and is tried again');
          throw error;
        }
      });
    },
    stop: () => (stopped ??= (async () => {
      if (worker !== undefined) await boss.offWork(queue, { id: worker, wait: true });
      await release(pool, shared);
    })()),
  };
};
