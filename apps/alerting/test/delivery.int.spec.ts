import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { throughChange } from '@interlock/contracts';
import { collect, testMetadata } from '@interlock/kernel';
import { createRelay, type Relay } from '@interlock/jetstream';
import type { RunningService } from '@interlock/platform';
import {
  answerChangeRequests,
  type Parts,
  type Receiver,
  signatureOf,
  startParts,
  startReceiver,
  testContext,
  until,
} from '@interlock/testing';
import { verifyProjection } from '@interlock/postgres';
import { deliveriesProjection } from '../src/delivery/deliveries.projection.js';
import { start } from '../src/main.js';
import { crashing } from './crashing.js';
import { deliveryEnvironment } from './delivery-environment.js';

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
let heart: Receiver;
let changes: ReturnType<typeof answerChangeRequests>;
let serial = 0;
/** The appends that fail, as if the process died before them. */
let crashes: (stream: string) => boolean = () => false;

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
const ask = async (
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
/** Writes as two people: what loosens is approved by the second. */
const call = (...asked: Parameters<typeof ask>): ReturnType<typeof ask> =>
  throughChange(
    () => ask(...asked),
    (change) => changes.approve(asked[3] ?? 'demo', change),
  );
const listed = async (query = '', tenant = 'demo'): Promise<readonly Listed[]> =>
  (await call('GET', `/deliveries${query}`, undefined, tenant)).body['items'] as readonly Listed[];

/** What a receiver was sent, except the change requests that this suite approves itself. */
const heard = (receiver: Receiver): Receiver['received'] =>
  receiver.received.filter(({ body }) => !body.includes('"person_asked"'));

beforeAll(async () => {
  [parts, ops, heart] = await Promise.all([startParts({ durable: true }), startReceiver(), startReceiver()]);
  relay = createRelay({ store: parts.log.store, connection: parts.connection });
  relay.start();
  const context = testContext(parts, 'alerting', deliveryEnvironment(heart.url, secret));
  service = await start({ ...context, store: crashing(context.store, (stream) => crashes(stream)) });
  changes = answerChangeRequests(parts, 'alerting');
});
afterAll(async () => {
  await service.stop();
  await relay.stop();
  await Promise.all([ops.stop(), heart.stop()]);
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
    const [first] = await until(() => heard(ops).length > 0 && heard(ops), 'the webhook is called');
    const verified = new Webhook(secret).verify(first!.body, signatureOf(first));
    expect(verified).toMatchObject({
      type: 'alert.trigger',
      data: { name: 'kill_switch', severity: 'critical', tenant_id: 'demo', episode: 1 },
    });
    const { alert_id } = (verified as { data: { alert_id: string } }).data;
    const delivered = await until(
      async () => (await listed(`?alert_id=${alert_id}`)).find(({ state }) => state === 'delivered'),
      'it is listed as delivered',
    );
    expect(delivered).toMatchObject({ channel_id: 'ops', what: 'trigger' });
    await until(async () => (await call('GET', `/${alert_id}`)).status === 200, 'the alert is shown');
    expect(await call('POST', `/${alert_id}/acknowledge`, { note: 'on it' })).toMatchObject({ status: 200 });
    await append('kill_switch-demo:tenant', 'KillSwitchReleased', { scope: 'tenant' });
    // The release is a separate alert, which is delivered too.
    const ofAlert = (): readonly string[] =>
      heard(ops)
        .map(({ body }) => JSON.parse(body) as { type: string; data: { alert_id: string } })
        .filter(({ data }) => data.alert_id === alert_id)
        .map(({ type }) => type);
    await until(() => ofAlert().length === 3, 'acknowledgement and end are told');
    expect(ofAlert()).toEqual(['alert.trigger', 'alert.acknowledge', 'alert.resolve']);
    const events = await until(async () => {
      const all = await collect(parts.log.store.read(`delivery-demo:${alert_id}`));
      return all.length === 3 && all;
    }, 'all three are events');
    expect(events.map(({ type }) => type)).toEqual(Array(3).fill('NotificationDelivered'));
  });
});

const notices = (
  receiver: Receiver,
): readonly { type: string; data: { name: string; dedup_key: string } }[] =>
  heard(receiver).map(
    ({ body }) => JSON.parse(body) as { type: string; data: { name: string; dedup_key: string } },
  );
const engage = (tenant: string): Promise<void> =>
  append(`kill_switch-${tenant}:tenant`, 'KillSwitchEngaged', { scope: 'tenant' });
const release = (tenant: string): Promise<void> =>
  append(`kill_switch-${tenant}:tenant`, 'KillSwitchReleased', { scope: 'tenant' });
const webhookFor = (tenant: string, receiver: Receiver): object => ({
  kind: 'webhook',
  url: `${receiver.url}/${tenant}`,
  secret_ref: `env:CHANNEL_${tenant.toUpperCase()}__OPS`,
});

describe('a channel that fails', () => {
  it('is retried until it takes the notice, in order, and its requested delay is respected', async () => {
    const pager = await startReceiver((response, _request, number) => {
      if (number === 0) response.writeHead(503).end();
      else if (number === 1) response.writeHead(429, { 'retry-after': '1' }).end();
      else response.writeHead(204).end();
    });
    await call('PUT', '/channels/pager', webhookFor('slow', pager), 'slow');
    await engage('slow');
    await until(() => heard(pager).length > 0, 'it is tried');
    await release('slow');
    await until(async () => {
      const all = await listed('', 'slow');
      return all.length === 2 && all.every(({ state }) => state === 'delivered');
    }, 'both are delivered');
    expect(notices(pager).map(({ type }) => type)).toEqual([
      'alert.trigger',
      'alert.trigger',
      'alert.trigger',
      'alert.resolve',
    ]);
    expect(
      new Set(
        heard(pager)
          .slice(0, 3)
          .map(({ headers }) => headers['webhook-id']),
      ).size,
    ).toBe(1);
    const [trigger] = await listed('?limit=1', 'slow');
    const events = await collect(parts.log.store.read(`delivery-slow:${trigger!.alert_id}`));
    expect(events.map(({ data }) => (data as { attempts: number }).attempts)).toEqual([3, 1]);
    await pager.stop();
  });

  it('permanently is reported on the others and shown until it delivers again', async () => {
    const broken = await startReceiver((response) => response.writeHead(410).end());
    const duty = await startReceiver();
    await call('PUT', '/channels/broken', webhookFor('faulty', broken), 'faulty');
    await call('PUT', '/channels/duty', webhookFor('faulty', duty), 'faulty');
    expect(await call('POST', '/channels/broken/test', {}, 'faulty')).toMatchObject({ status: 202 });
    await until(() => notices(duty).some(({ data }) => data.name === 'channel_failing'), 'the other is told');
    expect(notices(broken).map(({ data }) => data.name)).toEqual(['test_message']);
    await until(
      async () => (await call('GET', '/channels/broken', undefined, 'faulty')).body['failing'] === true,
      'it is shown',
    );
    expect((await listed('?state=failed', 'faulty'))[0]).toMatchObject({
      channel_id: 'broken',
      what: 'test',
    });
    broken.behave = (response) => response.writeHead(200).end();
    await call('POST', '/channels/broken/test', {}, 'faulty');
    await until(() => notices(duty).some(({ type }) => type === 'alert.resolve'), 'its end is told');
    await until(
      async () => (await call('GET', '/channels/broken', undefined, 'faulty')).body['failing'] === false,
      'it is well',
    );
    expect(String((await call('GET', '/channels/broken', undefined, 'faulty')).body['revision'])).toBe('2');
    await Promise.all([broken.stop(), duty.stop()]);
  });
});

describe('routes', () => {
  it('escalate to the next one if nobody acknowledges in time', async () => {
    const both = await startReceiver();
    for (const id of ['first', 'next']) {
      const url = `${both.url}/${id}`;
      await call('PUT', `/channels/${id}`, { ...webhookFor('late', both), url }, 'late');
    }
    const plain = { quiet_hours: null, severities: null };
    await append('route-late:routes', 'AlertRoutesChanged', {
      routes: [
        {
          ...plain,
          name: 'first',
          alerts: null,
          channels: ['first'],
          escalation: { after_s: 1, route: 'next' },
        },
        { ...plain, name: 'next', alerts: [], channels: ['next'], escalation: null },
      ],
    });
    await engage('late');
    await until(() => heard(both).length === 2, 'the next is told');
    expect(heard(both).map(({ path }) => path)).toEqual(['/first', '/next']);
    await release('late');
    await until(
      () => notices(both).filter(({ type }) => type === 'alert.resolve').length === 2,
      'both are told of the end',
    );
    await both.stop();
  });

  it('hold back non-critical alerts in quiet hours; one that becomes critical is sent once, immediately', async () => {
    const night = await startReceiver();
    await call('PUT', '/channels/night', webhookFor('quiet', night), 'quiet');
    const clock = (hours: number): string =>
      new Date(Date.now() + hours * 3_600_000).toISOString().slice(11, 16);
    const quiet_hours = { time_zone: 'UTC', from: clock(-2), to: clock(2) };
    await call('PUT', '/routes', { routes: [{ name: 'night', channels: ['night'], quiet_hours }] }, 'quiet');
    const alertId = '00000000-0000-5000-8000-00000000000a';
    const cause = { event_id: alertId, type: 'PostureChanged', stream: 'posture-quiet:level' };
    const alert = { alert_id: alertId, name: 'policy_error_rate', fingerprint: 'f', detail: 'd', cause };
    const states = async (): Promise<readonly string[]> =>
      (await listed(`?alert_id=${alertId}`, 'quiet')).map(({ state }) => state).sort();
    await append(`alert-quiet:${alertId}`, 'AlertFired', { ...alert, severity: 'high' });
    await until(async () => (await states()).length === 1, 'it is held');
    expect(await states()).toEqual(['pending']);
    await append(`alert-quiet:${alertId}`, 'AlertFired', { ...alert, severity: 'critical' });
    await until(async () => (await states()).includes('delivered'), 'it is told');
    expect(await states()).toEqual(['delivered', 'dropped']);
    expect(heard(night)).toHaveLength(1);
    await night.stop();
  });

  it('and channels are refused with every fault named, belong to their tenant only, and disappear when removed', async () => {
    const faulty = await call('PUT', '/channels/x', { kind: 'email', url: 'x', to: [] });
    expect(faulty).toMatchObject({ status: 422, body: { code: 'validation-failed' } });
    const pointers = (body: Body): readonly string[] =>
      (body['violations'] as { pointer: string }[]).map(({ pointer }) => pointer);
    expect(pointers(faulty.body)).toEqual(['/host', '/from', '/url']);
    const foreign = { kind: 'webhook', url: 'https://example.org', secret_ref: 'env:CHANNEL_OTHER__X' };
    expect(pointers((await call('PUT', '/channels/x', foreign)).body)).toEqual(['/secret_ref']);
    const plain = { ...foreign, secret_ref: secret };
    const refused = await call('PUT', '/channels/x', plain);
    expect(pointers(refused.body)).toEqual(['/secret_ref']);
    const elsewhere = { ...foreign, secret_ref: 'env:CHANNEL_DEMO__OPS' };
    expect(await call('PUT', '/channels/x', elsewhere)).toMatchObject({
      status: 403,
      body: {
        code: 'secret-not-for-host',
        detail: expect.stringContaining('`example.org:443`'),
        remedy: expect.stringContaining('`CHANNEL_DEMO__OPS__FOR`'),
      },
    });
    expect(JSON.stringify(refused.body)).not.toContain(secret);
    expect(pointers((await call('PUT', '/channels/Bad%20Name', foreign)).body)).toContain('/path/id');
    const circle = { name: 'a', channels: ['ops'], escalation: { after_s: 60, route: 'a' } };
    expect(pointers((await call('PUT', '/routes', { routes: [circle] })).body)).toEqual([
      '/routes/0/escalation/route',
    ]);
    expect(await call('GET', '/channels/ops', undefined, 'other')).toMatchObject({ status: 404 });
    expect(await call('POST', '/channels/nope/test', {})).toMatchObject({ status: 404 });
    expect(await call('DELETE', '/channels/nope')).toMatchObject({ status: 404 });
    expect((await call('GET', '/routes', undefined, 'other')).body).toMatchObject({
      is_default: true,
      missing: ['pagerduty', 'slack-policy-alerts', 'slack-policy-changes', 'github'],
      revision: '-1',
    });
    expect(await call('GET', '/deliveries?cursor=x')).toMatchObject({ status: 422 });
    await call('PUT', '/channels/gone', webhookFor('demo', ops));
    const removal = await ask('DELETE', '/channels/gone');
    expect(removal).toMatchObject({ status: 202, body: { setting: 'channel-demo:gone' } });
    await until(async () => (await ask('GET', '/channels/gone')).status === 200, 'it is still there');
    await changes.approve('demo', removal.body as unknown as { change_id: string; digest: string });
    await until(async () => (await call('GET', '/channels/gone')).status === 404, 'it is gone');
  });
});

describe('notices', () => {
  it('are sent again after a crash between sending and recording, with the same key, and recorded once', async () => {
    const taken = await startReceiver();
    await call('PUT', '/channels/taken', webhookFor('crash', taken), 'crash');
    crashes = (stream) => stream.startsWith('delivery-crash:');
    await engage('crash');
    await until(() => heard(taken).length === 2, 'it is sent again');
    crashes = () => false;
    await until(async () => (await listed('?state=delivered', 'crash')).length === 1, 'it is recorded');
    expect(new Set(heard(taken).map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    const [{ alert_id } = { alert_id: '' }] = await listed('', 'crash');
    expect(await collect(parts.log.store.read(`delivery-crash:${alert_id}`))).toHaveLength(1);
    await taken.stop();
  });

  it('are each sent once by two instances, although each answer takes longer than a claim lasts', async () => {
    const shared = await startReceiver((response) => void setTimeout(() => response.end(), 1500));
    await call('PUT', '/channels/shared', webhookFor('many', shared), 'many');
    const other = await start(testContext(parts, 'alerting', deliveryEnvironment(heart.url, secret)));
    const alerts = Array.from({ length: 12 }, (_, i) => `type=t${i}`);
    for (const id of alerts) await append(`kill_switch-many:${id}`, 'KillSwitchEngaged', { scope: id });
    await until(
      async () => (await listed('?state=delivered&limit=50', 'many')).length === 12,
      'all are delivered',
    );
    expect(heard(shared)).toHaveLength(12);
    await other.stop();
    await shared.stop();
  });

  it('are the same after the queue was rebuilt from the log, and none is sent again', async () => {
    const before = heard(ops).length;
    const { tables } = await verifyProjection({
      pool: parts.postgres.pool,
      store: parts.log.store,
      service: 'alerting',
      projection: deliveriesProjection,
      logger: {
        info: () => undefined,
        warn: () => undefined,
        error: () => undefined,
      },
    });
    expect(tables.filter(({ differing }) => differing > 0)).toEqual([]);
    expect(tables.find(({ table }) => table === 'deliveries')?.rows).toBeGreaterThan(20);
    expect(heard(ops)).toHaveLength(before);
  });

  it('leave no secret in log lines and events', async () => {
    const events = await collect(parts.log.store.readAll());
    const bare = secret.slice('whsec_'.length);
    expect(parts.lines.length).toBeGreaterThan(0);
    expect(parts.lines.join('\n')).not.toContain(bare);
    expect(JSON.stringify(events.map(({ data }) => data))).not.toContain(bare);
  });
});

describe('without the log, and without the database', () => {
  it("people are still notified, and so is the heartbeat's receiver", async () => {
    const at =
      (name: string, type: string): (() => boolean) =>
      () =>
        notices(ops).some((one) => one.type === type && one.data.name === name);
    await until(() => heard(heart).length > 1, 'the heart beats');
    await parts.log.down();
    await until(at('log_unavailable', 'alert.trigger'), 'the log is told to be away');
    await parts.log.up();
    await until(at('log_unavailable', 'alert.resolve'), 'it is told to be back');
    const beats = heard(heart).length;
    await parts.postgres.pool.query(`select 1`);
    const { pool } = parts.postgres;
    const query = pool.query.bind(pool);
    Object.assign(pool, { query: () => Promise.reject(new Error('away')) });
    await until(at('database_unavailable', 'alert.trigger'), 'the database is told to be away');
    Object.assign(pool, { query });
    await until(at('database_unavailable', 'alert.resolve'), 'it is told to be back');
    await until(() => heard(heart).length > beats, 'the heart beats on');
    expect(
      notices(ops).filter(({ data, type }) => data.name === 'log_unavailable' && type === 'alert.trigger'),
    ).toHaveLength(1);
  });
});
