import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { testMetadata, type AppendResult } from '@interlock/kernel';
import { startLog, startPostgres, until, type TestLog, type TestPostgres } from '@interlock/testing';
import { ProjectionRunner, withTenant } from '../src/index.js';
import { things, type ThingTables } from './things.js';

const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
let log: TestLog;
let database: TestPostgres;
beforeAll(async () => {
  [log, database] = await Promise.all([startLog(), startPostgres()]);
});
afterAll(async () => {
  await Promise.all(
    [...runners].filter((runner) => runner.state() !== 'stopped').map((runner) => runner.stop()),
  );
  await Promise.all([log.stop(), database.stop()]);
});

const put = (n: number, stream = `thing-demo:t${n % 7}`): Promise<AppendResult> =>
  log.store.append(
    stream,
    [
      {
        id: `00000000-0000-4000-8000-${`${n}`.padStart(12, '0')}`,
        type: 'ThingNamed',
        data: { name: `name${n}` },
        metadata: testMetadata(),
      },
    ],
    'any',
  );
const runners = new Set<ProjectionRunner<ThingTables>>();
const make = (): ProjectionRunner<ThingTables> => {
  const runner = new ProjectionRunner<ThingTables>({
    pool: database.pool,
    store: log.store,
    service: 'real',
    projection: things(),
    logger,
    migrate: true,
    batchSize: 16,
  });
  runners.add(runner);
  return runner;
};
const changes = async (runner: ProjectionRunner<ThingTables>): Promise<number> =>
  (await withTenant(runner.db(), 'demo', (db) => db.selectFrom('thing').select('changes').execute())).reduce(
    (sum, row) => sum + row.changes,
    0,
  );

describe('a projection of the real log', () => {
  it('projects every event once over restarts, at the position that the write answered', async () => {
    let written = 0;
    for (let round = 0; round < 3; round += 1) {
      const runner = make();
      await runner.start();
      let last: AppendResult | undefined;
      for (let i = 0; i < 40; i += 1) last = await put((written += 1));
      await runner.waitFor(last!.position, 10_000);
      expect(await changes(runner)).toBe(written);
      await runner.stop();
      await put((written += 1));
    }
    const runner = make();
    await runner.start();
    await until(async () => (await changes(runner)) === written, 'the last came');
    expect(runner.counts().handled).toBe(1);
    await runner.stop();
  });

  it('reaches a write to a stream that it does not follow', async () => {
    const runner = make();
    await runner.start();
    const { position } = await put(900, 'other-demo:1');
    await runner.waitFor(position, 10_000);
    await runner.stop();
  });
});
