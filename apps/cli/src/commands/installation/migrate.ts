import { createLogger } from '@interlock/platform/logging';
import { installationEntry } from '../../installation.js';
import { databaseOf, print } from '../../connection/session.js';
import { act } from '../../program/declare.js';

type Entry = {
  readonly migrateAll: (
    connectionString: string,
    logger: ReturnType<typeof createLogger>,
  ) => Promise<readonly string[]>;
};

/**
 * `interlock migrate`: creates the tables before services start. Outside the embedded stack,
 * services do not create them.
 */
export const addMigrate = act({
  command: 'migrate',
  about: "create or update the tables of every service, in DATABASE_URL or the home's database",
  run: async ({ globals }) => {
    const database = databaseOf(globals);
    const { migrateAll } = await installationEntry<Entry>('migrate');
    for (const service of await migrateAll(database, createLogger({ level: 'warn' })))
      print(`${service}  up to date`);
  },
});
