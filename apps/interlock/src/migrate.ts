import type { MigrateService } from '@interlock/platform';
import { openPool } from '@interlock/postgres';
import type { Logger } from 'pino';
import { entryOf } from './entries.js';
import { manifest } from './manifest.js';

/**
 * Creates or updates the tables of every service; a second call changes nothing. Returns the
 * services that have tables.
 */
export const migrateAll = async (connectionString: string, logger: Logger): Promise<readonly string[]> => {
  const pool = openPool({ connectionString, max: 4, application_name: 'interlock-migrate' }, (error) => {
    logger.warn({ err: error }, 'a database connection was lost');
  });
  try {
    const migrated: string[] = [];
    for (const { service } of manifest) {
      const entry = await entryOf<{ readonly migrate?: MigrateService }>(service);
      if (entry.migrate === undefined) continue;
      await entry.migrate(pool, logger);
      migrated.push(service);
    }
    return migrated;
  } finally {
    await pool.end();
  }
};
