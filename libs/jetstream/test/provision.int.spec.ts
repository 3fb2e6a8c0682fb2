import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { busStreams } from '@interlock/contracts';
import { nanos, RetentionPolicy, StorageType, type NatsConnection } from 'nats';
import { applyStreams, planStreams, provision } from '../src/index.js';
import { startBusProcess, type BusProcess } from './bus-process.js';

let bus: BusProcess;
let connection: NatsConnection;
beforeAll(async () => {
  bus = await startBusProcess();
  connection = await bus.connect();
});
afterAll(async () => {
  await bus.stop();
});

describe('provisioning', () => {
  it('plans every stream of the contracts on an empty server, and changes nothing by that', async () => {
    const plan = await planStreams(connection);
    expect(plan.map((change) => [change.kind, change.stream])).toEqual(
      busStreams.map(({ name }) => ['create', name]),
    );
    expect(await planStreams(connection)).toEqual(plan);
  });

  it('makes the streams as planned, and has nothing to do afterwards', async () => {
    await applyStreams(connection, await planStreams(connection));
    expect(await planStreams(connection)).toEqual([]);
    const { config } = await (await connection.jetstreamManager()).streams.info('INTENTS');
    expect(config).toMatchObject({
      subjects: ['interlock.intents.*.by.*', 'interlock.intents.*'],
      retention: 'workqueue',
      storage: 'file',
      max_age: nanos(86_400_000),
      max_msg_size: 1_048_576,
      duplicate_window: nanos(120_000),
      num_replicas: 1,
    });
  });

  it('changes only the settings that differ', async () => {
    const manager = await connection.jetstreamManager();
    const { config } = await manager.streams.info('SIGNALS');
    await manager.streams.update('SIGNALS', {
      ...config,
      max_age: nanos(1000),
      duplicate_window: nanos(500),
    });
    const plan = await planStreams(connection);
    expect(plan).toMatchObject([
      { kind: 'update', stream: 'SIGNALS', differences: ['max_age', 'duplicate_window'] },
    ]);
    await applyStreams(connection, plan);
    expect(await planStreams(connection)).toEqual([]);
  });

  it("gives the relay's buckets as many replicas as the streams, and makes none of them", async () => {
    await connection.jetstream().views.kv('interlock_relay', { ttl: 3000, history: 1 });
    const plan = await planStreams(connection, { replicas: 3 });
    expect(plan.map(({ stream }) => stream)).toEqual([
      ...busStreams.map(({ name }) => name),
      'KV_interlock_relay',
    ]);
    expect(plan.at(-1)).toMatchObject({
      kind: 'update',
      differences: ['num_replicas'],
      config: { num_replicas: 3, max_age: nanos(3000), max_msgs_per_subject: 1 },
    });
    expect(await planStreams(connection)).toEqual([]);
  });

  it('refuses what cannot be changed in place, and says what to do', async () => {
    const manager = await connection.jetstreamManager();
    await manager.streams.delete('DEAD');
    await manager.streams.delete('REJECTED');
    await manager.streams.add({
      name: 'DEAD',
      subjects: ['interlock.dead.*'],
      storage: StorageType.Memory,
      retention: RetentionPolicy.Limits,
    });
    const plan = await planStreams(connection);
    expect(plan).toMatchObject([
      { kind: 'create', stream: 'REJECTED' },
      { kind: 'conflict', stream: 'DEAD' },
    ]);
    await expect(applyStreams(connection, plan)).rejects.toMatchObject({
      code: 'wrong-state',
      remedy: expect.stringContaining('`DEAD`'),
    });
    await expect(manager.streams.info('REJECTED')).rejects.toThrow();
    await manager.streams.delete('DEAD');
    expect((await provision(connection)).map((change) => change.stream)).toEqual(['REJECTED', 'DEAD']);
  });

  it('may be done by many at once', async () => {
    const manager = await connection.jetstreamManager();
    for (const { name } of busStreams) await manager.streams.delete(name);
    await Promise.all([provision(connection), provision(connection), provision(connection)]);
    expect(await planStreams(connection)).toEqual([]);
  });

  it('says that the bus is unavailable when it is', async () => {
    const gone = await bus.connect();
    await gone.close();
    await expect(planStreams(gone)).rejects.toMatchObject({ code: 'bus-unavailable' });
  });
});
