import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { InMemoryEventStore, testMetadata } from '@interlock/kernel';
import { defineProjection, ProjectionRunner } from '@interlock/postgres';
import { startPostgres, until, type TestPostgres } from '@interlock/testing';
import { Registry } from 'prom-client';
import { generate } from 'selfsigned';
import {
  addDefaultMetrics,
  counterOf,
  gaugeAtScrape,
  gaugeOf,
  histogramOf,
  type ServiceContext,
} from '../src/index.js';
import { askDatabase, measureConnections } from '../src/observe/connection-gauges.js';

const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
let database: TestPostgres;
beforeAll(async () => {
  database = await startPostgres();
});
afterAll(async () => {
  await database.stop();
});

describe('a projection in the registry', () => {
  it('shows what it did, that it stands still, and is gone when it stops', async () => {
    const registry = new Registry();
    const store = new InMemoryEventStore(() => '2026-01-01T00:00:00.000Z');
    const put = (n: number, type: string): unknown =>
      store.append(
        'thing-demo:1',
        [{ id: `00000000-0000-4000-8000-00000000000${n}`, type, data: {}, metadata: testMetadata() }],
        'any',
      );
    const runner = new ProjectionRunner({
      pool: database.pool,
      store,
      service: 'measured',
      logger,
      metrics: registry,
      migrate: true,
      projection: defineProjection({
        name: 'things',
        version: 3,
        prefixes: ['thing-'],
        migrations: [],
        handlers: { Good: () => Promise.resolve(), Bad: () => Promise.reject(new Error('no')) },
      }),
    });
    await runner.start();
    put(1, 'Good');
    put(2, 'Unknown');
    const labels = '{service="measured",projection="things",version="3"}';
    await until(
      async () => (await registry.metrics()).includes(`projection_skipped_total${labels} 1`),
      'both are counted',
    );
    expect(await registry.metrics()).toContain(`projection_events_total${labels} 1`);
    expect(await registry.metrics()).toContain(`projection_lag_seconds${labels} 0`);
    expect(await registry.metrics()).toContain(`projection_failed${labels} 0`);
    put(3, 'Bad');
    await until(() => runner.state() === 'failed', 'it stands still');
    const text = await registry.metrics();
    expect(text).toContain(`projection_failed${labels} 1`);
    expect(Number(/projection_lag_seconds\{[^}]*\} (\S+)/.exec(text)![1])).toBeGreaterThan(1000);
    await runner.stop();
    expect(await registry.metrics()).not.toContain('service="measured"');
  });
});

describe('a gauge that is filled when it is read', () => {
  it.each(['netconf_transactions_open', 'netconf_sessions_open'] as const)(
    'reports nothing where that fails, and leaves the others alone: %s',
    async (name) => {
      const registry = new Registry();
      counterOf(registry, 'event_loop_holds_total').inc();
      gaugeAtScrape(registry, name, (gauge) => {
        gauge.set(name === 'netconf_sessions_open' ? {} : { phase: 'open' }, 7);
        throw new Error('the rest cannot be read');
      });
      const text = await registry.metrics();
      expect(text).toContain('event_loop_holds_total 1');
      expect(text).not.toMatch(new RegExp(`^${name}[ {]`, 'm'));
    },
  );
});

describe('the connections of a service', () => {
  const service = 'audit';
  const readsOf = async (environment: { readonly [name: string]: string }, skewMs = 0) => {
    const metrics = new Registry();
    const context = { metrics, service, database: database.pool, environment } as unknown as ServiceContext;
    measureConnections(context);
    const { now } = Date;
    Date.now = () => now() + skewMs;
    try {
      await askDatabase(context);
    } finally {
      Date.now = now;
    }
    const text = await metrics.metrics();
    return (series: string): number =>
      Number(
        text
          .split('\n')
          .find((line) => line.startsWith(`${series} `))
          ?.split(' ')[1],
      );
  };

  it('are counted by state, up to the limit of the pool', async () => {
    const client = await database.pool.connect();
    try {
      const read = await readsOf({});
      const of = (state: string): number =>
        read(`database_pool_connections{service="audit",state="${state}"}`);
      expect(of('busy')).toBe(1);
      expect(of('waiting')).toBe(0);
      expect(of('most')).toBe(database.pool.options.max);
    } finally {
      client.release();
    }
  });

  it('show how far the clock is from that of the database', async () => {
    const offset = 'clock_offset_seconds{service="audit"}';
    expect(Math.abs((await readsOf({}))(offset))).toBeLessThan(0.5);
    expect((await readsOf({}, 30_000))(offset)).toBeGreaterThan(29);
  });

  it('show how much of the disk is free, and nothing where there is none', async () => {
    const free = 'disk_free_ratio{service="audit"}';
    for (const home of [{}, { INTERLOCK_HOME: tmpdir() }]) {
      const share = (await readsOf(home))(free);
      expect([share > 0, share < 1]).toEqual([true, true]);
    }
    expect((await readsOf({ INTERLOCK_HOME: join(tmpdir(), 'no such home') }))(free)).toBeNaN();
  });

  it('show when the first certificate of a file expires', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'interlock-certificates-'));
    try {
      const pems = await Promise.all(
        [20, 3].map(async (days) => {
          const notAfterDate = new Date(Date.now() + days * 86_400_000);
          return (await generate([{ name: 'commonName', value: 'bus' }], { keyType: 'ec', notAfterDate }))
            .cert;
        }),
      );
      const file = join(folder, 'bus.pem');
      writeFileSync(file, pems.join('\n'));
      const read = await readsOf({
        NATS_CA_FILE: file,
        EVENT_STORE_URL: `esdb://log:2113?tls=true&tlsCAFile=${encodeURIComponent(file)}`,
      });
      for (const use of ['bus_authority', 'log_authority']) {
        const left =
          read(`certificate_expires_timestamp_seconds{service="audit",use="${use}"}`) - Date.now() / 1000;
        expect(Math.round(left / 86_400)).toBe(3);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('metrics of several services in one registry', () => {
  it('are one metric, labelled', async () => {
    const registry = new Registry();
    for (const service of ['one', 'two']) {
      counterOf(registry, 'interlock_relayed_events_total').inc({ service });
      gaugeOf(registry, 'interlock_relay_active').set({ service }, 7);
      histogramOf(registry, 'rpc_duration_seconds').observe({ service }, 0.2);
    }
    addDefaultMetrics(registry);
    addDefaultMetrics(registry);
    const text = await registry.metrics();
    for (const line of [
      'interlock_relayed_events_total{service="one"} 1',
      'interlock_relayed_events_total{service="two"} 1',
      'interlock_relay_active{service="two"} 7',
      'rpc_duration_seconds_count{service="one"} 1',
      'process_cpu_seconds_total',
    ])
      expect(text).toContain(line);
  });
});
