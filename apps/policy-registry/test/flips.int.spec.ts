import { beforeAll, describe, expect, it } from '@jest/globals';
import type { EvaluationV1 } from '@interlock/contracts';
import { collect } from '@interlock/kernel';
import {
  bundleIdOf,
  bundleStream,
  compilePolicies,
  FlipCollector,
  flipListHash,
  normalBundle,
  RuleIndex,
  type FlipList,
  type RuleInput,
} from '@interlock/policy';
import { underOneLoad } from '@interlock/testing';
import { first, looser, scopes, stricter, useFlips } from './flips-world.js';
import { activate, bundlesPath, codeOf, type Answer } from './world.js';

const { registry, call, person, draft, approve, activated, flips, evaluated, recordedOf } = useFlips();

describe('the flip list', () => {
  let tenant: string;
  let active: Answer;
  let candidate: Answer;
  let made: Answer;
  let decided: readonly EvaluationV1[];

  beforeAll(async () => {
    const once = { request_id: 'once', at: '2026-03-02T10:30:00Z' };
    let again: EvaluationV1 | undefined;
    await underOneLoad(async (number) => {
      tenant = `flips-${number}`;
      active = await activated(tenant, '1.0.0', first);
      decided = [
        await evaluated(tenant, 10),
        await evaluated(tenant, 50),
        await evaluated(tenant, 90, once),
        await evaluated(tenant, 95),
      ];
      again = await evaluated(tenant, 90, once);
      return recordedOf(tenant);
    });
    expect(again?.evaluation_id).toBe(decided[2]!.evaluation_id);
    await evaluated('neighbour', 90);
    candidate = await draft(tenant, '1.1.0', looser);
    made = await flips(tenant, candidate.body['id']);
  });

  it('names every recorded decision that changes, with both outcomes and the rule', () => {
    expect(decided.map(({ decision }) => decision)).toEqual(['ALLOW', 'NEEDS_APPROVAL', 'DENY', 'DENY']);
    const counts = { 'DENY→NEEDS_APPROVAL': 1, 'NEEDS_APPROVAL→ALLOW': 1 };
    expect([made.status, made.body]).toMatchObject([
      201,
      {
        bundle_id: candidate.body['id'],
        version: '1.1.0',
        bundle_hash: candidate.body['bundle_hash'],
        against_hash: active.body['bundle_hash'],
        evaluations: 4,
        capped: false,
        counts,
        counts_active: counts,
        truncated: false,
        flips: [
          {
            evaluation_id: decided[2]!.evaluation_id,
            from: 'DENY',
            active: 'DENY',
            to: 'NEEDS_APPROVAL',
            rule_id: null,
            was_rule_id: 'stop',
          },
          {
            evaluation_id: decided[1]!.evaluation_id,
            from: 'NEEDS_APPROVAL',
            active: 'NEEDS_APPROVAL',
            to: 'ALLOW',
            rule_id: 'go',
            was_rule_id: null,
          },
        ],
      },
    ]);
    expect(Date.parse(String(made.body['to'])) - Date.parse(String(made.body['from']))).toBe(7 * 86_400_000);
  });

  it("is stored in the bundle's own stream, can be read again, and can be proved from the log", async () => {
    const again = await call('GET', `${bundlesPath}/${String(candidate.body['id'])}/flip-list`, {
      as: await person(tenant),
    });
    expect(again.body).toEqual(made.body);
    const list = (
      await collect(registry.parts.log.store.read(bundleStream(tenant, String(candidate.body['id']))))
    ).find(({ type }) => type === 'FlipListMade')!.data as FlipList;
    expect(flipListHash(list)).toBe(made.body['flip_list_hash']);
    const [next, then] = [looser, first].map(
      (rules) => new RuleIndex(normalBundle({ version: '1.0.0', rules }).rules),
    ) as [RuleIndex, RuleIndex];
    const replayed = new FlipCollector(next, then, compilePolicies([]));
    for (const evaluation of await recordedOf(tenant)) replayed.add(evaluation);
    expect(replayed.list({ ...list })).toEqual(list);
  });

  it('uses the newest decisions if there are too many, and says so', async () => {
    const { body } = await flips(tenant, candidate.body['id'], { max_evaluations: 2 });
    expect(body).toMatchObject({ evaluations: 2, capped: true, counts: { 'DENY→NEEDS_APPROVAL': 1 } });
    expect((await flips(tenant, candidate.body['id'], { max_evaluations: 4 })).body).toMatchObject({
      evaluations: 4,
      capped: false,
    });
  });

  it('covers the requested range', async () => {
    const past = { from: '2026-01-01T00:00:00Z', to: '2026-01-31T00:00:00Z' };
    expect((await flips(tenant, candidate.body['id'], past)).body).toMatchObject({
      from: '2026-01-01T00:00:00.000Z',
      to: '2026-01-31T00:00:00.000Z',
      evaluations: 0,
      flips: [],
      counts: {},
    });
    for (const wrong of [
      { from: past.to, to: past.from },
      { from: 'then' },
      { max_evaluations: 0 },
      { max_evaluations: 50_001 },
      { from: '2020-01-01T00:00:00Z' },
      { more: 1 },
    ])
      expect(codeOf(await flips(tenant, candidate.body['id'], wrong))).toBe('422 validation-failed');
  });

  it('judges both bundles with the current policies', async () => {
    await call('POST', `/api/v1/policies/guarded`, {
      body: {
        policy_id: 'cap',
        name: 'cap',
        action_types: ['*'],
        decision: 'DENY',
        conditions: [{ field: 'risk_score', op: '>=', value: 40 }],
      },
      as: await person('guarded'),
    });
    for (const score of [10, 50, 90]) await evaluated('guarded', score);
    const {
      body: { id },
    } = await draft('guarded', '1.0.0', looser);
    expect((await flips('guarded', id)).body).toMatchObject({
      against_hash: null,
      evaluations: 3,
      counts: { 'NEEDS_APPROVAL→ALLOW': 1 },
      flips: [{ from: 'NEEDS_APPROVAL', to: 'ALLOW', rule_id: 'go' }],
    });
  });

  it('also shows decisions that only the active bundle now denies', async () => {
    for (const score of [10, 20]) await evaluated('turned', score);
    await activated('turned', '1.0.0', stricter);
    const {
      body: { id },
    } = await draft('turned', '1.1.0', looser);
    const { body } = await flips('turned', id);
    expect(body).toMatchObject({ counts: { 'NEEDS_APPROVAL→ALLOW': 2 }, counts_active: { 'DENY→ALLOW': 2 } });
    expect(codeOf(await approve('turned', id))).toBe('409 flip-note-required');
  });

  it('is made once if one command is sent twice', async () => {
    const headers = { 'idempotency-key': 'flip-1' };
    const path = `${bundlesPath}/${String(candidate.body['id'])}/flip-list`;
    const [one, two] = [
      await call('POST', path, { headers, as: await person(tenant) }),
      await call('POST', path, { headers, as: await person(tenant) }),
    ];
    expect([two.status, two.body]).toEqual([one.status, one.body]);
  });

  it('belongs to its tenant, and exists only if one was made', async () => {
    const path = `${bundlesPath}/${String(candidate.body['id'])}/flip-list`;
    for (const method of ['GET', 'POST'])
      expect(codeOf(await call(method, path, { as: await person('neighbour') }))).toBe('404 not-found');
    const {
      body: { id },
    } = await draft(tenant, '1.2.0', first);
    expect(
      codeOf(await call('GET', `${bundlesPath}/${String(id)}/flip-list`, { as: await person(tenant) })),
    ).toBe('404 not-found');
    expect(
      codeOf(
        await call('POST', path, { as: await registry.parts.issuer.person(['POLICY_READ'], { tenant }) }),
      ),
    ).toBe('403 missing-scope');
  });
});

describe('a replay of what was recorded', () => {
  const tenant = 'replayed';
  let recorded: readonly EvaluationV1[];
  beforeAll(async () => {
    await activated(tenant, '1.0.0', first);
    recorded = [
      await evaluated(tenant, 10),
      await evaluated(tenant, 50),
      await evaluated(tenant, 90),
      await evaluated(tenant, 95),
    ];
  });
  const simulate = async (to: string, body: object): Promise<Answer> =>
    call('POST', `/api/v1/policy/simulate${to}`, { body, as: await person(tenant) });

  it("reports the rule's effect and the final decision beside the original decision", async () => {
    const { body } = await simulate('', { bundle: { rules: looser }, dataset: { kind: 'replay' } });
    expect(body).toMatchObject({
      total: 4,
      counts: { allow: 2, deny: 1, no_match: 1 },
      decisions: { ALLOW: 2, DENY: 1, NEEDS_APPROVAL: 1 },
      changes: { 'DENY→NEEDS_APPROVAL': 1, 'NEEDS_APPROVAL→ALLOW': 1 },
      dataset: { kind: 'replay', evaluations: 4, capped: false },
    });
    expect((body['cases'] as { items: object[] }).items).toMatchObject(
      [...recorded].reverse().map(({ evaluation_id: id, decision, bundle }) => ({
        id,
        recorded: { decision, rule_id: bundle.rule_id, bundle_version: '1.0.0' },
      })),
    );
  });

  it('of the bundle that decided changes nothing', async () => {
    const { body } = await simulate('', { version: '1.0.0', dataset: { kind: 'replay' } });
    expect(body).not.toHaveProperty('changes');
    expect(body).toMatchObject({ total: 4, counts: { allow: 1, deny: 2, no_match: 1 } });
  });

  it('compares two bundles over it, and uses the newest decisions if there are too many', async () => {
    const { body } = await simulate('/compare', {
      a: { version: '1.0.0' },
      b: { bundle: { rules: looser } },
      dataset: { kind: 'replay', max_evaluations: 2 },
    });
    expect(body).toMatchObject({
      changed: 1,
      deltas: { deny: -1, no_match: 1 },
      dataset: { evaluations: 2, capped: true },
      cases: {
        items: [
          {
            id: recorded[2]!.evaluation_id,
            from: { effect: 'deny', decision: 'DENY' },
            to: { effect: 'no_match', decision: 'NEEDS_APPROVAL' },
          },
        ],
      },
    });
  });

  it("uses no other tenant's decisions", async () => {
    const { body } = await call('POST', '/api/v1/policy/simulate', {
      body: { bundle: { rules: looser }, dataset: { kind: 'replay' } },
      as: await person('nobody'),
    });
    expect(body).toMatchObject({ total: 0, dataset: { evaluations: 0 } });
  });
});

describe('in a tenant with teams', () => {
  const tenant = 'teamed';
  const bound = (...teams: readonly string[]) =>
    registry.parts.issuer.person(scopes, { tenant, sub: `of-${teams.join('-')}`, teams });
  const evaluatedFor = (agent: string, score: number): Promise<EvaluationV1> =>
    evaluated(tenant, score, { intent: { agent, action_type: 'inbox.quarantine', parameters: {} } });
  const any = (rules: readonly RuleInput[]): readonly RuleInput[] =>
    rules.map((one) => ({ ...one, agent: '*' }));
  const evaluations = async (id: unknown): Promise<unknown> => (await flips(tenant, id)).body['evaluations'];

  beforeAll(async () => {
    for (const [team, agent] of [
      ['ran', 'tuner'],
      ['core', 'router'],
    ] as const)
      expect(
        (
          await call('PUT', `/api/v1/policy/teams/${team}`, {
            body: { name: team, agents: [agent] },
            as: await person(tenant),
          })
        ).status,
      ).toBe(200);
    await activated(tenant, '1.0.0', any(first));
    for (const [agent, score] of [
      ['tuner', 10],
      ['tuner', 90],
      ['router', 90],
      ['inbox_triage', 90],
    ] as const)
      await evaluatedFor(agent, score);
  });

  it('a flip list covers the requests that the bundle would decide', async () => {
    const made = async (version: string, team?: string): Promise<unknown> =>
      (
        await call('POST', bundlesPath, {
          body: { version, rules: any(looser), ...(team === undefined ? {} : { team }) },
          as: await person(tenant),
        })
      ).body['id'];
    const [own, everyones] = [await made('1.1.0', 'ran'), await made('1.2.0')];
    expect([await evaluations(own), await evaluations(everyones)]).toEqual([2, 4]);
    const {
      body: { approval_id },
    } = await approve(tenant, own, { note: 'read' });
    expect(
      (
        await activate(call, `${bundlesPath}/${String(own)}`, {
          body: { approval_id },
          as: await person(tenant),
        })
      ).status,
    ).toBe(200);
    expect([await evaluations(own), await evaluations(everyones)]).toEqual([2, 2]);
  });

  it('a simulation covers the bundles and requests visible to the token', async () => {
    const replay = async (
      as: Record<string, string>,
      of: object = { bundle: { rules: looser } },
    ): Promise<Answer> =>
      call('POST', '/api/v1/policy/simulate', { body: { ...of, dataset: { kind: 'replay' } }, as });
    expect([
      (await replay(await bound('ran'))).body['total'],
      (await replay(await bound('core', 'ran'))).body['total'],
      (await replay(await person(tenant))).body['total'],
    ]).toEqual([2, 3, 4]);
    for (const named of [{ version: '1.1.0' }, { bundle_id: bundleIdOf(tenant, '1.1.0') }])
      expect([
        codeOf(await replay(await bound('core'), named)),
        (await replay(await bound('ran'), named)).status,
        (await replay(await person(tenant), named)).status,
      ]).toEqual(['404 not-found', 200, 200]);
  });

  it('a background run is visible to callers bound to its teams', async () => {
    const begun = await call('POST', '/api/v1/policy/simulate', {
      body: { bundle: { rules: looser }, dataset: { kind: 'replay' }, async: true },
      as: await bound('ran'),
    });
    const run = `/api/v1/policy/simulate/runs/${String(begun.body['run_id'])}`;
    expect([
      (await call('GET', run, { as: await bound('core') })).status,
      (await call('GET', run, { as: await bound('core', 'ran') })).status,
      (await call('GET', run, { as: await person(tenant) })).status,
    ]).toEqual([404, 200, 200]);
  });
});
