import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { busStreams } from '@interlock/contracts';
import {
  bareEnvironment,
  buildApps,
  commandLine,
  runProgram,
  type RunResult,
  startNats,
  type TestNats,
} from '@interlock/testing';
import { connect, StorageType, type JetStreamManager, type NatsConnection } from 'nats';

const dir = mkdtempSync(join(tmpdir(), 'interlock-bus-streams-'));
let nats: TestNats;
let connection: NatsConnection;
let manager: JetStreamManager;
const bus = (...args: readonly string[]): Promise<RunResult> =>
  runProgram(process.execPath, ['--no-warnings', commandLine, 'bus', ...args], {
    cwd: dir,
    env: { ...bareEnvironment, NATS_URL: nats.url },
  });
const items = async (...args: readonly string[]): Promise<readonly object[]> =>
  (JSON.parse((await bus(...args, '--json')).stdout) as { readonly items: readonly object[] }).items;
const streams = async (): Promise<readonly string[]> =>
  (await manager.streams.list().next()).map(({ config }) => config.name);

beforeAll(async () => {
  await buildApps('apps/cli');
  nats = await startNats();
  connection = await connect({ servers: nats.url });
  manager = await connection.jetstreamManager();
});
afterAll(async () => {
  await connection.close();
  await nats.stop();
  rmSync(dir, { recursive: true });
});

describe('interlock bus', () => {
  const named = busStreams.map(({ name }) => name).sort();

  it('plans the streams that are missing and makes none, then makes them', async () => {
    for (const name of await streams()) await manager.streams.delete(name);
    expect(await items('plan')).toEqual(
      busStreams.map(({ name }) => ({ stream: name, change: 'create', differences: [] })),
    );
    expect(await streams()).toEqual([]);
    expect(await bus('apply')).toMatchObject({ code: 0, stderr: 'These changes are made.\n' });
    expect([...(await streams())].sort()).toEqual(named);
    expect(await items('plan')).toEqual([]);
    expect((await bus('apply')).stderr).toBe('Every stream is as it should be.\n');
    expect((await bus('plan')).stderr).toContain('Every stream is as it should be.');
  });

  it('names what differs, and puts it back', async () => {
    const { config } = await manager.streams.info('EVENTS');
    await manager.streams.update('EVENTS', { ...config, max_age: config.max_age / 2 });
    expect(await items('plan')).toEqual([{ stream: 'EVENTS', change: 'update', differences: ['max_age'] }]);
    expect((await bus('apply')).stdout).toContain('EVENTS');
    expect((await manager.streams.info('EVENTS')).config.max_age).toBe(config.max_age);
  });

  it('plans another number of replicas, and reports what the server refuses', async () => {
    const plan = await items('plan', '--replicas', '3');
    expect(plan).toHaveLength(busStreams.length);
    for (const one of plan) expect(one).toMatchObject({ change: 'update', differences: ['num_replicas'] });
    // A server alone refuses a new stream of three replicas.
    await manager.streams.delete('EVENTS');
    const { code, stderr } = await bus('apply', '--replicas', '3');
    expect([code, stderr]).toEqual([1, expect.stringContaining('replicas')]);
    expect(await bus('plan', '--replicas', '9')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('a number from 1 to 5'),
    });
    expect((await bus('apply', '--replicas', '1')).code).toBe(0);
    expect(await items('plan')).toEqual([]);
  });

  it('changes nothing where a stream cannot be changed in place', async () => {
    const { config } = await manager.streams.info('INTENTS');
    await manager.streams.delete('INTENTS');
    await manager.streams.add({ ...config, storage: StorageType.Memory });
    await manager.streams.delete('EVENTS');
    const planned = await bus('plan', '--json');
    expect(planned.code).toBe(1);
    expect(JSON.parse(planned.stdout)).toMatchObject({
      items: expect.arrayContaining([{ stream: 'INTENTS', change: 'conflict', differences: ['storage'] }]),
    });
    const { code, stderr } = await bus('apply');
    expect([code, stderr]).toEqual([1, expect.stringContaining('cannot be changed in place')]);
    expect(await streams()).not.toContain('EVENTS');
  });
});
