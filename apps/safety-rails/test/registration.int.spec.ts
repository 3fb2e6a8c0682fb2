import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { subject, tenantConsumers, type ActionIntentV1, type IntentRejectedV1 } from '@interlock/contracts';
import { RpcClient } from '@interlock/jetstream';
import { actionIdOf, collect } from '@interlock/kernel';
import type { RunningService } from '@interlock/platform';
import { startParts, testContext, until, type Parts } from '@interlock/testing';
import { start } from '../src/main.js';
import { asSystem, registerUser } from './registered.js';

let parts: Parts;
let rails: RunningService;
let serial = 0;
beforeAll(async () => {
  parts = await startParts();
  rails = await start(testContext(parts, 'safety-rails'));
  await registerUser(rails, parts.issuer, 'demo.app', { agents: ['ran-optimizer'], accounts: ['north'] });
});
afterAll(async () => {
  await rails.stop();
  await parts.stop();
});

const intent = (over: Partial<ActionIntentV1> = {}): ActionIntentV1 => {
  serial += 1;
  return {
    intent_id: `r-${serial}`,
    tenant_id: 'demo',
    account_id: 'north',
    agent: 'ran-optimizer',
    action_type: 'cell_failover',
    entity_id: `cell-${serial}`,
    parameters: {},
    affected_entity_count: 3,
    confidence_score: 0.95,
    ...over,
  };
};
const streamOf = (of: ActionIntentV1, tenant = 'demo') =>
  collect(parts.log.store.read(`action-${tenant}:${actionIdOf(tenant, of.intent_id)}`));
const publish = async (
  of: ActionIntentV1,
  on = subject({ kind: 'intents', tenant: 'demo', user: 'demo.app' }),
): Promise<void> => {
  const event = {
    specversion: '1.0',
    type: 'interlock.action_intent.v1',
    source: 'test',
    id: of.intent_id,
    time: new Date().toISOString(),
    datacontenttype: 'application/json',
    data: of,
  };
  await parts.connection.jetstream().publish(on, JSON.stringify(event));
};
const rejectedOf = (of: ActionIntentV1): Promise<IntentRejectedV1> =>
  until(async () => {
    const consumer = await parts.connection
      .jetstream()
      .consumers.get('REJECTED', { filterSubjects: 'interlock.intents.rejected.demo' });
    for await (const message of await consumer.fetch({ max_messages: 1000, expires: 1000 })) {
      const { data } = message.json<{
        readonly data: IntentRejectedV1 & { readonly intent_id: string | null };
      }>();
      if (data.intent_id === of.intent_id) return data;
    }
    return false;
  }, 'the intent is rejected') as Promise<IntentRejectedV1>;
const post = async (
  of: ActionIntentV1,
  sub: string,
  kind: 'person' | 'service',
): Promise<{ readonly status: number; readonly body: { readonly code?: string } }> => {
  const headers = await parts.issuer.person(['AUTONOMOUS_SUBMIT'], { sub, kind, tenant: of.tenant_id });
  const response = await fetch(`http://127.0.0.1:${rails.http.port}/api/v1/autonomous/actions`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(of),
  });
  return { status: response.status, body: (await response.json()) as { readonly code?: string } };
};
const submit = (of: ActionIntentV1, caller: string, time = new Date().toISOString()) =>
  new RpcClient(parts.connection, { caller, deadlineMs: 20_000 }).call('safety-rails.submit', {
    intent: of,
    requester: 'person:somebody-else',
    time,
  });

describe('who asks', () => {
  it('is the authenticated user, on the bus as in a request', async () => {
    const published = intent();
    await publish(published);
    await until(async () => (await streamOf(published)).length > 0, 'the intent is accepted');
    const submitted = intent();
    await submit(submitted, 'demo.app');
    for (const one of [published, submitted])
      expect((await streamOf(one))[0]).toMatchObject({
        data: { requester: 'service:nats.demo.app' },
        metadata: { actor: { kind: 'service', service: 'nats.demo.app' } },
      });
  });

  it('is told every fault of its call at once, those of the intent and of the time', async () => {
    await expect(submit(intent({ confidence_score: 2 }), 'demo.app', 'noon')).rejects.toMatchObject({
      code: 'validation-failed',
      violations: [{ pointer: '/time' }, { pointer: '/confidence_score' }],
    });
  });

  it('stands in the subject: the one without it is refused with a message that says so', async () => {
    const of = intent();
    await publish(of, 'interlock.intents.demo');
    expect(await rejectedOf(of)).toMatchObject({
      code: 'wrong-caller',
      detail: expect.stringContaining('interlock.intents.demo.by.'),
    });
    expect(await streamOf(of)).toEqual([]);
  });
});

describe('a credential names only what it is registered for', () => {
  it.each([{ agent: 'another' }, { account_id: 'south' }])('not %j, whichever way it comes', async (over) => {
    const [published, submitted] = [intent(over), intent(over)];
    await publish(published);
    expect(await rejectedOf(published)).toMatchObject({ code: 'wrong-agent' });
    await expect(submit(submitted, 'demo.app')).rejects.toMatchObject({ code: 'wrong-agent' });
    for (const one of [published, submitted]) expect(await streamOf(one)).toEqual([]);
  });

  it('and a user of the bus without a list names nothing', async () => {
    await expect(submit(intent(), 'demo.stranger')).rejects.toMatchObject({ code: 'wrong-agent' });
    await asSystem(rails, parts.issuer, 'POST', '/demo/credentials', {
      kind: 'bus',
      name: 'demo.empty',
      agents: [],
      accounts: [],
    });
    await expect(submit(intent(), 'demo.empty')).rejects.toMatchObject({ code: 'wrong-agent' });
  });

  it("as the subject of a token: with a list of its own that holds, without one the issuer's", async () => {
    expect((await post(intent(), 'cara', 'person')).status).toBe(202);
    expect(
      (
        await asSystem(rails, parts.issuer, 'POST', '/demo/credentials', {
          kind: 'person',
          name: 'cara',
          agents: ['hers'],
          accounts: ['*'],
        })
      ).status,
    ).toBe(200);
    expect(await post(intent(), 'cara', 'person')).toMatchObject({
      status: 403,
      body: { code: 'wrong-agent' },
    });
    expect((await post(intent({ agent: 'hers' }), 'cara', 'person')).status).toBe(202);
    expect((await post(intent(), 'cara', 'service')).status).toBe(202);
    await asSystem(rails, parts.issuer, 'POST', '/demo/credentials/revoke', { kind: 'person', name: 'cara' });
    expect((await post(intent(), 'cara', 'person')).status).toBe(202);
  });

  it('and names no person in the log', async () => {
    const events = await collect(parts.log.store.read('tenant-demo:registry'));
    expect(JSON.stringify(events.map(({ data }) => data))).not.toContain('cara');
  });

  it('where the issuer of a token allows nothing, a token without a list names nothing', async () => {
    const { may_name: _anything, ...auth } = parts.issuer.auth;
    const strict = await start({ ...testContext(parts, 'safety-rails'), auth });
    try {
      const headers = await parts.issuer.person(['AUTONOMOUS_SUBMIT'], {
        sub: 'dan',
        kind: 'person',
        tenant: 'demo',
      });
      const response = await fetch(`http://127.0.0.1:${strict.http.port}/api/v1/autonomous/actions`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify(intent()),
      });
      expect([response.status, await response.json()]).toMatchObject([403, { code: 'wrong-agent' }]);
    } finally {
      await strict.stop();
    }
  });
});

describe('a tenant', () => {
  it('that is suspended has its intents refused on every way, until it is resumed; one that is removed for good', async () => {
    await registerUser(rails, parts.issuer, 'acme.app');
    const of = (): ActionIntentV1 => intent({ tenant_id: 'acme' });
    expect(await submit(of(), 'acme.app')).toMatchObject({ state: 'PENDING' });
    for (const [what, code] of [
      ['suspend', 'tenant-suspended'],
      ['resume', undefined],
      ['remove', 'tenant-suspended'],
    ] as const) {
      expect((await asSystem(rails, parts.issuer, 'POST', `/acme/${what}`)).status).toBe(200);
      const refusal: unknown = await submit(of(), 'acme.app').catch((error: unknown) => error);
      expect((refusal as { readonly code?: string }).code).toBe(code);
      expect((await post(of(), 'ann', 'person')).body.code).toBe(code);
    }
  });

  it('has consumers that were made for it, with its own subjects alone', async () => {
    await registerUser(rails, parts.issuer, 'globex.app');
    const { consumers } = await parts.connection.jetstreamManager();
    for (const { stream, durable, filter } of tenantConsumers('globex'))
      expect((await consumers.info(stream, durable)).config).toMatchObject({
        filter_subject: filter,
        ack_policy: 'explicit',
      });
    await asSystem(rails, parts.issuer, 'POST', '/globex/remove');
    for (const { stream, durable } of tenantConsumers('globex'))
      await expect(consumers.info(stream, durable)).rejects.toMatchObject({ code: '404' });
  });

  it('is registered with a token of the installation only, and its users carry its name', async () => {
    const headers = await parts.issuer.person(['AUTONOMY_ADMIN'], {
      sub: 'eve',
      kind: 'person',
      tenant: 'demo',
    });
    const response = await fetch(`http://127.0.0.1:${rails.http.port}/api/v1/autonomous/tenants`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'eves' }),
    });
    expect([response.status, await response.json()]).toMatchObject([403, { code: 'wrong-tenant' }]);
    for (const body of [
      { kind: 'bus', name: 'acme.app', agents: ['*'], accounts: ['*'] },
      { kind: 'service', name: 'nats.demo.app', agents: ['*'], accounts: ['*'] },
      { kind: 'bus', name: 'demo.A B', agents: [], accounts: [] },
      { kind: 'bus', name: 'demo.x', agents: ['A B'], accounts: [] },
    ]) {
      expect(await asSystem(rails, parts.issuer, 'POST', '/demo/credentials', body)).toMatchObject({
        status: 422,
        body: { code: 'validation-failed' },
      });
    }
    expect(await asSystem(rails, parts.issuer, 'POST', '/nowhere/suspend')).toMatchObject({
      status: 409,
      body: { code: 'wrong-state' },
    });
  });
});
