import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Position, type RecordedEvent } from '@interlock/kernel';
import { freePort, until } from '@interlock/testing';
import { connectEventStore, type ConnectedEventStore } from '../src/index.js';
import { happened } from './events.js';
import { following } from './following.js';
import { startLogProcess, type LogProcess } from './log-process.js';

const stream = 'action-demo:1';
let dir: string;
let log: LogProcess;
let store: ConnectedEventStore;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'interlock-log-'));
  log = await startLogProcess({ file: join(dir, 'log.db'), port: await freePort() });
  store = await connectEventStore(log.url, { watchdogMs: 100 });
});
afterEach(async () => {
  await store.close();
  await log.kill();
  await rm(dir, { recursive: true, force: true });
});
const write = async (from: number, count: number): Promise<void> => {
  for (let n = from; n < from + count; n += 1) await store.append(stream, [happened(n)], BigInt(n) - 1n);
};
const follow = (after: Position | null, prefixes: readonly string[] = ['action-']) => {
  const [seen, failures]: [RecordedEvent[], unknown[]] = [[], []];
  store.subscribe(
    { after, prefixes, name: 'test' },
    {
      onEvent: (event) => {
        seen.push(event);
      },
      onFailure: (error) => {
        failures.push(error);
      },
    },
  );
  return { seen, failures };
};
const files = ['log.db', 'log.db-head'];
const swap = async (to: string): Promise<void> => {
  await log.kill('SIGTERM');
  log = await startLogProcess({ file: join(dir, to), port: log.port });
  await until(
    () =>
      store.ping().then(
        () => true,
        () => false,
      ),
    'the other log answers',
  );
};
const damaged = { code: 'log-damaged', remedy: expect.stringContaining('restored from an older copy') };

describe('a log with another history than the one that was followed', () => {
  it.each<[string, number]>([
    ['an empty one, that grows', 3],
    ['an empty one, that grows beyond the old one at once', 25],
  ])('%s: whoever followed is told, and is handed none of it', async (_, grows) => {
    const before = follow(null);
    const { follower } = following(store, 'action-');
    await follower.start();
    await write(0, 10);
    await until(() => before.seen.length === 10, 'ten events');
    await follower.confirmCurrent();
    const kept = before.seen[9]!.position;
    await swap('another.db');
    const begun = follow(kept);
    // So that it has seen where the log ends before that grows.
    await until(() => store.ping().then(() => true), 'a look');
    await write(0, grows);
    await until(() => before.failures.length > 0, 'the one that goes on is told');
    if (grows < 10) await until(() => begun.failures.length > 0, 'the one that begins where it was is told');
    expect(before.failures).toEqual([expect.objectContaining(damaged)]);
    expect(before.seen).toHaveLength(10);
    await until(
      () =>
        follower.confirmCurrent().then(
          () => false,
          (error: { code: string }) => error.code === 'log-damaged',
        ),
      'the follower is not current',
    );
    expect(follower.confirmedWithin(60_000)).toBe(false);
    await follower.stop();
  });

  it('an older copy of it: whoever followed is told at once, and who begins at a place that is not there any more, when the log grows', async () => {
    const before = follow(null);
    await write(0, 5);
    await log.kill('SIGTERM');
    for (const file of files)
      await copyFile(join(dir, file), join(dir, `old-${file}`)).catch(() => undefined);
    log = await startLogProcess({ file: join(dir, 'log.db'), port: log.port });
    await write(5, 5);
    await until(() => before.seen.length === 10, 'ten events');
    await swap('old-log.db');
    await until(() => before.failures.length > 0, 'the one that goes on is told');
    const begun = follow(before.seen[9]!.position);
    const old = follow(before.seen[2]!.position);
    await until(() => old.seen.length === 2, 'what lies before the copy was made is there');
    await write(5, 2);
    await until(() => begun.failures.length > 0, 'the one that begins is told');
    await until(() => old.seen.length === 4, 'who had not gone on so far goes on');
    expect([...before.failures, ...begun.failures]).toEqual([
      expect.objectContaining(damaged),
      expect.objectContaining(damaged),
    ]);
    expect(begun.seen).toEqual([]);
    expect(old.failures).toEqual([]);
  });

  it('is not suspected of a log that was restarted, nor of a place behind its last event', async () => {
    await write(0, 5);
    const all = follow(null);
    await until(() => all.seen.length === 5, 'five events');
    const behind = follow({ commit: 6n, prepare: 6n });
    for (let round = 0; round < 3; round += 1) await swap('log.db');
    await write(5, 3);
    await until(() => all.seen.length === 8, 'eight events');
    await until(() => behind.seen.length === 2, 'what comes behind the place');
    expect([...all.failures, ...behind.failures]).toEqual([]);
    expect(behind.seen.map(({ position }) => position.commit)).toEqual([7n, 8n]);
  });
});
