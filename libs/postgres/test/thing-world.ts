import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import type { Position } from '@interlock/kernel';
import { startPostgres, type TestPostgres } from '@interlock/testing';
import { ProjectionRunner, withTenant, type Projection, type ProjectionRunnerOptions } from '../src/index.js';
import { things, ThingLog, type ThingRow, type ThingTables } from './things.js';

export const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
type ThingRunner = ProjectionRunner<ThingTables>;
type RunnerOptions = Partial<ProjectionRunnerOptions<ThingTables>>;

/**
 * A database for a suite; for each test a log and a service of its own, whose runners stop after
 * it.
 */
export const useThings = (name: string) => {
  let database: TestPostgres | undefined;
  let count = 0;
  const running: ThingRunner[] = [];
  const world = {
    log: new ThingLog(),
    service: name,
    running,
    get database(): TestPostgres {
      if (database === undefined) throw new Error('the database starts in `beforeAll`');
      return database;
    },
    /** The schema of the service's own bookkeeping. */
    home: (): string => `${name}_${count}`,
    /** The schema of the projection `things` in that version. */
    schema: (version = 1): string => `${world.home()}_things_v${version}`,
    make: (projection: Projection<ThingTables> = things(), over: RunnerOptions = {}): ThingRunner => {
      const runner = new ProjectionRunner<ThingTables>({
        pool: world.database.pool,
        store: world.log,
        service: world.service,
        projection,
        logger,
        migrate: true,
        ...over,
      });
      running.push(runner);
      return runner;
    },
    started: async (projection?: Projection<ThingTables>, over?: RunnerOptions): Promise<ThingRunner> => {
      const runner = world.make(projection, over);
      await runner.start();
      return runner;
    },
    rows: (runner: ThingRunner, tenant = '_all'): Promise<ThingRow[]> =>
      withTenant(runner.db(), tenant, (db) =>
        db.selectFrom('thing').selectAll().orderBy('tenant_id').orderBy('id').execute(),
      ),
    /**
     * Names that many things, from the first to the last of these numbers; answers where the last
     * event stands.
     */
    fill: async (from: number, to: number): Promise<Position> => {
      let last = await world.log.put(thingId(from), `name${from}`);
      for (let i = from + 1; i <= to; i += 1) last = await world.log.put(thingId(i), `name${i}`);
      return last.position;
    },
  };
  beforeAll(async () => {
    database = await startPostgres();
  });
  afterAll(async () => {
    await database?.stop();
  });
  beforeEach(() => {
    count += 1;
    world.log = new ThingLog();
    world.service = `${name}-${count}`;
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((runner) => runner.stop()));
  });
  return world;
};

/** The id of a thing by its number. */
export const thingId = (n: number): string => `t${`${n}`.padStart(4, '0')}`;
