import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { collect } from '@interlock/kernel';
import { after, codeOf, pointersOf, useRegistry, type Answer } from './world.js';

const registry = useRegistry();
const { call } = registry;
const path = '/api/v1/policy/simulate';
const rule = (over: object = {}) => ({
  id: 'stop',
  agent: 'inbox_triage',
  action: 'inbox.quarantine',
  effect: 'deny',
  priority: 300,
  conditions: [{ field: 'risk_score', op: '>=', value: 85 }],
  reason: 'A reason long enough',
  ...over,
});
const going = rule({
  id: 'go',
  effect: 'allow',
  priority: 100,
  conditions: [{ field: 'risk_score', op: '<', value: 30 }],
  budget: { cost: 100.01, compute: 1 },
});
const one = (over: object = {}) => ({
  agent: 'inbox_triage',
  action: 'inbox.quarantine',
  context: { risk_score: 10 },
  ...over,
});
const custom = (...cases: readonly object[]) => ({ kind: 'custom', cases });
type Cases = { readonly items: readonly Record<string, unknown>[]; readonly next: string | null };
const casesOf = ({ body }: Answer): Cases => body['cases'] as Cases;
const simulate = (body: object, as?: Record<string, string>): Promise<Answer> =>
  call('POST', path, { body, ...(as === undefined ? {} : { as }) });

describe('POST /simulate', () => {
  it('tries a draft out over the nine fixtures, by the declarations of the built-in action types', async () => {
    const answer = await simulate({ bundle: { rules: [rule(), going] }, dataset: { kind: 'fixtures' } });
    expect([answer.status, answer.body]).toMatchObject([
      200,
      {
        bundle: { bundle_id: null, version: '0.0.0' },
        total: 9,
        counts: { allow: 1, deny: 2, needs_approval: 1, no_match: 5 },
        unknown: 1,
        rules: [
          { rule_id: 'stop', hits: 3 },
          { rule_id: 'go', hits: 1 },
        ],
        total_cost: 100.01,
        cost_breach: false,
      },
    ]);
    expect(casesOf(answer).items[7]).toMatchObject({
      name: 'missing fields',
      effect: 'needs_approval',
      rule_id: 'stop',
      unknown_fields: ['risk_score'],
    });
    const listed = await call('GET', `${path}/fixtures`);
    expect(listed.body).toMatchObject({
      count: 9,
      groups: { 'High-risk inbox': 3, 'Knowledge reindex': 2, 'Planner deploys': 2, 'Edge cases': 2 },
    });
    // A listed case can be sent unchanged, because every field is declared.
    const sent = (
      listed.body['items'] as { id: string; agent: string; action: string; context: object }[]
    ).map(({ id, agent, action, context }) => ({ id, agent, action, context }));
    expect(
      (await simulate({ bundle: { rules: [rule(), going] }, dataset: custom(...sent) })).body['counts'],
    ).toEqual(answer.body['counts']);
  });

  it('accepts a dataset by its name alone, and rules without a bundle around them', async () => {
    const answer = await simulate({ rules: [rule()], dataset: 'synthetic', count: 100, seed: 42 });
    expect(answer).toMatchObject({ status: 200, body: { total: 100 } });
    expect(answer.body).toEqual(
      (await simulate({ bundle: { rules: [rule()] }, dataset: { kind: 'synthetic', count: 100, seed: 42 } }))
        .body,
    );
    expect(
      pointersOf(await simulate({ rules: [rule()], dataset: 'synthetic', count: 99, seed: 42 })),
    ).toEqual(['/dataset/count']);
  });

  it('answers a single request as the playground needs it: decision, matched rules, near misses, reason', async () => {
    const answer = await simulate({
      bundle: { rules: [rule(), going] },
      dataset: custom(one({ context: { risk_score: 84 } })),
    });
    expect(casesOf(answer)).toMatchObject({
      items: [
        {
          id: 'case-1',
          effect: 'no_match',
          rule_id: null,
          matched_rules: [],
          near_misses: [{ rule_id: 'stop', field: 'risk_score', actual: 84 }, { rule_id: 'go' }],
          explanation: 'no rule of bundle 0.0.0 matches',
        },
      ],
      next: null,
    });
  });

  it("applies the tenant's policies on request", async () => {
    const made = await call('POST', '/api/v1/policies/demo', {
      body: {
        policy_id: 'cap',
        name: 'cap',
        action_types: ['inbox.quarantine'],
        decision: 'DENY',
        conditions: [{ field: 'risk_score', op: '<', value: 50 }],
      },
    });
    const body = { bundle: { rules: [rule(), going] }, dataset: custom(one()), with_policies: true };
    const answer = await call('POST', path, {
      body,
      headers: { 'interlock-min-position': String(made.body['position']) },
    });
    expect(answer.body).toMatchObject({
      counts: { allow: 1 },
      decisions: { DENY: 1, ALLOW: 0 },
      total_cost: 0,
    });
    expect(casesOf(answer).items[0]).toMatchObject({ effect: 'allow', rule_id: 'go', decision: 'DENY' });
    expect(casesOf(await simulate({ ...body, with_policies: false })).items[0]).not.toHaveProperty(
      'decision',
    );
  });

  it.each([
    [99, 422],
    [100, 200],
    [1000, 200],
    [1001, 422],
  ])('of %i synthetic cases answers %i', async (count, status) => {
    const answer = await simulate({
      bundle: { rules: [rule()] },
      dataset: { kind: 'synthetic', count, seed: 42 },
    });
    expect(answer.status).toBe(status);
    if (status === 200)
      expect(answer.body).toMatchObject({ total: count, dataset: { kind: 'synthetic', count, seed: 42 } });
    else expect(pointersOf(answer)).toEqual(['/dataset/count']);
  });

  it('gives the same answer for the same seed, and another one for another seed', async () => {
    const of = async (seed: number): Promise<string> =>
      JSON.stringify(
        (await simulate({ bundle: { rules: [rule()] }, dataset: { kind: 'synthetic', count: 100, seed } }))
          .body,
      );
    const [first, again, other] = [await of(42), await of(42), await of(43)];
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });

  it('returns its cases page by page, each once', async () => {
    const seen: unknown[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const answer: Answer = await simulate({
        bundle: { rules: [rule()] },
        dataset: { kind: 'synthetic', count: 250 },
        page: { limit: 100, ...(cursor === '' ? {} : { cursor }) },
      });
      seen.push(...casesOf(answer).items.map(({ id }) => id));
      cursor = casesOf(answer).next;
    }
    expect([seen.length, new Set(seen).size]).toEqual([250, 250]);
    expect(
      codeOf(
        await simulate({ bundle: { rules: [] }, dataset: { kind: 'fixtures' }, page: { cursor: 'bm9uZQ' } }),
      ),
    ).toBe('422 validation-failed');
  });

  const spends = [
    ['cost', 1000, 1, 1, false],
    ['cost', 1000.01, 1, 1, true],
    ['cost', 100, 11, 10, true],
    ['cost', 0.1, 1, 1, false],
    ['compute', 100, 1, 1, false],
    ['compute', 100.01, 1, 1, true],
  ] as const;
  it.each(spends)(
    '%s of %f, %i times: a breach only above the limit',
    async (what, each, times, _, breach) => {
      const budget = { cost: 0, compute: 0, [what]: each };
      const cases = Array.from({ length: times }, () => one());
      const { body } = await simulate({
        bundle: { rules: [rule({ id: 'go', effect: 'allow', conditions: [], budget })] },
        dataset: custom(...cases),
      });
      expect(body).toMatchObject({ [`total_${what}`]: each * times, [`${what}_breach`]: breach });
      const own = await simulate({
        bundle: { rules: [rule({ id: 'go', effect: 'allow', conditions: [], budget })] },
        dataset: custom(...cases),
        limits: { [what]: each * times },
      });
      expect(own.body[`${what}_breach`]).toBe(false);
    },
  );

  it('accepts a stored bundle by its id and its version', async () => {
    const made = await call('POST', '/api/v1/policy/bundles', { body: { version: '1.0.0', rules: [going] } });
    const headers = { 'interlock-min-position': String(made.body['position']) };
    for (const named of [{ bundle_id: made.body['id'] }, { version: '1.0.0' }]) {
      const answer = await call('POST', path, { body: { ...named, dataset: custom(one()) }, headers });
      expect(answer.body).toMatchObject({
        bundle: { bundle_id: made.body['id'], version: '1.0.0', bundle_hash: made.body['bundle_hash'] },
        counts: { allow: 1 },
      });
    }
    expect(codeOf(await simulate({ bundle_id: 'none', dataset: custom(one()) }))).toBe('404 not-found');
    const elsewhere = await registry.parts.issuer.person(['POLICY_READ'], { tenant: 'other' });
    expect(codeOf(await simulate({ bundle_id: made.body['id'], dataset: custom(one()) }, elsewhere))).toBe(
      '404 not-found',
    );
    expect(codeOf(await simulate({ version: '1.0.0', dataset: custom(one()) }, elsewhere))).toBe(
      '404 not-found',
    );
  });

  it('names every fault of a draft, and of cases', async () => {
    const refused = await simulate({
      bundle: {
        rules: [
          rule({ effect: 'maybe' }),
          rule({ id: 'b', action: 'warp_drive', conditions: [] }),
          rule({ id: 'c', conditions: [{ field: 'riskscore', op: '<', value: 1 }] }),
        ],
      },
      dataset: { kind: 'fixtures' },
    });
    expect([codeOf(refused), pointersOf(refused).sort()]).toEqual([
      '422 bundle-invalid',
      ['/bundle/rules/0/effect', '/bundle/rules/1/action', '/bundle/rules/2/conditions/0/field'],
    ]);
    const cases = await simulate({
      bundle: { rules: [] },
      dataset: custom(one({ action: 'warp_drive' }), one({ context: { nope: 1, risk_score: '7' } })),
    });
    expect([codeOf(cases), pointersOf(cases).sort()]).toEqual([
      '422 validation-failed',
      ['/dataset/cases/0/action', '/dataset/cases/1/context/nope', '/dataset/cases/1/context/risk_score'],
    ]);
  });

  it.each([
    ['no body', undefined, '422 validation-failed'],
    ['what is not JSON', '{"bundle":', '400 malformed-json'],
    ['a list', '[]', '422 validation-failed'],
    [
      'two bundles',
      { version: '1.0.0', bundle_id: 'x', dataset: { kind: 'fixtures' } },
      '422 validation-failed',
    ],
    ['a dataset that is none', { version: '1.0.0', dataset: 'everything' }, '422 validation-failed'],
    [
      'a number that is too large',
      '{"bundle":{"rules":[]},"dataset":{"kind":"fixtures"},"limits":{"cost":1e999}}',
      '422 validation-failed',
    ],
    [
      'a range that ends before it begins',
      {
        bundle: { rules: [] },
        dataset: { kind: 'replay', from: '2026-02-02T00:00:00Z', to: '2026-02-01T00:00:00Z' },
      },
      '422 validation-failed',
    ],
    [
      'a range of years',
      {
        bundle: { rules: [] },
        dataset: { kind: 'replay', from: '2020-01-01T00:00:00Z', to: '2026-01-01T00:00:00Z' },
      },
      '422 validation-failed',
    ],
    [
      'a body that is too large',
      { bundle: { rules: [], notes: 'x'.repeat(300_000) }, dataset: { kind: 'fixtures' } },
      '413 payload-too-large',
    ],
  ])('%s is refused', async (_, body, code) => {
    expect(codeOf(await call('POST', path, { body }))).toBe(code);
    expect(registry.parts.lines.filter((line) => line.includes('"level":50'))).toEqual([]);
  });

  it('needs the scope to read policies', async () => {
    const as = await registry.parts.issuer.person(['POLICY_ACTIVATE']);
    for (const [method, to] of [
      ['POST', path],
      ['POST', `${path}/compare`],
      ['GET', `${path}/fixtures`],
      ['GET', `${path}/runs/x`],
      ['DELETE', `${path}/runs/x`],
    ] as const)
      expect(codeOf(await call(method, to, { as }))).toBe('403 missing-scope');
  });
});

describe('acceptance: simulation', () => {
  it('sim.no_side_effect', async () => {
    const { cases } = JSON.parse(
      readFileSync(new URL('../../../fixtures/acceptance/simulation.json', import.meta.url), 'utf8'),
    ) as { cases: { id: string; expect: { bundles_changed: number; actions_created: number } }[] };
    const { expect: wanted } = cases.find(({ id }) => id === 'sim.no_side_effect')!;
    const headers = after(
      await call('POST', '/api/v1/policy/bundles', { body: { version: '9.0.0', rules: [going] } }),
    );
    const shown = async (): Promise<Map<unknown, string>> =>
      new Map(
        (
          (await call('GET', '/api/v1/policy/bundles?limit=200', { headers })).body['items'] as {
            id: string;
          }[]
        ).map((bundle) => [bundle.id, JSON.stringify(bundle)]),
      );
    const [before, bundles] = [await registry.parts.log.store.head(), await shown()];
    for (const dataset of [{ kind: 'fixtures' }, { kind: 'synthetic' }, custom(one()), { kind: 'replay' }]) {
      expect(
        (await simulate({ bundle: { rules: [rule(), going] }, dataset, with_policies: true })).status,
      ).toBe(200);
      expect(
        (
          await call('POST', `${path}/compare`, {
            body: { a: { bundle: { rules: [rule()] } }, b: { bundle: { rules: [going] } }, dataset },
          })
        ).status,
      ).toBe(200);
    }
    expect(await registry.parts.log.store.head()).toEqual(before);
    const changed = [...(await shown())].filter(([id, bundle]) => bundles.get(id) !== bundle);
    const actions = (await collect(registry.parts.log.store.readAll())).filter(({ stream }) =>
      stream.startsWith('action-'),
    );
    expect({ bundles_changed: changed.length, actions_created: actions.length }).toEqual(wanted);
  });
});

describe('POST /simulate/compare', () => {
  const [first, second] = [
    { bundle: { rules: [rule(), going] } },
    {
      bundle: {
        rules: [
          rule({ conditions: [{ field: 'risk_score', op: '>=', value: 90 }] }),
          { ...going, conditions: [] },
        ],
      },
    },
  ];
  const dataset = custom(
    ...[10, 30, 85, 90].map((score) => one({ id: `${score}`, context: { risk_score: score } })),
  );

  it('shows the effect of the second: deltas, and for each case both outcomes and the rule', async () => {
    const { body } = await call('POST', `${path}/compare`, { body: { a: first, b: second, dataset } });
    expect(body).toMatchObject({
      deltas: { allow: 2, deny: -1, needs_approval: 0, no_match: -1, total_cost: 200.02, total_compute: 2 },
      changed: 2,
      a: { total: 4 },
      b: { total: 4 },
    });
    expect(body['cases']).toMatchObject({
      items: [
        { id: '30', from: { effect: 'no_match', rule_id: null }, to: { effect: 'allow', rule_id: 'go' } },
        { id: '85', from: { effect: 'deny', rule_id: 'stop' }, to: { effect: 'allow', rule_id: 'go' } },
      ],
      next: null,
    });
  });

  it('a bundle compared with itself changes nothing, over any dataset', async () => {
    for (const over of [dataset, { kind: 'fixtures' }, { kind: 'synthetic', count: 1000 }]) {
      expect(
        (await call('POST', `${path}/compare`, { body: { a: first, b: first, dataset: over } })).body,
      ).toMatchObject({
        deltas: { allow: 0, deny: 0, needs_approval: 0, no_match: 0, total_cost: 0, total_compute: 0 },
        changed: 0,
        cases: { items: [], next: null },
      });
    }
  });

  it('says which draft has a fault', async () => {
    const refused = await call('POST', `${path}/compare`, {
      body: { a: first, b: { bundle: { rules: [{}] } }, dataset },
    });
    expect(codeOf(refused)).toBe('422 bundle-invalid');
    expect(pointersOf(refused).every((pointer) => pointer.startsWith('/b/bundle/rules/0/'))).toBe(true);
    expect(codeOf(await call('POST', `${path}/compare`, { body: { a: first, dataset } }))).toBe(
      '422 validation-failed',
    );
  });
});
