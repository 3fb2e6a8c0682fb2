import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { scopes, type ActionIntentV1 } from '@interlock/contracts';
import { actionIdOf } from '@interlock/kernel';
import { RpcClient } from '@interlock/jetstream';
import { until } from '@interlock/testing';
import { registerUser } from './registered.js';
import { intentsOf, requestRails, startRails, type RailsAnswer, type StartedRails } from './started-rails.js';

type Who = { readonly sub?: string; readonly kind?: 'person' | 'service'; readonly own?: boolean };

let started: StartedRails;

/**
 * By a token of tenant `acme` that allows `demo` too; the header chooses `demo` unless `own` says
 * that nothing is chosen.
 */
const headersOf = async ({
  sub = 'ann',
  kind = 'person',
  own = false,
}: Who): Promise<{ readonly [name: string]: string }> => {
  const token = await started.parts.issuer.token({
    tenant: 'acme',
    tenants: ['acme', 'demo'],
    scopes,
    sub,
    kind,
  });
  return { authorization: `Bearer ${token}`, ...(own ? {} : { 'x-tenant-id': 'demo' }) };
};
const call = async (method: string, path: string, body?: unknown, who: Who = {}): Promise<RailsAnswer> =>
  requestRails(started, method, path, { headers: await headersOf(who), body });
const robot: Who = { sub: 'robot', kind: 'service' };
const intent = intentsOf('t');
/** An action that waits for a yes, with the digest that stands on its request. */
const waiting = async (
  over: Partial<ActionIntentV1> = {},
  who: Who = robot,
): Promise<{ readonly path: string; readonly digest: string }> => {
  const of = intent(over);
  expect((await call('POST', '/actions', of, who)).status).toBe(202);
  return waited(of);
};
const waited = async (of: ActionIntentV1): Promise<{ readonly path: string; readonly digest: string }> => {
  const path = `/actions/${actionIdOf(of.tenant_id, of.intent_id)}`;
  const body = await until(async () => {
    const answer = await call('GET', path);
    return answer.body['state'] === 'AWAITING_APPROVAL' && answer.body;
  }, 'it waits for a yes');
  return { path, digest: (body['approval'] as { digest: string }).digest };
};

beforeAll(async () => {
  started = await startRails({ SAFETY_RAILS_SWEEP_S: '0.5', KILL_SWITCH_RELEASE_PEOPLE: '1' });
  started.stand.posture = 'YELLOW';
});
afterAll(() => started.stop());

describe('a token for several tenants', () => {
  it('shows, decides and streams the actions of the tenant that the request chose', async () => {
    const { path, digest } = await waiting();
    const stop = new AbortController();
    const stream = await fetch(
      `http://127.0.0.1:${started.rails.http.port}/api/v1/autonomous/actions/stream`,
      {
        headers: await headersOf({}),
        signal: stop.signal,
      },
    );
    const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader();
    expect([(await call('GET', path)).status, (await call('GET', `${path}/timeline`)).status]).toEqual([
      200, 200,
    ]);
    expect([
      (await call('GET', path, undefined, { own: true })).status,
      (await call('POST', `${path}/approve`, { digest }, { own: true })).status,
    ]).toEqual([404, 404]);
    expect((await call('POST', `${path}/approve`, { digest })).status).toBe(200);
    let text = '';
    while (!text.includes('ActionApproved')) text += (await reader.read()).value ?? '';
    stop.abort();
    const approved = (await call('GET', `${path}/timeline`)).body['items'] as readonly {
      readonly type: string;
      readonly data: object;
    }[];
    expect(approved.find(({ type }) => type === 'ActionApproved')!.data).toMatchObject({
      by: `person:${await started.parts.people.idOf('demo', 'ann')}`,
    });
  });

  it('stops the tenant that the request chose and no other, and the receipt names it', async () => {
    const { path } = await waiting();
    const receipt = await call('POST', '/kill-switch', { scope: 'tenant', engaged: true, reason: 'drill' });
    expect(receipt).toMatchObject({
      status: 200,
      body: { scope: 'tenant', tenant_id: 'demo', action_type: null, engaged: true, complete: true },
    });
    expect(
      (receipt.body['cancelled'] as readonly { action_id: string }[]).map(
        ({ action_id }) => `/actions/${action_id}`,
      ),
    ).toContain(path);
    const engaged = async (who: Who): Promise<unknown> =>
      ((await call('GET', '/status', undefined, who)).body['kill_switch'] as { engaged: boolean }).engaged;
    expect([await engaged({}), await engaged({ own: true })]).toEqual([true, false]);
    expect(
      await call('POST', '/kill-switch', { scope: 'tenant', engaged: false, reason: 'over' }),
    ).toMatchObject({ body: { tenant_id: 'demo', engaged: false } });
    expect(
      await call(
        'POST',
        '/kill-switch',
        { scope: 'action_type', action_type: 'cell_failover', engaged: true, reason: 'drill' },
        { own: true },
      ),
    ).toMatchObject({ body: { scope: 'action_type', tenant_id: 'acme', action_type: 'cell_failover' } });
  });

  it('names one tenant at a time', async () => {
    expect(
      await call('POST', '/kill-switch', { scope: 'tenant', engaged: true, reason: 'x', tenant_id: 'acme' }),
    ).toMatchObject({
      status: 422,
      body: { code: 'validation-failed', violations: [{ pointer: '/tenant_id' }] },
    });
    expect(
      await call('POST', '/kill-switch?tenant_id=acme', { scope: 'tenant', engaged: true, reason: 'x' }),
    ).toMatchObject({ status: 422, body: { code: 'validation-failed' } });
    expect(await call('POST', '/actions', intent({ tenant_id: 'acme' }), robot)).toMatchObject({
      status: 403,
      body: { code: 'wrong-tenant', violations: [{ pointer: '/tenant_id' }] },
    });
  });
});

describe('whoever is said to have asked', () => {
  it.each([
    'ann',
    'ANN',
    'ann ',
    'an\u200bn',
    'a\u00adnn',
    '\uff41\uff4e\uff4e',
    'person:ann',
    'Person: Ann',
  ])('as %j is ann where another person is needed', async (requested_by) => {
    const { path, digest } = await waiting({ requested_by });
    expect(await call('POST', `${path}/approve`, { digest })).toMatchObject({
      status: 403,
      body: { code: 'same-person' },
    });
    expect((await call('POST', `${path}/approve`, { digest }, { sub: 'bob' })).status).toBe(200);
  });

  it('in another normal form is the same', async () => {
    const { path, digest } = await waiting({ requested_by: 'Jo\u0308rg' });
    expect(await call('POST', `${path}/approve`, { digest }, { sub: 'j\u00f6rg' })).toMatchObject({
      status: 403,
      body: { code: 'same-person' },
    });
  });
});

describe('whoever asked', () => {
  it.each([
    ['ann', 'Ann'],
    ['Cleo', 'cleo '],
    ['dan', 'dan\u200b'],
  ])('as %j is %j where another person is needed, and each stays who they are', async (asked, says) => {
    const { path, digest } = await waiting({}, { sub: asked });
    expect(await call('POST', `${path}/approve`, { digest }, { sub: says })).toMatchObject({
      status: 403,
      body: { code: 'same-person' },
    });
    expect(await started.parts.people.idOf('demo', asked)).not.toBe(
      await started.parts.people.idOf('demo', says),
    );
    expect((await call('POST', `${path}/reject`, {}, { sub: says })).status).toBe(200);
  });

  it("as a service of a person's name is that person", async () => {
    const { path, digest } = await waiting({}, { sub: 'eve', kind: 'service' });
    expect(await call('POST', `${path}/approve`, { digest }, { sub: 'Eve' })).toMatchObject({
      status: 403,
      body: { code: 'same-person' },
    });
  });

  it("as a tenant's user of the bus of a person's name is that person", async () => {
    await registerUser(started.rails, started.parts.issuer, 'demo.eve');
    const of = intent();
    await new RpcClient(started.parts.connection, { caller: 'demo.eve', deadlineMs: 20_000 }).call(
      'safety-rails.submit',
      { intent: of, requester: 'service:somebody-else', time: new Date().toISOString() },
    );
    const { path, digest } = await waited(of);
    for (const sub of ['Eve', 'demo.eve', 'nats.demo.eve'])
      expect(await call('POST', `${path}/approve`, { digest }, { sub })).toMatchObject({
        status: 403,
        body: { code: 'same-person' },
      });
    expect((await call('POST', `${path}/approve`, { digest }, { sub: 'bob' })).status).toBe(200);
  });
});
