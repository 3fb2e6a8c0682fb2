import { readFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Actor, Scope } from '@interlock/contracts';
import { collect, testMetadata, uuidV5 } from '@interlock/kernel';
import type { RunningService } from '@interlock/platform';
import { verifyProjection } from '@interlock/postgres';
import {
  startParts,
  startReceiver,
  takesAll,
  testContext,
  until,
  type Parts,
  type Received,
  type Receiver,
} from '@interlock/testing';
import { verifyWebhook } from '@interlock/client';
import { deliveriesProjection } from '../src/delivery/deliveries.projection.js';
import { start } from '../src/main.js';
import { crashing } from './crashing.js';
import { refusalCases } from './webhook-refusals.js';

const state = mkdtempSync(join(tmpdir(), 'interlock-webhooks-'));
const examples = JSON.parse(
  readFileSync(new URL('../../../fixtures/rails/events.json', import.meta.url), 'utf8'),
) as { readonly [type: string]: { readonly [member: string]: unknown } };
let parts: Parts;
let service: RunningService;
let receiver: Receiver;
/** The appends that fail, as if the process died before them. */
let crashes: (stream: string) => boolean = () => false;
let serial = 0;

type Answer = { readonly status: number; readonly body: { readonly [member: string]: unknown } };
type Listed = { readonly webhook_id: string; readonly state: string; readonly parked: number };
type Delivery = {
  readonly event_id: string;
  readonly action_id: string | null;
  readonly intent_id: string | null;
  readonly state: string;
  readonly attempts: number;
  readonly detail: string | null;
};
type Registered = { readonly webhook_id: string; readonly secret: string };
type Told = {
  readonly type: string;
  readonly id: string;
  readonly specversion: string;
  readonly data: {
    readonly intent_id: string;
    readonly tenant_id: string;
    readonly action_id: string;
    readonly state?: string;
  };
};

const append = async (stream: string, type: string, data: object, by?: Actor): Promise<string> => {
  serial += 1;
  const id = uuidV5('webhooks-test', `${serial}`);
  const metadata = {
    ...testMetadata(by === undefined ? {} : { actor: by }),
    occurred_at: new Date().toISOString(),
  };
  await parts.log.store.append(stream, [{ id, type, data, metadata }], 'any');
  return id;
};
const accept = (action: string, requester: string, tenant = 'demo'): Promise<string> => {
  const example = examples['IntentAccepted']!;
  const intent = { ...(example['intent'] as object), intent_id: `intent of ${action}`, tenant_id: tenant };
  return append(`action-${tenant}:${action}`, 'IntentAccepted', {
    ...example,
    action_id: action,
    requester,
    intent,
  });
};
const deny = (action: string, tenant = 'demo'): Promise<string> =>
  append(`action-${tenant}:${action}`, 'ActionDenied', examples['ActionDenied']!);

const ask = async (
  method: string,
  path: string,
  {
    as,
    body,
    tenant = 'demo',
    scopes = ['AUTONOMOUS_SUBMIT'],
  }: {
    readonly as: string;
    readonly body?: object;
    readonly tenant?: string;
    readonly scopes?: readonly Scope[];
  },
): Promise<Answer> => {
  const headers = await parts.issuer.service(scopes, { tenant, sub: as });
  const response = await fetch(`http://127.0.0.1:${service.http.port}/api/v1/webhooks${path}`, {
    method,
    headers: { ...headers, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Answer['body'] };
};
/** Registers a webhook and waits until the read model has it. */
const register = async (as: string, path: string, tenant = 'demo'): Promise<Registered> => {
  const { status, body } = await ask('POST', '', { as, tenant, body: { url: `${receiver.url}${path}` } });
  expect(status).toBe(201);
  const webhook = body as unknown as Registered;
  await until(
    async () => (await ask('GET', `/${webhook.webhook_id}`, { as, tenant })).status === 200,
    'it is listed',
  );
  return webhook;
};
const listed = async (as: string, id: string): Promise<Listed> =>
  (await ask('GET', `/${id}`, { as })).body as unknown as Listed;
const deliveries = async (as: string, id: string): Promise<readonly Delivery[]> =>
  (await ask('GET', `/${id}/deliveries`, { as })).body['items'] as readonly Delivery[];
const received = (path: string): readonly Received[] => receiver.received.filter((one) => one.path === path);
const told = (path: string): readonly Told[] => received(path).map(({ body }) => JSON.parse(body) as Told);

beforeAll(async () => {
  [parts, receiver] = await Promise.all([startParts({ durable: true }), startReceiver()]);
  const context = testContext(parts, 'alerting', {
    ALERTING_POLL_MS: '50',
    ALERTING_RETRY_FIRST_MS: '20',
    ALERTING_RETRY_MOST_MS: '50',
    ALERTING_SEND_MS: '2000',
    ALERTING_CLAIM_MS: '2000',
    ALERTING_ALLOWED_NETWORKS: '127.0.0.0/8',
    ALERTING_STATE_DIR: state,
    ALERTING_GIVE_UP_S: '3000',
  });
  service = await start({ ...context, store: crashing(context.store, (stream) => crashes(stream)) });
});
afterAll(async () => {
  await service.stop();
  await receiver.stop();
  await parts.stop();
  rmSync(state, { recursive: true, force: true });
});

describe('a webhook', () => {
  it('receives its own intents as signed CloudEvents, in order, and nobody else’s', async () => {
    const { webhook_id, secret } = await register('inbox', '/own');
    await register('other', '/other');
    await register('inbox', '/elsewhere', 'acme');
    const acceptedId = await accept('own-1', 'service:inbox');
    await accept('other-1', 'service:other');
    await accept('stranger-1', 'service:stranger');
    await accept('acme-1', 'service:stranger', 'acme');
    await deny('acme-1', 'acme');
    await deny('stranger-1');
    const endedId = await deny('own-1');
    await until(() => told('/own').length === 2 && told('/other').length === 1, 'both are told');
    const [first, second] = received('/own');
    expect(first!.headers['content-type']).toBe('application/cloudevents+json; charset=utf-8');
    expect(first!.headers['webhook-id']).toBe(acceptedId);
    expect(verifyWebhook(secret, first!.headers, first!.body)).toMatchObject({
      specversion: '1.0',
      id: acceptedId,
      type: 'interlock.intent_accepted.v1',
      data: { intent_id: 'intent of own-1', action_id: 'own-1', tenant_id: 'demo' },
    });
    expect(verifyWebhook(secret, second!.headers, second!.body)).toMatchObject({
      id: endedId,
      type: 'interlock.action_outcome.v1',
      data: { intent_id: 'intent of own-1', state: 'CANCELLED', effect: 'none', sequence: 1 },
    });
    expect(() => verifyWebhook(secret, first!.headers, second!.body)).toThrow();
    expect(told('/other').map(({ data }) => data.action_id)).toEqual(['other-1']);
    const all = await until(async () => {
      const found = await deliveries('inbox', webhook_id);
      return found.every(({ state }) => state === 'delivered') && found;
    }, 'both are recorded');
    expect(all.map(({ event_id }) => event_id)).toEqual([endedId, acceptedId]);
    expect(told('/elsewhere')).toEqual([]);
    const events = await collect(parts.log.store.read('delivery-demo:own-1'));
    expect(events.map(({ type }) => type)).toEqual(['NotificationDelivered', 'NotificationDelivered']);
    expect(JSON.stringify(events.map(({ data }) => data))).not.toContain(secret);
  });

  it('is seen by its owner and by people who administer the tenant only', async () => {
    const { webhook_id } = await register('owner', '/seen');
    const admin = { as: 'admin', scopes: ['AUTONOMY_ADMIN'] as const };
    expect((await ask('GET', `/${webhook_id}`, { as: 'thief' })).status).toBe(404);
    expect((await ask('DELETE', `/${webhook_id}`, { as: 'thief' })).status).toBe(404);
    expect((await ask('GET', `/${webhook_id}`, { as: 'owner', tenant: 'acme' })).status).toBe(404);
    const { body } = await ask('GET', `/${webhook_id}`, admin);
    expect(body).toMatchObject({ owner: 'service:owner', state: 'active' });
    expect(JSON.stringify(body)).not.toContain('whsec_');
    expect((await ask('DELETE', `/${webhook_id}`, admin)).status).toBe(200);
    await until(
      async () => (await ask('GET', `/${webhook_id}`, { as: 'owner' })).status === 404,
      'it is gone',
    );
    await accept('seen-1', 'service:owner');
    const later = await register('owner', '/later');
    await accept('seen-2', 'service:owner');
    await until(() => told('/later').length === 1, 'the later one is told');
    expect(told('/seen')).toEqual([]);
    expect((await deliveries('owner', later.webhook_id)).length).toBe(1);
  });

  it('is refused for an address that may not be reached, or that the owner has', async () => {
    const post = (url: string): Promise<Answer> => ask('POST', '', { as: 'picky', body: { url } });
    for (const url of [
      'http://example.org/hook',
      'http://8.8.8.8/hook',
      'https://10.0.0.1/hook',
      'https://169.254.169.254/latest',
      'https://user:word@example.org/',
      'ftp://example.org/',
      'no address',
    ])
      expect({ url, ...(await post(url)) }).toMatchObject({ url, status: 422 });
    expect((await post(`${receiver.url}/twice`)).status).toBe(201);
    expect(await post(`${receiver.url}/twice`)).toMatchObject({ status: 409 });
  });
});

describe('a webhook without an action', () => {
  refusalCases({
    parts: () => parts,
    receiver: () => receiver,
    ...{ append, register, deliveries, received, ask },
  });
});

describe('a receiver', () => {
  it.each([
    ['answers 500', 500, 'the receiver answered 500'],
    ['redirects', 302, 'a redirect, which is not followed'],
  ])('that %s parks the notice, and gets it by a replay under its id', async (how, status, detail) => {
    const owner = `parks-${status}`;
    const path = `/${owner}`;
    const { webhook_id } = await register(owner, path);
    receiver.behave = (response, one) => {
      if (one.path !== path) return takesAll(response, one, 0);
      // From its second answer on, the receiver asks for a longer pause than attempts go on for.
      const asked = received(path).length > 1 ? { 'retry-after': '3600' } : {};
      response.writeHead(status, { location: `${receiver.url}/moved`, ...asked }).end();
    };
    const id = await accept(`parks-${status}`, `service:${owner}`);
    const parked = await until(
      async () => (await deliveries(owner, webhook_id)).find((one) => one.state === 'parked'),
      `${how}: it is parked`,
    );
    expect(parked).toMatchObject({ event_id: id, detail: expect.stringContaining(detail) as unknown });
    expect(parked.attempts).toBe(status === 500 ? 2 : 1);
    expect(await listed(owner, webhook_id)).toMatchObject({ parked: 1, state: 'active' });
    expect(told('/moved')).toEqual([]);
    receiver.behave = takesAll;
    const before = received(path).length;
    expect((await ask('POST', `/${webhook_id}/replay`, { as: owner, body: {} })).body).toMatchObject({
      replayed: 1,
      more: false,
    });
    await until(
      async () => (await deliveries(owner, webhook_id)).every((one) => one.state === 'delivered'),
      'it is delivered',
    );
    expect(received(path).length).toBe(before + 1);
    expect(new Set(received(path).map(({ headers }) => headers['webhook-id']))).toEqual(new Set([id]));
    const events = await collect(parts.log.store.read(`delivery-demo:parks-${status}`));
    expect(events.map(({ type }) => type)).toEqual([
      'NotificationFailed',
      'NotificationReplayed',
      'NotificationDelivered',
    ]);
  });

  it('that is slow or away gets the notice later, and its acceptance before its outcome', async () => {
    await register('slow', '/slow');
    let tries = 0;
    receiver.behave = (response, one, number) => {
      if (one.path !== '/slow') return takesAll(response, one, number);
      tries += 1;
      // The first is never answered, the second breaks off.
      if (tries === 1) return undefined;
      if (tries === 2) return void response.destroy();
      return takesAll(response, one, number);
    };
    await accept('slow-1', 'service:slow');
    await deny('slow-1');
    await until(() => told('/slow').some(({ type }) => type === 'interlock.action_outcome.v1'), 'it ends');
    receiver.behave = takesAll;
    const types = told('/slow').map(({ type }) => type);
    expect(types.slice(0, 2)).toEqual(['interlock.intent_accepted.v1', 'interlock.intent_accepted.v1']);
    expect(types.at(-1)).toBe('interlock.action_outcome.v1');
  });

  it('that answers 410 is sent nothing more', async () => {
    const { webhook_id } = await register('gone', '/gone');
    receiver.behave = (response, { path }) => response.writeHead(path === '/gone' ? 410 : 200).end();
    await accept('gone-1', 'service:gone');
    await until(async () => (await listed('gone', webhook_id)).state === 'stopped', 'it is stopped');
    receiver.behave = takesAll;
    await deny('gone-1');
    await accept('gone-2', 'service:gone');
    // A later webhook of the same owner is told of what comes after them.
    await register('gone', '/again');
    await accept('gone-3', 'service:gone');
    await until(() => told('/again').length === 1, 'the new one is told');
    expect(received('/gone').length).toBe(1);
    for (const what of ['replay', 'test'])
      expect(await ask('POST', `/${webhook_id}/${what}`, { as: 'gone', body: {} })).toMatchObject({
        status: 409,
      });
  });

  it('gets a notice again under the same id if the sender dies before it is recorded', async () => {
    const { webhook_id } = await register('crash', '/crash');
    crashes = (stream) => stream === 'delivery-demo:crash-1';
    const id = await accept('crash-1', 'service:crash');
    await until(() => received('/crash').length > 0, 'it is sent');
    await until(() => received('/crash').length > 1, 'it is sent again');
    crashes = () => false;
    await until(
      async () => (await deliveries('crash', webhook_id))[0]?.state === 'delivered',
      'it is recorded',
    );
    expect(new Set(received('/crash').map(({ headers }) => headers['webhook-id']))).toEqual(new Set([id]));
    expect((await collect(parts.log.store.read('delivery-demo:crash-1'))).length).toBe(1);
  });
});

describe('an owner who leaves', () => {
  it('has no webhooks any more, and what was on its way is dropped', async () => {
    const { webhook_id } = await register('leaver', '/leaver');
    receiver.behave = (response, { path }) => response.writeHead(path === '/leaver' ? 503 : 200).end();
    await accept('leaver-1', 'service:leaver');
    await until(() => received('/leaver').length > 0, 'it is tried');
    await append('tenant-demo:tenant', 'CredentialRevoked', { credential: 'service:leaver' });
    await until(
      async () => (await ask('GET', `/${webhook_id}`, { as: 'leaver' })).status === 404,
      'it is gone',
    );
    receiver.behave = takesAll;
    await accept('leaver-2', 'service:leaver');
    await register('leaver', '/returned');
    await accept('leaver-3', 'service:leaver');
    await until(() => told('/returned').length === 1, 'the new one is told');
    expect(told('/leaver').filter(({ data }) => data.action_id !== 'leaver-1')).toEqual([]);
  });
});

it('a rebuild of the read model finds the same rows', async () => {
  const ignored = (): void => undefined;
  const { tables } = await verifyProjection({
    pool: parts.postgres.pool,
    store: parts.log.store,
    service: 'alerting',
    projection: deliveriesProjection,
    logger: { info: ignored, warn: ignored, error: ignored },
  });
  expect(tables.filter(({ differing }) => differing > 0)).toEqual([]);
  expect(tables.find(({ table }) => table === 'webhooks')?.rows).toBeGreaterThan(5);
});
