import type { Pool, PoolClient } from 'pg';
import { asDatabaseProblem } from './errors.js';
import { lockNumber } from './migrations.js';

/** A lock that lives as long as its connection. */
export class HeldLock {
  #lost = false;

  constructor(
    private readonly client: PoolClient,
    private readonly key: string,
  ) {
    client.on('error', this.#onError);
  }

  /** True while the connection that holds it answers. */
  async holds(): Promise<boolean> {
    if (this.#lost) return false;
    try {
      await this.client.query('select 1');
    } catch {
      this.#lost = true;
    }
    return !this.#lost;
  }

  async release(): Promise<void> {
    await this.client.query('select pg_advisory_unlock($1)', [this.key]).catch(() => {
      this.#lost = true;
    });
    this.client.off('error', this.#onError);
    this.client.release(this.#lost);
  }

  readonly #onError = (): void => {
    this.#lost = true;
  };
}

/**
 * Takes a lock that one instance has at a time; null if another has it. Throws
 * `database-unavailable`.
 */
export const tryLock = async (pool: Pool, name: string): Promise<HeldLock | null> => {
  const key = lockNumber(name);
  const client = await pool.connect().catch((error: unknown) => {
    throw asDatabaseProblem(error);
  });
  try {
    const { rows } = await client.query<{ taken: boolean }>('select pg_try_advisory_lock($1) as taken', [
      key,
    ]);
    if (rows[0]?.taken === true) return new HeldLock(client, key);
  } catch (error) {
    client.release(true);
    throw asDatabaseProblem(error);
  }
  client.release();
  return null;
};
