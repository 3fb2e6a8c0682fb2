import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { encodeCursor } from '@interlock/postgres';
import { after, codeOf, useRegistry, type Answer } from './world.js';

const registry = useRegistry();
const { call } = registry;
const base = '/api/v1/policies/demo';
const policy = (over: object = {}) => ({
  name: 'failover guard',
  action_types: ['cell_failover'],
  decision: 'ALLOW',
  max_affected_entities: 5,
  ...over,
});
const create = async (over: object = {}): Promise<Answer> => {
  const made = await call('POST', base, { body: policy(over) });
  expect(made.status).toBe(201);
  return made;
};
type Case = {
  readonly id: string;
  readonly input: Record<string, unknown>;
  readonly expect: Record<string, unknown>;
};
const seed = (id: string): Case =>
  (
    JSON.parse(
      readFileSync(new URL('../../../fixtures/acceptance/policies_v2.json', import.meta.url), 'utf8'),
    ) as { cases: Case[] }
  ).cases.find((one) => one.id === id)!;

describe('acceptance: policies', () => {
  it('policy.list_status', async () => {
    const { input, expect: wanted } = seed('policy.list_status');
    const as = await registry.parts.issuer.person(['POLICY_READ', 'POLICY_WRITE'], { tenant: 'listing' });
    let last: Answer | undefined;
    for (const status of input['policies'] as string[])
      last = await call('POST', '/api/v1/policies/listing', { body: policy({ status }), as });
    const { body } = await call('GET', `/api/v1/policies/listing?status=${String(input['filter'])}`, {
      as,
      headers: after(last!),
    });
    expect(body['items']).toHaveLength(Number(wanted['count']));
  });

  it('policy.tenant', async () => {
    const { input, expect: wanted } = seed('policy.tenant');
    const as = await registry.parts.issuer.person(['POLICY_READ', 'POLICY_WRITE'], {
      tenant: String(input['token_tenant']),
    });
    for (const [method, body] of [
      ['GET', undefined],
      ['POST', policy()],
    ] as const) {
      const answer = await call(method, `/api/v1/policies/${String(input['path_tenant'])}`, { as, body });
      expect(wanted['status_in']).toContain(answer.status);
      expect(codeOf(answer)).toBe('403 wrong-tenant');
    }
  });

  it.each([
    ['policy.scope.POST create', 'POST', base],
    ['policy.scope.PATCH', 'PATCH', `${base}/any`],
  ])('%s', async (id, method, path) => {
    const { expect: wanted } = seed(id);
    const answer = await call(method, path, { body: policy(), as: await registry.parts.issuer.person([]) });
    expect([answer.status, answer.body['code'], answer.body['scopes']]).toEqual([
      wanted['status'],
      'missing-scope',
      [wanted['needs']],
    ]);
  });

  it('policy.evaluate_appends', async () => {
    const { input, expect: wanted } = seed('policy.evaluate_appends');
    const { body } = await create();
    const metadata = {
      $correlationId: 'c',
      $causationId: 'c',
      tenant_id: 'demo',
      actor: { kind: 'service', service: 'policy-evaluator' },
      schema_version: 1,
      occurred_at: '2026-03-01T10:00:00.000Z',
      command_id: 'c',
    } as const;
    const version = { policy_id: body['policy_id'], version: 1, content_hash: body['content_hash'] };
    // These are the evaluator's events, one of them twice; its own suites test what it appends.
    const ids = Array.from(
      { length: Number(input['evaluate']) },
      (_, i) => `00000000-0000-5000-8000-00000000000${i}`,
    );
    let position = '';
    for (const evaluation_id of [...ids, ids[0]!]) {
      const data = {
        evaluation_id,
        trace_id: 't',
        decision: 'ALLOW',
        confidence: 0.9,
        explanation: 'ALLOW: x',
        policies: {
          decision: 'ALLOW',
          matched: evaluation_id === ids[1] ? [] : [{ ...version, name: 'n', decision: 'ALLOW' }],
        },
        bundle: {
          decision: 'ABSTAIN',
          bundle_id: null,
          bundle_version: null,
          bundle_hash: null,
          variant: 'none',
          rule_id: null,
          reason: null,
        },
        matched_rules: [],
        budget: { cost: 0, compute: 0 },
        versions: { policies: [version] },
        input: {
          at: '2026-03-01T10:00:00.000Z',
          action_id: null,
          agent: 'a',
          action_type: 'cell_failover',
          dry_run: false,
        },
      };
      const result = await registry.parts.log.store.append(
        'evaluation-demo:2026-03-01',
        [{ id: crypto.randomUUID(), type: 'EvaluationRecorded', data, metadata }],
        'any',
      );
      position = `${result.position.commit}`;
    }
    const trail = await call('GET', `${base}/${String(body['policy_id'])}/audit-trail`, {
      headers: { 'interlock-min-position': position },
    });
    const items = trail.body['items'] as {
      evaluation_id: string;
      matched: boolean;
      policy_version: number | null;
      decision: string;
    }[];
    expect(items).toHaveLength(Number(wanted['audit_trail_entries']));
    expect(items.map(({ matched, policy_version: used }) => [matched, used])).toEqual([
      [true, 1],
      [false, null],
      [true, 1],
    ]);
    const paged: unknown[] = [];
    for (let next: string | null = ''; next !== null;) {
      const page: Answer = await call(
        'GET',
        `${base}/${String(body['policy_id'])}/audit-trail?limit=2${next === '' ? '' : `&cursor=${next}`}`,
      );
      paged.push(...(page.body['items'] as unknown[]));
      next = page.body['next'] as string | null;
    }
    expect(paged).toEqual(items);
    expect(codeOf(await call('GET', `${base}/${String(body['policy_id'])}/audit-trail?limit=0`))).toBe(
      '422 validation-failed',
    );
  });
});

describe('a policy', () => {
  it('is created active with its defaults, under a given or a generated id', async () => {
    const made = await create();
    expect(made.body).toMatchObject({
      version: 1,
      status: 'active',
      conditions: [],
      on_elapse: 'proceed',
      min_confidence: null,
      revision: '0',
      content_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    const read = await call('GET', `${base}/${String(made.body['policy_id'])}`, { headers: after(made) });
    const { effective_by: effectiveBy, ...policyMade } = made.body;
    expect(effectiveBy).toMatch(/^\d{4}-.*Z$/);
    expect(read.body).toMatchObject({ ...policyMade, created_by: expect.stringMatching(/^person:/) });
    expect((await create({ policy_id: 'night-guard' })).body['policy_id']).toBe('night-guard');
    expect(codeOf(await call('POST', base, { body: policy({ policy_id: 'night-guard', name: 'n' }) }))).toBe(
      '409 already-exists',
    );
  });

  it('is refused with every violation named', async () => {
    const refused = await call('POST', base, {
      body: { name: '', action_types: ['*'], decision: 'PERHAPS', min_confidence: 2, colour: 'red' },
    });
    expect(codeOf(refused)).toBe('422 policy-invalid');
    expect(
      (refused.body['violations'] as { pointer: string }[]).map(({ pointer }) => pointer).sort(),
    ).toEqual(['/colour', '/decision', '/min_confidence', '/name']);
    const meaning = await call('POST', base, {
      body: policy({
        action_types: ['teleport'],
        conditions: [{ field: 'risk_score', op: '<', value: 'low' }],
      }),
    });
    expect(codeOf(meaning)).toBe('422 policy-invalid');
  });

  it('gets a new version by PATCH; every version stays readable and can be restored', async () => {
    const { body } = await create();
    const path = `${base}/${String(body['policy_id'])}`;
    expect((await call('PATCH', path, { body: { decision: 'DENY' } })).body).toMatchObject({
      version: 2,
      decision: 'DENY',
      max_affected_entities: 5,
    });
    expect((await call('PATCH', path, { body: { status: 'disabled' } })).body).toMatchObject({
      version: 3,
      status: 'disabled',
    });
    const restored = await call('PATCH', path, { body: { restore_version: 1, status: 'active' } });
    expect(restored.body).toMatchObject({
      version: 4,
      decision: 'ALLOW',
      status: 'active',
      content_hash: body['content_hash'],
    });
    const { body: versions } = await call('GET', `${path}/versions`, { headers: after(restored) });
    expect(
      (
        versions['items'] as {
          version: number;
          decision: string;
          changed: string[];
          restored_version: number | null;
        }[]
      ).map((one) => [one.version, one.decision, one.changed, one.restored_version]),
    ).toEqual([
      [4, 'ALLOW', ['decision', 'status'], 1],
      [3, 'DENY', ['status'], null],
      [2, 'DENY', ['decision'], null],
      [1, 'ALLOW', [], null],
    ]);
  });

  it('each version is read by its number, and compared with another field by field', async () => {
    const { body } = await create();
    const path = `${base}/${String(body['policy_id'])}`;
    await call('PATCH', path, { body: { decision: 'CONFIRM', confirmation_window_s: 30 } });
    const last = await call('PATCH', path, {
      body: { conditions: [{ field: 'risk_score', op: '>', value: 50 }], status: 'disabled' },
    });
    const headers = after(last);
    expect((await call('GET', `${path}/versions/2`, { headers })).body).toMatchObject({
      version: 2,
      decision: 'CONFIRM',
      status: 'active',
      changed: ['decision', 'confirmation_window_s'],
      made_by: expect.stringMatching(/^person:/),
    });
    expect((await call('GET', `${path}/versions/1/compare/3`)).body).toMatchObject({
      from: { version: 1 },
      to: { version: 3 },
      changes: [
        { field: 'conditions', from: [], to: [{ field: 'risk_score', op: '>', value: 50 }] },
        { field: 'decision', from: 'ALLOW', to: 'CONFIRM' },
        { field: 'confirmation_window_s', from: null, to: 30 },
        { field: 'status', from: 'active', to: 'disabled' },
      ],
    });
    expect((await call('GET', `${path}/versions/2/compare/2`)).body['changes']).toEqual([]);
    for (const version of ['0', '4', 'x', '-1', '99999999999999999999'])
      expect([
        version,
        codeOf(await call('GET', `${path}/versions/${version}`)),
        codeOf(await call('GET', `${path}/versions/1/compare/${version}`)),
      ]).toEqual([version, '404 not-found', '404 not-found']);
    expect(codeOf(await call('PATCH', path, { body: { restore_version: 9 } }))).toBe('404 not-found');
    expect(codeOf(await call('GET', `/api/v1/policies/stranger/x/versions/1`))).toBe('403 wrong-tenant');
  });

  it('lists its versions page by page, each once', async () => {
    const { body } = await create();
    const path = `${base}/${String(body['policy_id'])}`;
    let last: Answer | undefined;
    for (let i = 1; i <= 4; i += 1) last = await call('PATCH', path, { body: { confirmation_window_s: i } });
    const seen: number[] = [];
    for (let next: string | null = ''; next !== null;) {
      const page: Answer = await call(
        'GET',
        `${path}/versions?limit=2${next === '' ? '' : `&cursor=${next}`}`,
        { headers: after(last!) },
      );
      seen.push(...(page.body['items'] as { version: number }[]).map(({ version }) => version));
      next = page.body['next'] as string | null;
    }
    expect(seen).toEqual([5, 4, 3, 2, 1]);
    const forged = [
      encodeCursor('policy-versions', [2 ** 31]),
      encodeCursor('policies', ['x', 'pol-1']),
      encodeCursor('policy-uses', ['2026-01-01T00:00:00.000Z', 'x']),
    ].map((cursor) => `cursor=${cursor}`);
    for (const list of [`${path}/versions`, `${path}/audit-trail`, base])
      for (const query of ['limit=0', 'cursor=WyJ4Il0', 'cursor=Wy0xXQ', ...forged])
        expect(codeOf(await call('GET', `${list}?${query}`))).toBe('422 validation-failed');
  });

  it('moves from active to disabled and back, and to retired from either', async () => {
    const { body } = await create({ status: 'disabled' });
    const path = `${base}/${String(body['policy_id'])}`;
    for (const status of ['active', 'disabled', 'active', 'retired'])
      expect((await call('PATCH', path, { body: { status } })).body['status']).toBe(status);
    for (const change of [{ status: 'disabled' }, { decision: 'DENY' }])
      expect(codeOf(await call('PATCH', path, { body: change }))).toBe('409 wrong-state');
  });

  it('a change is checked as a whole: conditions that fit one action type do not fit another', async () => {
    const { body } = await create({
      conditions: [{ field: 'parameters.power_raise_db', op: '<', value: 3 }],
    });
    const refused = await call('PATCH', `${base}/${String(body['policy_id'])}`, {
      body: { action_types: ['inbox.archive'] },
    });
    expect(codeOf(refused)).toBe('422 policy-invalid');
    expect(refused.body['violations']).toMatchObject([
      { pointer: '/conditions/0/field', code: 'unknown-field' },
    ]);
  });

  it('accepts simultaneous changes, each with its own version, and a pinned one only at its revision', async () => {
    const { body } = await create();
    const path = `${base}/${String(body['policy_id'])}`;
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, i) => call('PATCH', path, { body: { confirmation_window_s: i + 1 } })),
    );
    expect(answers.map(({ body: changed }) => Number(changed['version'])).sort((a, b) => a - b)).toEqual([
      2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
    ]);
    expect(
      codeOf(await call('PATCH', path, { body: { decision: 'DENY' }, headers: { 'if-match': '"3"' } })),
    ).toBe('412 stale-revision');
    expect(
      (await call('PATCH', path, { body: { decision: 'DENY' }, headers: { 'if-match': '"10"' } })).status,
    ).toBe(200);
  });

  it('cannot leave the state retired', async () => {
    const { body } = await create();
    const path = `${base}/${String(body['policy_id'])}`;
    expect((await call('PATCH', path, { body: { status: 'retired' } })).status).toBe(200);
    expect(codeOf(await call('PATCH', path, { body: { status: 'active' } }))).toBe('409 wrong-state');
  });

  it('is not duplicated by a repeat with the same idempotency key', async () => {
    const headers = { 'idempotency-key': 'once' };
    const [first, second] = [
      await call('POST', base, { body: policy(), headers }),
      await call('POST', base, { body: policy(), headers }),
    ];
    // The effective time is counted from each answer, and a repeat is answered later.
    expect({ ...second.body, effective_by: first.body['effective_by'] }).toEqual(first.body);
  });

  it('answers 404 for an unknown id', async () => {
    const answers = await Promise.all([
      call('GET', `${base}/nobody`),
      call('PATCH', `${base}/nobody`, { body: {} }),
      call('GET', `${base}/nobody/versions`),
      call('GET', `${base}/nobody/audit-trail`),
    ]);
    expect(answers.map(codeOf)).toEqual(Array(4).fill('404 not-found'));
  });

  it('needs a token, and the audit trail its own scope', async () => {
    expect((await call('GET', base, { as: {} })).status).toBe(401);
    expect(
      codeOf(
        await call('GET', `${base}/night-guard/audit-trail`, {
          as: await registry.parts.issuer.person(['POLICY_READ']),
        }),
      ),
    ).toBe('403 missing-scope');
  });

  it("is on exactly one page of its tenant, and on none of another tenant's", async () => {
    const seen: string[] = [];
    for (let next: string | null = ''; next !== null;) {
      const { body }: Answer = await call('GET', `${base}?limit=2${next === '' ? '' : `&cursor=${next}`}`);
      seen.push(...(body['items'] as { policy_id: string }[]).map(({ policy_id: id }) => id));
      next = body['next'] as string | null;
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toContain('night-guard');
    expect(
      (
        await call('GET', '/api/v1/policies/stranger', {
          as: await registry.parts.issuer.person(['POLICY_READ'], { tenant: 'stranger' }),
        })
      ).body,
    ).toEqual({ items: [], next: null });
  });
});
