import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createRelay, relayStatus, type Relay } from '@interlock/jetstream';
import { collect, positionText, testMetadata } from '@interlock/kernel';
import {
  bareEnvironment,
  buildApps,
  commandLine,
  runProgram,
  type RunResult,
  startLog,
  startNats,
  type TestLog,
  type TestNats,
  until,
} from '@interlock/testing';
import type { NatsConnection } from 'nats';
import { inProcess } from './in-process.js';

let home: string;
let log: TestLog;
let nats: TestNats;
let connection: NatsConnection;
const relays: Relay[] = [];

beforeAll(async () => {
  await buildApps('apps/cli');
});
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'interlock-cli-'));
  [log, nats] = await Promise.all([startLog(), startNats()]);
  connection = await nats.connection();
  mkdirSync(join(home, 'secrets'));
  writeFileSync(join(home, 'secrets', 'bus.json'), JSON.stringify({ operator: 'p' }));
  writeFileSync(
    join(home, 'runtime.json'),
    JSON.stringify({
      http: 'http://127.0.0.1:1',
      nats: { url: nats.url, user: 'u', password: 'p' },
      event_store: log.url,
      ready: true,
      pid: 1,
    }),
  );
});
afterEach(async () => {
  await Promise.all(relays.splice(0).map((relay) => relay.stop()));
  await Promise.all([log.stop(), nats.stop()]);
  rmSync(home, { recursive: true, force: true });
});
afterAll(() => {
  relays.length = 0;
});

const cli = (args: readonly string[], env: { readonly [name: string]: string } = {}): Promise<RunResult> =>
  runProgram(process.execPath, [commandLine, 'relay', ...args], {
    env: { ...bareEnvironment, INTERLOCK_HOME: home, ...env },
  });
/** Runs `relay status` in this process, because tests poll it. */
const status = (...args: readonly string[]): Promise<RunResult> =>
  inProcess(['relay', 'status', ...args], { INTERLOCK_HOME: home });
const write = async (count: number, stream = 'action-demo:1'): Promise<void> => {
  for (let n = 0; n < count; n += 1)
    await log.store.append(
      stream,
      [{ id: randomUUID(), type: 'Happened', data: { n }, metadata: testMetadata({ tenant_id: 'demo' }) }],
      'any',
    );
};
const relay = (): void => {
  const started = createRelay({ store: log.store, connection, instance: 'the relay' });
  relays.push(started);
  started.start();
};
const messages = async (): Promise<number> => (await relayStatus(connection)).events?.messages ?? 0;
const head = async (): Promise<string> =>
  positionText((await collect(log.store.readAll({ backwards: true, limit: 1 })))[0]!.position);
const ids = async (): Promise<{ readonly inLog: readonly string[]; readonly onBus: readonly string[] }> => {
  const manager = await connection.jetstreamManager();
  const { state } = await manager.streams.info('EVENTS');
  const onBus: string[] = [];
  for (let seq = state.first_seq; seq <= state.last_seq; seq += 1)
    onBus.push((await manager.streams.getMessage('EVENTS', { seq })).header.get('Nats-Msg-Id'));
  return { inLog: (await collect(log.store.readAll())).map(({ id }) => id), onBus };
};

describe('interlock relay status', () => {
  it('reports that nobody relays, with exit code 1, then the relaying instance and its progress', async () => {
    await write(3);
    const before = await cli(['status']);
    expect(before.code).toBe(1);
    expect(before.stdout).toContain('no relay is active');
    expect(JSON.parse((await cli(['status', '--json'])).stdout)).toMatchObject({
      active: null,
      head: await head(),
      lag: null,
    });
    relay();
    await until(async () => (await status()).stdout.includes('is on the bus'), 'everything is on the bus');
    const after = await status();
    expect(after.code).toBe(0);
    expect(after.stdout).toContain(`the relay relays, at ${await head()}`);
    expect(after.stdout).toContain('EVENTS holds 3 messages');
  });

  it('counts how far the bus is behind', async () => {
    await write(2);
    relay();
    await until(async () => (await messages()) === 2, 'the events are there');
    const manager = await connection.jetstreamManager();
    const { config } = await manager.streams.info('EVENTS');
    await manager.streams.update('EVENTS', { ...config, subjects: ['interlock.nothing.*'] });
    await write(5);
    type Lag = { readonly events: number; readonly more: boolean; readonly seconds: number };
    let lag: Lag | null = null;
    // The relay reports its progress when it renews its lease. Until then its newest events still
    // count as missing, and after a lost lease there is no report.
    await until(
      async () =>
        (lag = (JSON.parse((await status('--json')).stdout) as { lag: Lag | null }).lag)?.events === 5,
      'what the bus is behind by is counted',
    );
    expect(lag).toMatchObject({ more: false, seconds: expect.any(Number) });
    await until(async () => (await status()).stdout.includes('behind by 5 events'), 'the count is told');
  });

  it('takes log and bus from the environment, both or neither', async () => {
    await write(1);
    const elsewhere = { INTERLOCK_HOME: join(home, 'nowhere') };
    const both = await cli(['status', '--json'], {
      ...elsewhere,
      EVENT_STORE_URL: log.url,
      NATS_URL: nats.url,
    });
    expect(JSON.parse(both.stdout)).toMatchObject({ head: await head() });
    for (const [one, missing] of [
      [{ EVENT_STORE_URL: log.url }, 'NATS_URL'],
      [{ NATS_URL: nats.url }, 'EVENT_STORE_URL'],
    ] as const) {
      const ran = await cli(['rebuild', '--yes'], { ...elsewhere, ...one });
      expect(ran.code).toBe(2);
      expect(ran.stderr).toContain(missing);
    }
  });
});

describe('interlock relay rebuild', () => {
  it('describes its effect without --yes, and does nothing', async () => {
    await write(4);
    relay();
    await until(async () => (await messages()) === 4, 'the events are there');
    await (await connection.jetstreamManager()).consumers.add('EVENTS', { durable_name: 'someone' });
    const ran = await cli(['rebuild']);
    expect(ran.code).toBe(2);
    expect(ran.stdout).toContain('EVENTS holds 4 messages, which are deleted');
    expect(ran.stdout).toContain('1 durable consumers go with it');
    expect(ran.stderr).toContain('--yes');
    expect((await relayStatus(connection)).events).toMatchObject({
      messages: 4,
      consumers: [{ name: 'someone' }],
    });
  });

  it('fills the bus again, in log order, and ends when everything is there', async () => {
    await write(200);
    relay();
    await until(async () => (await messages()) === 200, 'the events are there');
    const manager = await connection.jetstreamManager();
    for (const seq of [7, 8, 120]) await manager.streams.deleteMessage('EVENTS', seq);
    const ran = await cli(['rebuild', '--yes']);
    expect(ran.code).toBe(0);
    expect(ran.stdout).toMatch(new RegExp(`${await head()} of ${await head()}, \\d+ messages`));
    expect(ran.stdout).toContain(`EVENTS holds everything up to ${await head()}`);
    const { inLog, onBus } = await ids();
    expect(onBus).toEqual(inLog);
  });

  it("succeeds even if the log's last events have no place on the bus, or if there are none", async () => {
    relay();
    expect((await cli(['rebuild', '--yes'])).code).toBe(0);
    await write(2);
    await write(3, 'foreign');
    const ran = await cli(['rebuild', '--yes']);
    expect(ran.code).toBe(0);
    expect(await messages()).toBe(2);
  });

  it('can be run by two at once under load', async () => {
    relay();
    let stopping = false;
    const writing = (async () => {
      for (let n = 0; !stopping; n += 1) await write(5, `action-demo:${n % 3}`);
    })();
    const ran = await Promise.all([cli(['rebuild', '--yes']), cli(['rebuild', '--yes'])]);
    stopping = true;
    await writing;
    expect(ran.map(({ code }) => code)).toEqual([0, 0]);
    await until(async () => {
      const { inLog, onBus } = await ids();
      return inLog.join() === onBus.join();
    }, 'the bus holds what the log holds');
  });

  it('says why if no relay runs, with exit code 1; the next relay fills the bus', async () => {
    await write(10);
    const ran = await cli(['rebuild', '--yes', '--timeout', '1']);
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain('no relay runs');
    relay();
    await until(async () => (await messages()) === 10, 'the events are there');
  });

  it('refuses an invalid time limit', async () => {
    const ran = await cli(['rebuild', '--yes', '--timeout', 'long']);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
  });
});
