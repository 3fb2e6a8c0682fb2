import pg from 'pg';

/**
 * A pool whose lost connections do not end the process. `onLost` is called for idle ones. The user
 * of a lost connection sees its statement fail, and the pool opens another.
 */
export const openPool = (config: pg.PoolConfig, onLost: (error: Error) => void): pg.Pool => {
  const pool = new pg.Pool(config);
  pool.on('error', onLost);
  // While a connection is in use, the pool itself does not listen for its errors. An unhandled
  // error would end the process.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
};
