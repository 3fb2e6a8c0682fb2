import pg from 'pg';

/**
 * A pool whose lost connections end no process. `onLost` hears of those that were idle; who uses one that is lost hears of it by the failure of its statement,
 * and the pool opens another.
 */
export const openPool = (config: pg.PoolConfig, onLost: (error: Error) => void): pg.Pool => {
  const pool = new pg.Pool(config);
  pool.on('error', onLost);
  // While a connection is in use the pool itself does not listen, and an error that nobody hears would end the process.
  pool.on('connect', (client) => {
    client.on('error', () => undefined);
  });
  return pool;
};
