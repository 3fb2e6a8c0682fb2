import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { collect, testMetadata } from '@interlock/kernel';
import { createRelay, type Relay } from '@interlock/jetstream';
import type { RunningService } from '@interlock/platform';
import { startParts, testContext, until, type Parts } from '@interlock/testing';
import { start } from '../src/main.js';
import { signatureOf, startReceiver, type Receiver } from './receiver.ts';

type Body = { readonly [member: string]: unknown };
type Listed = {
  readonly channel_id: string;
  readonly what: string;
  readonly state: string;
  readonly name: string;
  readonly alert_id: string;
};

const secret = `whsec_${Buffer.from('a secret of thirty-two bytes, ok').toString('base64')}`;
let parts: Parts;
let relay: Relay;
let service: RunningService;
let ops: Receiver;
let serial = 0;

const append = async (stream: string, type: string, data: object): Promise<void> => {
  serial += 1;
  await parts.log.store.append(
    stream,
    [
      {
        id: `00000000-0000-4000-8000-${String(serial).padStart(12, '0')}`,
        type,
        data,
        metadata: { ...testMetadata(), occurred_at: new Date().toISOString() },
      },
    ],
    'any',
  );
};
const call = async (
  method: string,
  path: string,
  body?: object,
  tenant = 'demo',
): Promise<{ status: number; body: Body }> => {
  const headers = await parts.issuer.person(['ALERT_READ', 'ALERT_WRITE'], { tenant });
  const response = await fetch(`http://127.0.0.1:${service.http.port}/api/v1/alerts${path}`, {
    method,
    headers: { ...headers, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Body };
};
const listed = async (query = '', tenant = 'demo'): Promise<readonly Listed[]> =>
  (await call('GET', `/deliveries${query}`, undefined, tenant)).body['items'] as readonly Listed[];

beforeAll(async () => {
  parts = await startParts();
  ops = await startReceiver();
  relay = createRelay({ store: parts.log.store, connection: parts.connection });
  relay.start();
  service = await start(
    testContext(parts, 'alerting', {
      ALERTING_POLL_MS: '50',
      ALERTING_RETRY_FIRST_MS: '20',
      ALERTING_SEND_MS: '2000',
      ALERTING_ALLOWED_NETWORKS: '127.0.0.0/8',
      CHANNEL_DEMO__OPS: secret,
    }),
  );
});
afterAll(async () => {
  await service.stop();
  await relay.stop();
  await ops.stop();
  await parts.stop();
});

describe('alerts that reach people', () => {
  it('a channel and a route are set, an alert fires, is delivered signed, acknowledged and resolved, and each is an event', async () => {
    const set = await call('PUT', '/channels/ops', {
      kind: 'webhook',
      url: `${ops.url}/hook`,
      secret_ref: 'env:CHANNEL_DEMO__OPS',
    });
    expect(set).toMatchObject({ status: 200, body: { kind: 'webhook', revision: '0' } });
    const routed = await call('PUT', '/routes', {
      routes: [{ name: 'all', channels: ['ops'] }],
    });
    expect(routed).toMatchObject({ status: 200, body: { is_default: false, missing: [] } });
    await append('kill_switch-demo:tenant', 'KillSwitchEngaged', { scope: 'tenant' });
    const [first] = await until(() => ops.received.length > 0 && ops.received, 'the webhook is called');
    const told = new Webhook(secret).verify(first!.body, signatureOf(first));
    expect(told).toMatchObject({
      type: 'alert.trigger',
      data: { name: 'kill_switch', severity: 'critical', tenant_id: 'demo', episode: 1 },
    });
    const { alert_id } = (told as { data: { alert_id: string } }).data;
    const delivered = await until(
      async () => (await listed(`?alert_id=${alert_id}`)).find(({ state }) => state === 'delivered'),
      'it is listed as delivered',
    );
    expect(delivered).toMatchObject({ channel_id: 'ops', what: 'trigger' });
    await until(async () => (await call('GET', `/${alert_id}`)).status === 200, 'the alert is shown');
    expect(await call('POST', `/${alert_id}/acknowledge`, { note: 'on it' })).toMatchObject({ status: 200 });
    await append('kill_switch-demo:tenant', 'KillSwitchReleased', { scope: 'tenant' });
    await until(() => ops.received.length === 3, 'acknowledgement and end are told');
    expect(ops.received.map(({ body }) => (JSON.parse(body) as { type: string }).type)).toEqual([
      'alert.trigger',
      'alert.acknowledge',
      'alert.resolve',
    ]);
    const events = await until(async () => {
      const all = await collect(parts.log.store.read(`delivery-demo:${alert_id}`));
      return all.length === 3 && all;
    }, 'all three are events');
    expect(events.map(({ type }) => type)).toEqual(Array(3).fill('NotificationDelivered'));
  });
});
