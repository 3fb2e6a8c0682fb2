import { describe, expect, it } from '@jest/globals';
import type { ActionIntentV1 } from '@interlock/contracts';
import { encodeCursor } from '@interlock/postgres';
import { until } from '@interlock/testing';
import { json, intent, event, railsWorld } from './rails-world.js';

const world = railsWorld();
const { call, reaches, publish } = world;

describe('bad input', () => {
  const rejectedOn = async (
    seen: (message: { intent_id: string | null; code: string; violations: { pointer: string }[] }) => boolean,
  ): Promise<unknown> => {
    const consumer = await world.parts.connection
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
    const rejection = (await until(
      () => rejectedOn((d) => d.intent_id === 'bad-2'),
      'it is on the rejected subject',
    )) as { violations: { pointer: string }[] };
    expect(rejection.violations.map((v) => v.pointer).sort()).toEqual([
      '/data/account_id',
      '/data/affected_entity_count',
      '/data/confidence_score',
      '/data/extra',
      '/specversion',
    ]);
    const listed = async (query: string): Promise<readonly { readonly intent_id: string | null }[]> =>
      (await call('GET', `/intents/rejected${query}`)).body['items'] as readonly {
        readonly intent_id: string | null;
      }[];
    expect((await listed('')).slice(0, 2).map(({ intent_id }) => intent_id)).toEqual(['bad-2', 'bad-1']);
    expect(await listed('?intent_id=bad-2')).toEqual([
      expect.objectContaining({ intent_id: 'bad-2', tenant_id: 'demo', code: 'validation-failed' }),
    ]);
    expect(await listed('?intent_id=nobody')).toEqual([]);
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
    [
      'models with control characters or too long',
      (body) => ({ ...body, agent_model: 'a\u202eb', agent_model_version: 'x'.repeat(129) }),
      ['/agent_model', '/agent_model_version'],
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
    expect((await fetch(`http://127.0.0.1:${world.rails.http.port}/api/v1/autonomous/actions`)).status).toBe(
      401,
    );
    expect(
      await call('POST', '/actions', { ...intent(), parameters: { a: 'x'.repeat(300_000) } }),
    ).toMatchObject({ status: 413, body: { code: 'payload-too-large' } });
  });

  it('what is not JSON, and an intent of another tenant on the bus, are kept as rejected', async () => {
    await world.parts.connection
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
    await world.parts.connection
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

  const id = '00000000-0000-4000-8000-000000000001';
  const at = '2026-01-01T00:00:00.000Z';
  const own: { readonly [list: string]: readonly [path: string, values: readonly (string | number)[]] } = {
    actions: ['/actions', [at, id]],
    plans: ['/plans', [at, id]],
    inbox: ['/inbox', [at, at, id]],
    'rejected-intents': ['/intents/rejected', [7]],
  };
  it.each(Object.entries(own))('the list %s takes only its own cursors', async (list, [path, values]) => {
    const status = async (of: string, cursor: readonly (string | number)[]): Promise<number> =>
      (await call('GET', `${path}?cursor=${encodeCursor(of, cursor)}`)).status;
    expect(await status(list, values)).toBe(200);
    expect(await status('others', values)).toBe(422);
    expect(await status(list, ['x', ...values.slice(1)].slice(0, values.length))).toBe(
      list === 'inbox' ? 200 : 422,
    );
  });

  it.each(['', '%205', '0x10', '1e2', '201'])('a limit of %j is a 422', async (limit) =>
    expect((await call('GET', `/actions?limit=${limit}`)).body['violations']).toEqual([
      { pointer: '/limit', detail: 'must be a whole number from 1 to 200' },
    ]),
  );
});
