import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { actionIdOf } from '@interlock/kernel';
import { until } from '@interlock/testing';
import { gateNames } from '@interlock/rails';
import { namedRoutes } from './named-routes.js';
import { site } from './network.js';
import { tenant, unique } from './names.js';
import { World } from './world.js';
import { busFaults, httpFaults } from './intent-faults.js';
import { rejectedOf, send, noAction } from './rejected-intents.js';

const names = ['i01', 'i02', 'i03', 'i04'];
const world = new World({ args: ['--no-demo', '--processes'], devices: names.map((name) => site(name)) });
const { network } = world;
const cell = (name: string): string => `cell-${name}-1`;

beforeAll(async () => {
  await world.start();
  await world.provision();
  for (const name of names) await network.degrade(cell(name));
  await world.teach(...names.map(cell));
});
afterAll(() => world.end());

const claims = (token: string): { readonly [name: string]: unknown } =>
  JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString('utf8')) as {
    readonly [name: string]: unknown;
  };

describe('the command line', () => {
  it("prints only a token: a service's without --sub, a person's with it, the system's on request", async () => {
    const service = await world.stack.cli(
      'token',
      '--tenant',
      'demo',
      '--scope',
      'AUTONOMOUS_READ,AUDIT_READ',
    );
    expect(service).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+\n$/) as unknown,
    });
    expect(claims(service.stdout)).toMatchObject({
      tenant: 'demo',
      sub: 'cli',
      principal_kind: 'service',
      scope: 'AUTONOMOUS_READ AUDIT_READ',
    });
    const person = await world.stack.cli(
      'token',
      '--tenant',
      '_system',
      '--scope',
      'AUTONOMOUS_KILL',
      '--sub',
      'anna',
    );
    expect(claims(person.stdout)).toMatchObject({ tenant: '_system', sub: 'anna', principal_kind: 'person' });
    const response = await fetch(`${world.stack.runtime.http}/api/v1/autonomous/status`, {
      headers: { authorization: `Bearer ${service.stdout.trim()}` },
    });
    expect(response.status).toBe(200);
  });

  it('refuses unknown scopes and tenants, with nothing on standard output', async () => {
    expect(await world.stack.cli('token', '--tenant', 'demo', '--scope', 'NONSENSE')).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('NONSENSE') as unknown,
    });
    expect(await world.stack.cli('token', '--tenant', 'No Tenant', '--scope', 'AUDIT_READ')).toMatchObject({
      code: 2,
      stdout: '',
    });
  });

  it('publishes intents from a file, lists and shows actions, works the kill switch, shows the status', async () => {
    const intent = world.intent(cell('i01'), { dry_run: true });
    const file = join(world.stack.home, 'intents.json');
    writeFileSync(file, JSON.stringify([intent]));
    const cli = (...args: readonly string[]): ReturnType<typeof world.stack.cli> =>
      world.stack.cli('--tenant', tenant, ...args);
    expect(await cli('intents', 'publish', file)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`${intent.intent_id}  accepted  `) as unknown,
    });
    const id = actionIdOf(tenant, intent.intent_id);
    await world.ends(id);
    expect((await cli('actions', 'list', '--intent', intent.intent_id)).stdout).toContain(id);
    const shown = await cli('actions', 'show', id);
    expect(shown.code).toBe(0);
    for (const text of ['kill_switch', 'auto_approval', 'DryRunCompleted'])
      expect(shown.stdout).toContain(text);
    // A service that answers its check late on a busy machine is not ready for that moment.
    const status = await until(async () => {
      const now = JSON.parse((await cli('status')).stdout) as { readonly ready: boolean };
      return now.ready ? now : undefined;
    }, 'it is ready');
    expect(status).toMatchObject({ tenant_id: tenant, kill_switch: { engaged: false } });
    expect(JSON.parse((await cli('kill-switch', 'engage', '--reason', 'drill')).stdout)).toMatchObject({
      engaged: true,
      scope: 'tenant',
    });
    expect((await cli('kill-switch', 'release', '--reason', 'over')).code).toBe(1);
    expect(
      JSON.parse((await cli('--as', 'anna', 'kill-switch', 'release', '--reason', 'over')).stdout),
    ).toMatchObject({ engaged: true, release_requested: { by: expect.stringMatching(/^person:/) } });
    expect(
      JSON.parse((await cli('--as', 'ben', 'kill-switch', 'release', '--reason', 'over')).stdout),
    ).toMatchObject({ engaged: false, release_requested: null });
    expect(JSON.parse((await cli('kill-switch', 'status')).stdout)).toMatchObject({
      items: [{ scope: 'tenant', engaged: false, reason: 'drill', acknowledged_by: 'executors' }],
    });
  });
});

describe('the running home', () => {
  it('has runtime.json, readable only by its owner', () => {
    const path = join(world.stack.home, 'runtime.json');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const { runtime } = world.stack;
    expect(Object.keys(runtime).sort()).toEqual([
      'devices',
      'event_store',
      'http',
      'nats',
      'pid',
      'postgres',
      'ready',
      'version',
    ]);
    expect(runtime).toMatchObject({
      version: 1,
      ready: true,
      nats: {
        url: expect.stringMatching(/^nats:\/\//) as unknown,
        user: expect.any(String) as unknown,
        password: expect.any(String) as unknown,
      },
      http: expect.stringMatching(/^http:\/\//) as unknown,
    });
    expect(() => process.kill(runtime.pid, 0)).not.toThrow();
    expect(runtime.devices.map((device) => Object.keys(device).sort())).toEqual(
      names.map(() => ['device_id', 'host', 'password', 'port', 'username']),
    );
  });

  it('is live and ready, and so is every service', async () => {
    expect((await fetch(`${world.stack.runtime.http}/health/live`)).status).toBe(200);
    // A busy machine is not ready for a moment: a read model is behind.
    const ready = await until(async () => {
      const answer = await fetch(`${world.stack.runtime.http}/health/ready`);
      return answer.status === 200 && answer;
    }, 'every service is ready');
    expect(await ready.json()).toMatchObject({ status: 'ready' });
  });

  it('documents every route of the interface in one document', async () => {
    const document = (await (await fetch(`${world.stack.runtime.http}/openapi.json`)).json()) as {
      readonly paths: { readonly [path: string]: { readonly [method: string]: unknown } };
      readonly 'x-unavailable-services': readonly string[];
    };
    expect(document['x-unavailable-services']).toEqual([]);
    const routes = new Set(
      Object.entries(document.paths).flatMap(([path, methods]) =>
        Object.keys(methods).map(
          (method) => `${method.toUpperCase()} ${path.replaceAll(/\{[^}]+\}/g, '{}')}`,
        ),
      ),
    );
    expect(
      namedRoutes.map((route) => route.replaceAll(/\{[^}]+\}/g, '{}')).filter((route) => !routes.has(route)),
    ).toEqual([]);
  });
});

describe('bad input on the bus is answered on the rejected subject, kept there, and makes no action', () => {
  it('that is not JSON', async () => {
    await send(world, '{"specversion": nonsense');
    expect((await rejectedOf(world, ({ data }) => data.code === 'malformed-json')).data).toMatchObject({
      tenant_id: tenant,
      intent_id: null,
    });
  });

  it('that is too large', async () => {
    const intent = world.intent(cell('i01'));
    await send(world, JSON.stringify({ ...world.cloudEvent(intent), padding: 'x'.repeat(300 * 1024) }));
    expect((await rejectedOf(world, ({ data }) => data.code === 'payload-too-large')).data).toMatchObject({
      tenant_id: tenant,
    });
    await noAction(world, intent.intent_id);
  });

  it('with many faults, each of which is named', async () => {
    const id = unique('faulty');
    await send(
      world,
      JSON.stringify({
        ...world.cloudEvent({ ...world.intent('x'), intent_id: id }),
        type: 'other',
        data: {
          intent_id: id,
          tenant_id: tenant,
          account_id: 'Not A Name',
          confidence_score: 1.5,
          affected_entity_count: -1,
          surprise: true,
        },
      }),
    );
    const { data, intent } = await rejectedOf(world, (one) => one.data.intent_id === id);
    expect(data.code).toBe('validation-failed');
    expect(data.violations.map(({ pointer }) => pointer)).toEqual(
      expect.arrayContaining([
        '/type',
        '/data/account_id',
        '/data/confidence_score',
        '/data/affected_entity_count',
        '/data/surprise',
        '/data/agent',
        '/data/action_type',
        '/data/entity_id',
        '/data/parameters',
      ]),
    );
    expect(intent).toMatchObject({ data: { account_id: 'Not A Name' } });
    await noAction(world, id);
  });

  it.each(busFaults)('$what', async ({ code, pointer, over }) => {
    const intent = { ...world.intent(cell('i01')), ...over };
    await send(world, JSON.stringify(world.cloudEvent(intent)));
    const { data } = await rejectedOf(world, (one) => one.data.intent_id === intent.intent_id);
    expect(data.code).toBe(code);
    expect(data.violations.map((violation) => violation.pointer)).toContain(pointer);
    await noAction(world, intent.intent_id);
  });

  it('with an earlier id and other content', async () => {
    const intent = world.intent(cell('i01'), { dry_run: true });
    const id = await world.publish(intent);
    await world.ends(id);
    const events = await world.types(id);
    await world.publish({ ...intent, entity_id: cell('i02') });
    expect((await rejectedOf(world, (one) => one.data.intent_id === intent.intent_id)).data.code).toBe(
      'intent-conflict',
    );
    expect(await world.types(id)).toEqual(events);
  });

  it('and the bus has nothing left, neither waiting nor parked', async () => {
    const manager = await world.nats.jetstreamManager();
    await until(
      async () => (await manager.streams.info('INTENTS')).state.messages === 0,
      'every intent was taken',
    );
    expect((await manager.streams.info('DEAD')).state.messages).toBe(0);
  });
});

describe('bad input by HTTP is answered with its code', () => {
  const actions = '/api/v1/autonomous/actions';
  it.each(httpFaults(world, cell('i01')))('$what', async ({ body, status, code, pointers = [] }) => {
    const answer = await world.call<{
      readonly code: string;
      readonly violations?: readonly { readonly pointer: string }[];
    }>('POST', actions, body(), { sub: 'anna' });
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect((answer.body.violations ?? []).map(({ pointer }) => pointer)).toEqual(
      expect.arrayContaining([...pointers]),
    );
  });

  it('an earlier id with other content, while the same content has the same answer', async () => {
    const intent = world.intent(cell('i01'), { dry_run: true });
    const first = await world.call<{ action_id: string }>('POST', actions, intent);
    const second = await world.call<{ action_id: string }>('POST', actions, intent);
    expect([first.status, second.status, second.body.action_id]).toEqual([202, 202, first.body.action_id]);
    expect(await world.call('POST', actions, { ...intent, confidence_score: 0.5 })).toMatchObject({
      status: 409,
      body: { code: 'intent-conflict' },
    });
  });

  it('no token, no valid token, a token without the scope', async () => {
    const { http } = world.stack.runtime;
    expect((await fetch(`${http}${actions}`)).status).toBe(401);
    expect((await fetch(`${http}${actions}`, { headers: { authorization: 'Bearer nonsense' } })).status).toBe(
      401,
    );
    expect(
      await world.call('POST', actions, world.intent(cell('i01')), { scopes: ['AUTONOMOUS_READ'] }),
    ).toMatchObject({ status: 403, body: { code: 'missing-scope' } });
    expect(
      await world.call(
        'POST',
        '/api/v1/autonomous/kill-switch',
        { scope: 'tenant', engaged: true, reason: 'x' },
        { sub: 'eve', scopes: ['AUTONOMOUS_APPROVE'] },
      ),
    ).toMatchObject({ status: 403, body: { code: 'missing-scope' } });
  });

  it("another tenant's data is not found, or refused", async () => {
    const id = await world.publish(world.intent(cell('i01'), { dry_run: true }));
    await world.ends(id);
    const other = { sub: 'eve', tenant: 'globex' };
    expect(await world.call('GET', `${actions}/${id}`, undefined, other)).toMatchObject({
      status: 404,
      body: { code: 'action-not-found' },
    });
    expect(await world.call('GET', `${actions}/${id}/timeline`, undefined, other)).toMatchObject({
      status: 404,
    });
    expect(await world.call('GET', `${actions}?tenant_id=${tenant}`, undefined, other)).toMatchObject({
      status: 403,
      body: { code: 'wrong-tenant' },
    });
    expect(await world.must('GET', actions, undefined, other)).toMatchObject({ items: [] });
    expect(await world.call('GET', `/api/v1/policies/${tenant}`, undefined, other)).toMatchObject({
      status: 403,
      body: { code: 'wrong-tenant' },
    });
    expect(
      await world.call('GET', `/api/v1/autonomy/config?tenant_id=${tenant}`, undefined, other),
    ).toMatchObject({ status: 403, body: { code: 'wrong-tenant' } });
    expect(await world.call('POST', `${actions}/${id}/approve`, {}, other)).toMatchObject({ status: 404 });
  });
});

describe('a gate whose service is down', () => {
  it("makes the action wait with the service's name, and continue when it is back", async () => {
    const pid = world.stack.pidOf('policy-evaluator');
    process.kill(pid, 'SIGSTOP');
    let id: string;
    try {
      id = await world.publish(world.intent(cell('i02')));
      const waiting = await until(async () => {
        const view = await world.view(id);
        return view.waiting_for !== null && view;
      }, 'the action waits for a service');
      expect(waiting).toMatchObject({ state: 'PENDING', waiting_for: 'policy-evaluator' });
      expect(waiting.gates.map(({ gate }) => gate)).toEqual(gateNames.slice(0, gateNames.indexOf('policy')));
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    const view = await world.ends(id);
    expect([view.state, view.waiting_for]).toEqual(['COMPLETED', null]);
    expect(await world.types(id)).toContain('ServiceAwaited');
  });

  it('that is killed is started again, and nothing is skipped', async () => {
    const killed = ['digital-twin', 'netconf-gateway', 'safety-rails'].map((part) => ({
      part,
      pid: world.stack.pidOf(part),
    }));
    const id = await world.publish(world.intent(cell('i03')));
    for (const { pid } of killed) process.kill(pid, 'SIGKILL');
    await until(
      () => killed.every(({ part, pid }) => world.stack.pidOf(part) !== pid),
      'the killed are started again',
    );
    // A service that is just starting answers a problem instead of a view.
    const view = await until(
      async () =>
        (await world.call('GET', `/api/v1/autonomous/actions/${id}`)).status === 200 && world.ends(id),
      'the action can be read again',
      90_000,
    );
    expect(view.state).toMatch(/^(COMPLETED|ROLLED_BACK)$/);
    const types = await world.types(id);
    expect(types.filter((type) => type === 'ExecutionStarted')).toHaveLength(1);
    expect(view.gates.slice(0, gateNames.length).map(({ gate }) => gate)).toEqual(gateNames);
  });
});
