import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { subject, type ActionIntentV1, type Scope } from '@interlock/contracts';
import { actionIdOf, collect } from '@interlock/kernel';
import { createRelay, type Relay } from '@interlock/jetstream';
import type { RunningService } from '@interlock/platform';
import { startParts, testContext, until, type Parts } from '@interlock/testing';
import { JSONCodec } from 'nats';
import { start } from '../src/main.js';
import { registerUser } from './registered.js';
import { StandIns } from './stand-ins.js';

const json = JSONCodec();
const scopes: readonly Scope[] = [
  'AUTONOMOUS_READ',
  'AUTONOMOUS_SUBMIT',
  'AUTONOMOUS_APPROVE',
  'AUTONOMOUS_KILL',
];
type View = {
  state: string;
  waiting_for: string | null;
  reasons: { code: string }[];
  gates: { gate: string; verdict: string }[];
  window: { digest: string } | null;
  approval: { digest: string } | null;
};

let parts: Parts;
let relay: Relay;
let rails: RunningService;
let stand: StandIns;
let serial = 0;

const environment = { SAFETY_RAILS_SOAK_S: '0.2', SAFETY_RAILS_SWEEP_S: '0.5', SAFETY_RAILS_WORKERS: '8' };
const intent = (over: Partial<ActionIntentV1> = {}): ActionIntentV1 => {
  serial += 1;
  return {
    intent_id: `i-${serial}`,
    tenant_id: 'demo',
    account_id: 'ran',
    agent: 'ran-optimizer',
    action_type: 'cell_failover',
    entity_id: `cell-${serial}`,
    parameters: {},
    affected_entity_count: 3,
    confidence_score: 0.95,
    ...over,
  };
};
const event = (data: object, over: object = {}): object => ({
  specversion: '1.0',
  type: 'interlock.action_intent.v1',
  source: 'test',
  id: (data as { intent_id?: string }).intent_id,
  time: new Date().toISOString(),
  datacontenttype: 'application/json',
  data,
  ...over,
});
const publish = async (body: object, tenant = 'demo'): Promise<void> => {
  await parts.connection
    .jetstream()
    .publish(subject({ kind: 'intents', tenant, user: `${tenant}.app` }), json.encode(body));
};

const call = async (
  method: string,
  path: string,
  body?: unknown,
  who: { sub?: string; kind?: 'person' | 'service'; tenant?: string; scopes?: readonly Scope[] } = {},
): Promise<{ status: number; body: Record<string, unknown> }> => {
  const headers = await parts.issuer.person(who.scopes ?? scopes, {
    sub: who.sub ?? 'anna',
    kind: who.kind ?? 'person',
    tenant: who.tenant ?? 'demo',
  });
  const response = await fetch(`http://127.0.0.1:${rails.http.port}/api/v1/autonomous${path}`, {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown> };
};
const view = async (of: ActionIntentV1): Promise<View> => {
  const { status, body } = await call('GET', `/actions/${actionIdOf('demo', of.intent_id)}`);
  if (status !== 200) throw new Error(`${status}`);
  return body as unknown as View;
};
const reaches = (of: ActionIntentV1, state: string): Promise<View> =>
  until(async () => {
    const seen = await view(of);
    return seen.state === state ? seen : false;
  }, `${of.intent_id} is ${state}`);
const typesOf = async (of: ActionIntentV1): Promise<readonly string[]> =>
  (await collect(parts.log.store.read(`action-demo:${actionIdOf('demo', of.intent_id)}`))).map((e) => e.type);

beforeAll(async () => {
  parts = await startParts();
  relay = createRelay({ store: parts.log.store, connection: parts.connection });
  relay.start();
  stand = new StandIns(parts.connection);
  rails = await start(testContext(parts, 'safety-rails', environment));
  await registerUser(rails, parts.issuer, 'demo.app');
});
afterAll(async () => {
  await rails.stop();
  await relay.stop();
  await parts.stop();
});
beforeEach(() => {
  Object.assign(stand, {
    posture: 'GREEN',
    mode: 'AUTO_EXECUTE',
    decision: 'ALLOW',
    budget: 1000,
    device: { drop: -5, applied: 0 },
  });
  stand.limits = {
    max_affected_entities: null,
    min_confidence: null,
    confirmation_window_s: null,
    confirm_above_entities: null,
    on_elapse: 'proceed',
    window_policy: null,
  };
});

describe('the life of an action on the real log, bus and database', () => {
  it('an intent from the bus goes through every gate to COMPLETED and is told upstream', async () => {
    const of = intent();
    await publish(event(of));
    const done = await reaches(of, 'COMPLETED');
    expect(done.gates.map((g) => g.gate)).toEqual([
      'kill_switch',
      'posture',
      'autonomy_mode',
      'prediction',
      'policy',
      'blast_radius',
      'confidence',
      'auto_approval',
      'budget',
      'reservation',
      'last_look',
      'execution',
      'validation',
      'confirm',
    ]);
    expect(done.gates.every((g) => g.verdict === 'pass')).toBe(true);
    const told = await until(async () => {
      const outcome = await (
        await parts.connection.jetstreamManager()
      ).streams
        .getMessage('OUTCOMES', { last_by_subj: 'interlock.outcomes.demo.cell_failover' })
        .catch(() => null);
      return outcome === null
        ? false
        : (json.decode(outcome.data) as { type: string; data: { intent_id: string; state: string } });
    }, 'the outcome is on the bus');
    expect(told).toMatchObject({
      type: 'interlock.action_outcome.v1',
      data: { intent_id: of.intent_id, state: 'COMPLETED' },
    });
  });

  it('by HTTP it is accepted with its position, and the same intent answers with the same action', async () => {
    const of = intent({ dry_run: true });
    const first = await call('POST', '/actions', of);
    expect(first).toMatchObject({
      status: 202,
      body: { action_id: actionIdOf('demo', of.intent_id), intent_id: of.intent_id },
    });
    expect(String(first.body['position'])).toMatch(/^\d+$/);
    expect((await call('POST', '/actions', of)).body['action_id']).toBe(first.body['action_id']);
    await reaches(of, 'COMPLETED');
    expect(await typesOf(of)).toContain('DryRunCompleted');
    expect(await call('POST', '/actions', { ...of, entity_id: 'elsewhere' })).toMatchObject({
      status: 409,
      body: { code: 'intent-conflict' },
    });
  });

  it('fifty of the same at once make one action', async () => {
    const of = intent();
    await Promise.all(
      Array.from({ length: 50 }, async (_, i) =>
        i % 2 === 0 ? publish(event(of)) : call('POST', '/actions', of),
      ),
    );
    await reaches(of, 'COMPLETED');
    expect(
      (await typesOf(of)).filter((type) => type === 'IntentAccepted' || type === 'ExecutionStarted'),
    ).toEqual(['IntentAccepted', 'ExecutionStarted']);
  });

  it('KPIs worse than predicted are rolled back', async () => {
    stand.device.drop = 4;
    const of = intent();
    await publish(event(of));
    expect((await reaches(of, 'ROLLED_BACK')).reasons).toMatchObject([{ code: 'kpi-worse' }]);
  });

  it('DENY is denied with its reason, and nothing is planned', async () => {
    stand.decision = 'DENY';
    const of = intent();
    await publish(event(of));
    expect((await reaches(of, 'DENIED')).reasons).toMatchObject([{ code: 'rule' }]);
    expect(await typesOf(of)).not.toContain('PlanPrepared');
  });

  it('a hundred at once against a budget of ten execute ten and ask for ninety', async () => {
    const all = Array.from({ length: 100 }, () => intent());
    const before = stand.count('budget-ledger.consume');
    const consumedBefore = new Set(
      stand.calls.filter((c) => c.name === 'budget-ledger.consume').map((c) => c.request['action_id']),
    ).size;
    stand.budget = 10 + consumedBefore;
    await Promise.all(all.map((of) => publish(event(of))));
    await until(async () => {
      const { body } = await call('GET', '/status');
      return Number((body['actions'] as Record<string, number>)['AWAITING_APPROVAL'] ?? 0) >= 90;
    }, 'ninety wait');
    const states = await Promise.all(all.map(async (of) => (await view(of)).state));
    expect(states.filter((s) => s === 'AWAITING_APPROVAL')).toHaveLength(90);
    expect(stand.count('budget-ledger.consume') - before).toBe(100);
    await until(
      async () =>
        (await Promise.all(all.map(async (of) => (await view(of)).state))).filter((s) => s === 'COMPLETED')
          .length === 10,
      'ten are completed',
    );
  });
});

describe('who watches and who takes back', () => {
  it("sees the tenant's actions as they go, and no other's", async () => {
    const headers = await parts.issuer.person(scopes, { sub: 'anna', kind: 'person', tenant: 'demo' });
    const response = await fetch(`http://127.0.0.1:${rails.http.port}/api/v1/autonomous/actions/stream`, {
      headers,
    });
    const reader = response.body!.getReader();
    let text = new TextDecoder().decode((await reader.read()).value);
    const of = intent({ dry_run: true });
    await call('POST', '/actions', of);
    while (!text.includes('event: DryRunCompleted'))
      text += new TextDecoder().decode((await reader.read()).value);
    expect(text).toContain('event: IntentAccepted');
    expect(text).toContain(actionIdOf('demo', of.intent_id));
    await reader.cancel();
  });

  it('takes back what is in flight and nothing else', async () => {
    const status = stand.answers.get('netconf-gateway.status')!;
    stand.answers.set('netconf-gateway.status', (request) => ({
      tx_id: request['action_id'],
      state: 'TENTATIVE',
      reasons: [],
      observation: null,
      diff: [],
    }));
    const of = intent();
    await publish(event(of));
    await reaches(of, 'VALIDATING');
    const path = `/actions/${actionIdOf('demo', of.intent_id)}/rollback`;
    expect(await call('POST', path, { comment: 'worse' }, { sub: 'ben' })).toMatchObject({
      status: 200,
      body: { state: 'ROLLING_BACK' },
    });
    // Only now: a look at the device before it would find the outcome good, and have the change confirmed.
    stand.answers.set('netconf-gateway.status', status);
    await reaches(of, 'ROLLED_BACK');
    const waiting = intent();
    stand.posture = 'YELLOW';
    await publish(event(waiting));
    await reaches(waiting, 'AWAITING_APPROVAL');
    expect(
      await call('POST', `/actions/${actionIdOf('demo', waiting.intent_id)}/rollback`, {}, { sub: 'ben' }),
    ).toMatchObject({ status: 409, body: { code: 'wrong-state' } });
  });
});

describe('a person is asked', () => {
  it('approves, and it executes; the requester may not', async () => {
    stand.posture = 'YELLOW';
    const of = intent();
    const path = `/actions/${actionIdOf('demo', of.intent_id)}`;
    await call('POST', '/actions', of, { sub: 'anna' });
    await reaches(of, 'AWAITING_APPROVAL');
    expect(await call('POST', `${path}/approve`, {}, { sub: 'anna' })).toMatchObject({
      status: 403,
      body: { code: 'same-person' },
    });
    expect(await call('POST', `${path}/approve`, {}, { sub: 'robot', kind: 'service' })).toMatchObject({
      status: 403,
      body: { code: 'person-required' },
    });
    expect(await call('POST', `${path}/approve`, {}, { sub: 'ben', tenant: 'other' })).toMatchObject({
      status: 404,
    });
    expect(await call('POST', `${path}/approve`, { digest: '0'.repeat(64) }, { sub: 'ben' })).toMatchObject({
      body: { code: 'approval-mismatch' },
    });
    const blind = await call('POST', `${path}/approve`, {}, { sub: 'ben' });
    expect(blind).toMatchObject({
      status: 428,
      body: { code: 'digest-required', request: `/api/v1/autonomous${path}` },
    });
    const { digest } = (await view(of)).approval!;
    expect(JSON.stringify(blind.body)).not.toContain(digest);
    expect((await call('POST', `${path}/approve`, { digest }, { sub: 'ben' })).status).toBe(200);
    await reaches(of, 'COMPLETED');
  });

  it.each([
    ['a policy changed to DENY', { decision: 'DENY' }, 'DENIED'],
    ['a mode set to DISABLED', { mode: 'DISABLED' }, 'BLOCKED'],
    ['RED', { posture: 'RED' }, 'DENIED'],
  ] as const)('%s between approval and execution: nothing executes', async (_, change, state) => {
    stand.posture = 'YELLOW';
    const of = intent();
    await publish(event(of));
    const { approval } = await reaches(of, 'AWAITING_APPROVAL');
    Object.assign(stand, change);
    expect(
      (
        await call(
          'POST',
          `/actions/${actionIdOf('demo', of.intent_id)}/approve`,
          { digest: approval!.digest },
          { sub: 'ben' },
        )
      ).status,
    ).toBe(200);
    await reaches(of, state);
    expect(await typesOf(of)).not.toContain('ExecutionStarted');
    expect(stand.device.applied).toBe(0);
  });

  it('an approval at YELLOW does not execute at ORANGE: it is asked again, and goes on with a yes to that', async () => {
    stand.posture = 'YELLOW';
    const of = intent();
    const path = `/actions/${actionIdOf('demo', of.intent_id)}/approve`;
    await publish(event(of));
    const first = (await reaches(of, 'AWAITING_APPROVAL')).approval!.digest;
    stand.posture = 'ORANGE';
    expect((await call('POST', path, { digest: first }, { sub: 'ben' })).status).toBe(200);
    const { digest } = await until(async () => {
      const { state, approval } = await view(of);
      return state === 'AWAITING_APPROVAL' && approval!.digest !== first && approval!;
    }, 'it is asked again');
    expect(await typesOf(of)).not.toContain('ExecutionStarted');
    expect(await call('POST', path, { digest: first }, { sub: 'ben' })).toMatchObject({
      status: 409,
      body: { code: 'approval-mismatch' },
    });
    expect((await call('POST', path, { digest }, { sub: 'ben' })).status).toBe(200);
    await reaches(of, 'COMPLETED');
  });

  it('a window elapses into execution by itself, and a rejection ends it', async () => {
    stand.decision = 'CONFIRM';
    stand.limits = { ...stand.limits, confirmation_window_s: 1, window_policy: 'p' };
    const of = intent();
    const rejected = intent();
    await publish(event(of));
    await publish(event(rejected));
    await reaches(rejected, 'AWAITING_CONFIRMATION');
    await call(
      'POST',
      `/actions/${actionIdOf('demo', rejected.intent_id)}/reject`,
      { comment: 'no' },
      { sub: 'ben' },
    );
    await reaches(of, 'COMPLETED');
    expect(await typesOf(of)).toContain('ConfirmationWindowElapsed');
    expect((await view(rejected)).state).toBe('REJECTED');
  });
});

describe('a service that is down', () => {
  it.each([
    'posture.posture',
    'digital-twin.predict',
    'policy-evaluator.evaluate',
    'budget-ledger.consume',
    'netconf-gateway.plan',
    'netconf-gateway.apply',
  ] as const)('%s away: the action waits and goes on when it is back', async (name) => {
    stand.down(name);
    const of = intent();
    await publish(event(of));
    const executing = name === 'netconf-gateway.apply';
    await until(async () => {
      const seen = await view(of);
      return executing
        ? seen.state === 'EXECUTING'
        : seen.state === 'PENDING' && seen.waiting_for === name.split('.')[0];
    }, `it waits for ${name}`);
    stand.up(name);
    await reaches(of, 'COMPLETED');
  });
});

describe('the kill switch', () => {
  it('cancels what waits, lets nothing start, and says so in its receipt; released, things go on', async () => {
    stand.posture = 'YELLOW';
    const waiting = intent();
    await publish(event(waiting));
    await reaches(waiting, 'AWAITING_APPROVAL');
    const receipt = await call('POST', '/kill-switch', { scope: 'tenant', engaged: true, reason: 'drill' });
    expect(receipt).toMatchObject({ status: 200, body: { engaged: true } });
    expect((receipt.body['cancelled'] as { action_id: string }[]).map((c) => c.action_id)).toContain(
      actionIdOf('demo', waiting.intent_id),
    );
    stand.posture = 'GREEN';
    const after = intent();
    await publish(event(after));
    expect((await reaches(after, 'CANCELLED')).reasons).toMatchObject([{ code: 'kill-switch-engaged' }]);
    expect(await call('POST', '/kill-switch', { scope: 'global', engaged: true, reason: 'x' })).toMatchObject(
      { status: 403, body: { code: 'wrong-tenant' } },
    );
    expect(
      await call(
        'POST',
        '/kill-switch',
        { scope: 'tenant', engaged: false, reason: 'x' },
        { sub: 'robot', kind: 'service' },
      ),
    ).toMatchObject({ status: 403 });
    await call('POST', '/kill-switch', { scope: 'tenant', engaged: false, reason: 'over' });
    const again = intent();
    await until(
      async () =>
        (await call('GET', '/status')).body['kill_switch'] !== undefined &&
        !((await call('GET', '/status')).body['kill_switch'] as { engaged: boolean }).engaged,
      'it is seen released',
    );
    await publish(event(again));
    await reaches(again, 'COMPLETED');
  });
});

describe('bad input', () => {
  const rejectedOn = async (
    seen: (message: { intent_id: string | null; code: string; violations: { pointer: string }[] }) => boolean,
  ): Promise<unknown> => {
    const consumer = await parts.connection
      .jetstream()
      .consumers.get('REJECTED', { filterSubjects: 'interlock.intents.rejected.demo' });
    for await (const message of await consumer.fetch({ max_messages: 200, expires: 2000 })) {
      const { data } = json.decode(message.data) as {
        data: { intent_id: string | null; code: string; violations: { pointer: string }[] };
      };
      if (seen(data)) return data;
    }
    return undefined;
  };

  it('every violation is named, by HTTP and on the bus', async () => {
    const bad = {
      intent_id: 'bad-1',
      tenant_id: 'demo',
      account_id: 'A B',
      agent: 'x',
      action_type: 'cell_failover',
      entity_id: 'c',
      parameters: {},
      affected_entity_count: -1,
      confidence_score: 2,
      extra: 1,
    };
    const refused = await call('POST', '/actions', bad);
    expect(refused.status).toBe(422);
    expect((refused.body['violations'] as { pointer: string }[]).map((v) => v.pointer).sort()).toEqual([
      '/account_id',
      '/affected_entity_count',
      '/confidence_score',
      '/extra',
    ]);
    await publish(event({ ...bad, intent_id: 'bad-2' }, { id: 'bad-2', specversion: '2' }));
    const told = (await until(
      () => rejectedOn((d) => d.intent_id === 'bad-2'),
      'it is on the rejected subject',
    )) as { violations: { pointer: string }[] };
    expect(told.violations.map((v) => v.pointer).sort()).toEqual([
      '/data/account_id',
      '/data/affected_entity_count',
      '/data/confidence_score',
      '/data/extra',
      '/specversion',
    ]);
  });

  it.each<readonly [string, (body: object) => object, readonly string[]]>([
    [
      'names that every object has',
      (body) => ({
        ...body,
        constructor: 1,
        agent: undefined,
        parameters: { list: [{ __defineGetter__: 1 }] },
      }),
      ['/parameters/list/0/__defineGetter__', '/constructor', '/agent'],
    ],
    [
      'text that can not be stored',
      (body) => ({ ...body, lifecycle_state: 'A\u0000B' }),
      ['/lifecycle_state'],
    ],
  ])('%s: by HTTP an intent is refused with every violation, and kept', async (_, make, pointers) => {
    const body = make(intent());
    const refused = await call('POST', '/actions', body);
    expect([
      refused.status,
      (refused.body['violations'] as { pointer: string }[]).map((v) => v.pointer),
    ]).toEqual([422, pointers]);
    const kept = (await until(
      () => rejectedOn((d) => d.intent_id === (body as ActionIntentV1).intent_id),
      'it is kept',
    )) as { violations: { pointer: string }[] };
    expect(kept.violations.map((v) => v.pointer)).toEqual(pointers);
  });

  it.each<readonly [string, () => object, string, number]>([
    ['an unknown action type', () => intent({ action_type: 'no_such_thing' }), 'unknown-action-type', 422],
    ['another tenant', () => intent({ tenant_id: 'other' }), 'wrong-tenant', 403],
    [
      'parameters that the type does not know',
      () => intent({ parameters: { power: 1, power_raise_db: 99 } }),
      'validation-failed',
      422,
    ],
    [
      'parameters nested too deep',
      () => intent({ parameters: JSON.parse(`${'{"a":'.repeat(20)}1${'}'.repeat(20)}`) as never }),
      'validation-failed',
      422,
    ],
  ])('%s is refused', async (_, body, code, status) => {
    expect(await call('POST', '/actions', body())).toMatchObject({ status, body: { code } });
  });

  it('without the scope, without a token, too large: refused with its own code', async () => {
    expect(await call('POST', '/actions', intent(), { scopes: ['AUTONOMOUS_READ'] })).toMatchObject({
      status: 403,
      body: { code: 'missing-scope' },
    });
    expect((await fetch(`http://127.0.0.1:${rails.http.port}/api/v1/autonomous/actions`)).status).toBe(401);
    expect(
      await call('POST', '/actions', { ...intent(), parameters: { a: 'x'.repeat(300_000) } }),
    ).toMatchObject({ status: 413, body: { code: 'payload-too-large' } });
  });

  it('what is no JSON, and an intent of another tenant on the bus, are kept as rejected', async () => {
    await parts.connection
      .jetstream()
      .publish('interlock.intents.demo.by.demo=app', new TextEncoder().encode('{nope'));
    expect(await until(() => rejectedOn((d) => d.code === 'malformed-json'), 'it is kept')).toMatchObject({
      intent_id: null,
    });
    const of = intent({ tenant_id: 'other' });
    await publish(event(of));
    expect(await until(() => rejectedOn((d) => d.intent_id === of.intent_id), 'it is kept')).toMatchObject({
      code: 'wrong-tenant',
    });
  });

  it.each<readonly [string, (id: string) => object]>([
    ['NUL in a text', (id) => event(intent({ intent_id: id, lifecycle_state: 'A\u0000B' }))],
    ['half a surrogate pair', (id) => event(intent({ intent_id: id, incident_id: '\ud800' }))],
    ["NUL in the event's source", (id) => event(intent({ intent_id: id }), { source: 'x\u0000' })],
  ])('%s, which no read model could keep, is refused on the bus and stops nothing', async (_, make) => {
    const id = `odd-${_.length}`;
    await publish(make(id));
    expect(await until(() => rejectedOn((d) => d.intent_id === id), 'it is kept')).toMatchObject({
      code: 'validation-failed',
    });
    const next = intent({ dry_run: true });
    await publish(event(next));
    await reaches(next, 'COMPLETED');
  });

  it('what nests without end is refused once, not tried for ever', async () => {
    const id = 'deep-1';
    const text = JSON.stringify(event(intent({ intent_id: id, parameters: { a: 'HERE' } }))).replace(
      '"HERE"',
      `${'['.repeat(50_000)}${']'.repeat(50_000)}`,
    );
    await parts.connection
      .jetstream()
      .publish('interlock.intents.demo.by.demo=app', new TextEncoder().encode(text));
    expect(await until(() => rejectedOn((d) => d.intent_id === id), 'it is kept')).toMatchObject({
      code: 'validation-failed',
    });
  });

  it('an unknown action is a 404, a bad cursor a 422', async () => {
    expect(await call('GET', '/actions/nope')).toMatchObject({
      status: 404,
      body: { code: 'action-not-found' },
    });
    expect(await call('POST', '/actions/00000000-0000-5000-8000-000000000000/approve', {})).toMatchObject({
      status: 404,
    });
    expect((await call('GET', '/actions?cursor=xx')).status).toBe(422);
  });

  it('pages follow one another without gap or repeat', async () => {
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const { body } = await call('GET', `/actions?limit=40${cursor === '' ? '' : `&cursor=${cursor}`}`);
      seen.push(...(body['items'] as { action_id: string }[]).map((i) => i.action_id));
      cursor = body['next'] as string | null;
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.length).toBeGreaterThan(100);
  });
});
