import type { Pool, PoolClient } from 'pg';

/**
 * Runs work in a transaction of its own. It commits if `work` resolves; else it is rolled back, and
 * a connection that cannot roll back is closed.
 */
export const inTransaction = async <T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> => {
  const client = await pool.connect();
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    client.release();
    return result;
  } catch (error) {
    const broken = await client.query('rollback').then(
      () => false,
      () => true,
    );
    client.release(broken);
    throw error;
  }
};
