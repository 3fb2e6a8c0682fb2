import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { InMemoryEventStore, testMetadata } from '@interlock/kernel';
import { defineProjection, ProjectionRunner } from '@interlock/postgres';
import { startPostgres, until, type TestPostgres } from '@interlock/testing';
import { Registry } from 'prom-client';
import { addDefaultMetrics, counterOf, gaugeAtScrape, gaugeOf, histogramOf } from '../src/index.js';

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
