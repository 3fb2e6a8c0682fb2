import { beforeAll, describe, expect, it } from '@jest/globals';
import { collect } from '@interlock/kernel';
import { actionTypeStream } from '@interlock/policy';
import { builtInActionTypes } from '@interlock/rails';
import { startPostgres, until, untilReady, type TestPostgres } from '@interlock/testing';
import type { RunningService } from '@interlock/platform';
import { activate, after, approve, codeOf, useRegistry, type Answer } from './world.js';

const registry = useRegistry();
const { call } = registry;
let database: TestPostgres;
let rebuilt: RunningService;

const bundle = (version: string) => ({
  version,
  rules: [
    {
      id: 'all',
      agent: '*',
      action: '*',
      effect: 'needs_approval',
      priority: 1,
      conditions: [{ field: 'risk_score', op: '>', value: 1.5 }],
      budget: { cost: 0.1 },
    },
  ],
  metadata: { ticket: 'Ä-1', list: [1, null] },
});
const get = async (
  running: RunningService,
  path: string,
  headers: Record<string, string> = {},
): Promise<Record<string, unknown>> => {
  const answer = await fetch(`http://127.0.0.1:${running.http.port}${path}`, {
    headers: { ...(await registry.parts.issuer.person(['POLICY_READ', 'POLICY_AUDIT'])), ...headers },
  });
  return (await answer.json()) as Record<string, unknown>;
};

beforeAll(async () => {
  const bob = await registry.parts.issuer.person(['POLICY_ACTIVATE'], { sub: 'bob' });
  for (const version of ['1.0.0', '1.1.0', '2.0.0']) {
    const { body } = await call('POST', '/api/v1/policy/bundles', { body: bundle(version) });
    const path = `/api/v1/policy/bundles/${String(body['id'])}`;
    if (version !== '2.0.0') {
      await approve(call, path, { as: bob, note: 'yes' });
      await activate(call, path);
    }
  }
  await call('POST', '/api/v1/policies/demo', {
    body: { policy_id: 'p', name: 'p', action_types: ['*'], decision: 'CONFIRM' },
  });
  await call('PATCH', '/api/v1/policies/demo/p', { body: { min_confidence: 0.123456789 } });
  database = await startPostgres();
  rebuilt = await registry.another({ database: database.pool });
  registry.stopFirst(async () => {
    await rebuilt.stop();
    await database.stop();
  });
});

describe('the read models', () => {
  it.each([
    '/api/v1/policy/bundles',
    '/api/v1/policy/bundles/active',
    '/api/v1/policy/analytics?from=2026-06-01T00:00:00Z&to=2027-05-31T00:00:00Z',
    '/api/v1/policies/demo',
    '/api/v1/policies/demo/p/versions',
  ])('%s answers the same after a rebuild from the log', async (path) => {
    const last = await call('PATCH', '/api/v1/policies/demo/p', { body: {} });
    const headers = after(last);
    const expected = (await call('GET', path, { headers })).body;
    await until(
      async () => JSON.stringify(await get(rebuilt, path, headers)) === JSON.stringify(expected),
      'the rebuilt read model answers the same',
    );
    expect(await get(rebuilt, path, headers)).toEqual(expected);
  });

  it('serve a write of another instance, at the position that it answered', async () => {
    const made: Answer = await call('POST', '/api/v1/policies/demo', {
      body: { policy_id: 'elsewhere', name: 'x', action_types: ['*'], decision: 'DENY' },
    });
    expect(await get(rebuilt, '/api/v1/policies/demo/elsewhere', after(made))).toMatchObject({
      policy_id: 'elsewhere',
      decision: 'DENY',
    });
  });

  it('that cannot reach a position say so, and when to ask again', async () => {
    const answer = await call('GET', '/api/v1/policies/demo', {
      headers: { 'interlock-min-position': '99999999999' },
    });
    expect([codeOf(answer), answer.headers.get('retry-after')]).toEqual([
      '503 read-model-behind',
      expect.any(String),
    ]);
    expect(
      codeOf(await call('GET', '/api/v1/policies/demo', { headers: { 'interlock-min-position': 'soon' } })),
    ).toBe('422 validation-failed');
  });

  it("never contain a person's name", async () => {
    const { rows } = await database.pool
      .query<{ text: string }>(
        "begin; select set_config('app.tenant_id', '_all', true); select string_agg(b::text, ' ') as text from policy_registry_bundles_v3.bundles b; rollback",
      )
      .then((results) => (results as unknown as { rows: { text: string }[] }[])[2]!);
    expect(rows[0]!.text).toContain('person:');
    expect(rows[0]!.text).not.toMatch(/anna|bob/);
  });

  it('show a tenant its own rows only, whatever the query', async () => {
    const client = await registry.parts.postgres.pool.connect();
    try {
      await client.query('begin');
      await client.query("select set_config('app.tenant_id', 'stranger', true)");
      const { rows } = await client.query<{ n: string }>(
        'select count(*) as n from policy_registry_policies_v1.policies',
      );
      expect(rows[0]!.n).toBe('0');
      await client.query('rollback');
    } finally {
      client.release();
    }
  });
});

describe('the catalogue', () => {
  it('contains the built-in types, by name, for every tenant', async () => {
    const { body } = await call('GET', '/api/v1/action-types', {
      as: await registry.parts.issuer.service(['AUTONOMOUS_READ'], { tenant: 'anyone' }),
    });
    expect((body['items'] as { action_type: string }[]).map(({ action_type: name }) => name)).toEqual(
      builtInActionTypes.map(({ action_type: name }) => name).sort(),
    );
  });

  it('is written once, however often the registry starts', async () => {
    const another = await registry.another();
    try {
      await untilReady(`http://127.0.0.1:${another.http.port}`);
    } finally {
      await another.stop();
    }
    expect(await collect(registry.parts.log.store.read(actionTypeStream('cell_failover')))).toHaveLength(1);
  });
});
