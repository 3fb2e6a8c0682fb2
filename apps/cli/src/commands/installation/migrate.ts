import type { Command } from 'commander';
import { createLogger } from '@interlock/platform/logging';
import { installationEntry } from '../../installation.js';
import { databaseOf, print, type Globals } from '../../connection/session.js';

type Entry = {
  readonly migrateAll: (
    connectionString: string,
    logger: ReturnType<typeof createLogger>,
  ) => Promise<readonly string[]>;
};

/**
 * Adds `interlock migrate`, which creates the tables before services start. Outside the embedded
 * stack, services do not create them.
 */
export const addMigrate = (program: Command, globals: () => Globals): void => {
  program
    .command('migrate')
    .description("make or update the tables of every service, in DATABASE_URL or the home's database")
    .action(async () => {
      const database = databaseOf(globals());
      const { migrateAll } = await installationEntry<Entry>('migrate');
      for (const service of await migrateAll(database, createLogger({ level: 'warn' })))
        print(`${service}  up to date`);
    });
};
