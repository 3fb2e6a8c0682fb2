import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { isProblem, testMetadata, type EventToAppend } from '@interlock/kernel';
import type { RelayedEvent } from '@interlock/jetstream';
import type { RunningService } from '@interlock/platform';
import { startParts, testContext, until, type Parts } from '@interlock/testing';
import { start } from '../src/main.js';

let parts: Parts;
const running: RunningService[] = [];
let written = 0;

beforeAll(async () => {
  parts = await startParts();
});
afterEach(async () => {
  for (const service of running.splice(0)) await service.stop();
});
afterAll(async () => {
  await parts.stop();
});

const boot = async (environment: { readonly [name: string]: string } = {}): Promise<RunningService> => {
  const service = await start(testContext(parts, 'relay', environment));
  running.push(service);
  return service;
};
const get = async (
  service: RunningService,
  path: string,
): Promise<{ readonly status: number; readonly body: string }> => {
  const answer = await fetch(`http://127.0.0.1:${service.http.port}${path}`);
  return { status: answer.status, body: await answer.text() };
};
const metric = async (service: RunningService, name: string): Promise<number> => {
  const body = await parts.issuer.metricsOf(`http://127.0.0.1:${service.http.port}`);
  return Number(new RegExp(`^${name}\\{[^}]*\\} (\\S+)$`, 'm').exec(body)?.[1]);
};
const event = (): EventToAppend => ({
  id: randomUUID(),
  type: 'Happened',
  data: { n: (written += 1) },
  metadata: testMetadata({ tenant_id: 'demo' }),
});
const write = async (count: number): Promise<void> => {
  for (let i = 0; i < count; i += 1) await parts.log.store.append('action-demo:relay', [event()], 'any');
};
const onBus = async (): Promise<number[]> => {
  const manager = await parts.connection.jetstreamManager();
  const { state } = await manager.streams.info('EVENTS');
  const all: number[] = [];
  for (let seq = state.first_seq; seq <= state.last_seq && state.messages > 0; seq += 1)
    all.push(
      ((await manager.streams.getMessage('EVENTS', { seq })).json<RelayedEvent>().data as { n: number }).n,
    );
  return all;
};
const everything = (): number[] => Array.from({ length: written }, (_, i) => i + 1);
const arrived = (): Promise<unknown> =>
  until(async () => (await onBus()).length >= written, 'all events to be on the bus');

describe('the relay service', () => {
  it('copies the log to the bus, becomes ready, and reports its progress', async () => {
    await write(30);
    const service = await boot();
    await arrived();
    expect(await onBus()).toEqual(everything());
    const ready = await get(service, '/health/ready');
    expect(ready.status).toBe(200);
    expect(JSON.parse(ready.body)).toMatchObject({
      status: 'ready',
      checks: expect.arrayContaining([{ name: 'relay', ok: true }]),
    });
    // An event is counted once the bus has acknowledged it; the lag is updated at the relay's next
    // check.
    await until(
      async () => (await metric(service, 'interlock_relayed_events_total')) >= 30,
      'all events to be counted',
    );
    await until(
      async () => (await metric(service, 'interlock_relay_lag_positions')) === 0,
      'the relay to see that nothing is left',
    );
    expect(await metric(service, 'interlock_relay_active')).toBe(1);
  });

  it('continues from its last position after a restart', async () => {
    await write(10);
    await boot();
    await arrived();
    await running.pop()!.stop();
    await write(10);
    await boot();
    await arrived();
    expect(await onBus()).toEqual(everything());
  });

  it('is ready while it stands by for another instance', async () => {
    const first = await boot();
    await write(5);
    await arrived();
    const second = await boot();
    expect((await get(second, '/health/ready')).status).toBe(200);
    await running.shift()!.stop();
    expect(first.service).toBe('relay');
    await write(5);
    await arrived();
    expect(await onBus()).toEqual(everything());
  });

  it('is not ready if nothing reaches the bus while the log is ahead, and recovers', async () => {
    const service = await boot({ INTERLOCK_RELAY_STALL_S: '1' });
    await write(1);
    await arrived();
    const manager = await parts.connection.jetstreamManager();
    const { config } = await manager.streams.info('EVENTS');
    await manager.streams.update('EVENTS', { ...config, subjects: ['interlock.nothing.*'] });
    await write(3);
    await until(
      async () => (await get(service, '/health/ready')).status === 503,
      'the relay to be not ready',
    );
    expect((await get(service, '/health/ready')).body).toContain('not-current');
    await manager.streams.update('EVENTS', config);
    await arrived();
    expect(await onBus()).toEqual(everything());
    await until(async () => (await get(service, '/health/ready')).status === 200, 'the relay to be ready');
  });

  it('leaves a forged event out, and still reaches the end of the log', async () => {
    const service = await boot();
    await write(1);
    const forged = { ...event(), metadata: testMetadata({ writer: 'budget-ledger' }) };
    await parts.log.store.append('action-demo:relay', [forged], 'any');
    written -= 1;
    await until(
      async () => (await metric(service, 'interlock_relay_lag_positions')) === 0,
      'the relay to be level',
    );
    await arrived();
    expect(await onBus()).toEqual(everything());
    expect((await get(service, '/health/ready')).status).toBe(200);
  });

  it('refuses an invalid environment', async () => {
    const error: unknown = await boot({ INTERLOCK_RELAY_WINDOW: 'many', INTERLOCK_RELAY_STALL_S: '0' }).catch(
      (e: unknown) => e,
    );
    expect(isProblem(error, 'validation-failed')).toBe(true);
    const pointers = isProblem(error) ? error.violations.map(({ pointer }) => pointer) : [];
    expect(new Set(pointers)).toEqual(new Set(['/INTERLOCK_RELAY_WINDOW', '/INTERLOCK_RELAY_STALL_S']));
  });
});

describe('the figures of the bus', () => {
  it('are the age of what the bus lacks, and what each stream holds', async () => {
    const service = await boot();
    await write(3);
    await arrived();
    expect(
      await until(async () => {
        const lag = await metric(service, 'interlock_relay_lag_seconds');
        return lag === 0 && { lag };
      }, 'the bus is level with the log'),
    ).toEqual({ lag: 0 });
    await parts.connection.jetstream().publish('interlock.dead.some-consumer', '{}');
    const read = (): Promise<string> => parts.issuer.metricsOf(`http://127.0.0.1:${service.http.port}`);
    const text = await until(async () => {
      const body = await read();
      return body.includes('bus_stream_messages{stream="DEAD"') && body;
    }, 'the streams are read');
    for (const stream of ['INTENTS', 'OUTCOMES', 'EVENTS', 'REJECTED', 'SIGNALS'])
      expect(text).toContain(`bus_stream_messages{stream="${stream}"`);
    expect(text).toMatch(/^bus_stream_messages\{stream="DEAD"[^}]*\} 1$/m);
    expect(text).toMatch(/^bus_storage_bytes\{state="used"[^}]*\} [1-9]\d*$/m);
  });
});
