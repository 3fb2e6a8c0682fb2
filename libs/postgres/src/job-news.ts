import type { Pool, PoolClient } from 'pg';

import { pause } from './pause.js';

const channel = 'interlock_jobs';

/**
 * Called when a job of a queue is due, in milliseconds since 1970; 0 if the time is unknown and the
 * queue must be checked now.
 */
type Listener = (dueMs: number) => void;

/**
 * Tells every process that works on a queue when a job is set. It holds one connection of the pool.
 * Regular checks find the news that is lost while the connection is broken.
 */
export class JobNews {
  readonly #pool: Pool;
  readonly #listeners = new Map<string, Set<Listener>>();
  #stopping = new AbortController();
  #listening: Promise<void> = Promise.resolve();

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /**
   * Announces that a job is due at a time. Nobody waits for it; if it fails, the next check finds
   * the job.
   */
  tell(queue: string, dueAt: Date): void {
    const dueMs = dueAt.getTime();
    this.#notify(queue, dueMs);
    this.#pool.query('select pg_notify($1, $2)', [channel, `${dueMs} ${queue}`]).catch(() => undefined);
  }

  /** Calls the listener back until the returned function is called. */
  listen(queue: string, listener: Listener): () => Promise<void> {
    if (this.#listeners.size === 0) {
      this.#stopping = new AbortController();
      const { signal } = this.#stopping;
      this.#listening = this.#listening.then(() => this.#listen(signal));
    }
    const listeners = this.#listeners.get(queue) ?? new Set();
    this.#listeners.set(queue, listeners.add(listener));
    return async () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(queue);
      if (this.#listeners.size > 0) return;
      this.#stopping.abort();
      await this.#listening;
    };
  }

  #notify(queue: string, dueMs: number): void {
    for (const listener of this.#listeners.get(queue) ?? []) listener(dueMs);
  }

  async #listen(signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted; failures += 1) {
      let client: PoolClient | undefined;
      try {
        client = await this.#pool.connect();
        const lost = new Promise<void>((resolve) => {
          client!.once('error', () => resolve());
          client!.once('end', resolve);
          signal.addEventListener('abort', () => resolve(), { once: true });
          if (signal.aborted) resolve();
        });
        client.on('notification', ({ payload = '' }) => {
          const [dueMs, queue] = payload.split(' ');
          this.#notify(queue ?? '', Number(dueMs));
        });
        await client.query(`listen ${channel}`);
        failures = 0;
        // Nobody here listened to earlier announcements.
        for (const queue of this.#listeners.keys()) this.#notify(queue, 0);
        await lost;
      } catch {
        // The database is away, which the checks report.
      } finally {
        client?.release(true);
      }
      await pause(Math.min(5000, 50 * 2 ** Math.min(failures, 7)), signal);
    }
  }
}

const perPool = new WeakMap<Pool, JobNews>();

/** The news of a pool. */
export const newsOf = (pool: Pool): JobNews => {
  const known = perPool.get(pool) ?? new JobNews(pool);
  perPool.set(pool, known);
  return known;
};
