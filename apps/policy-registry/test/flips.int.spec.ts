import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EvaluationV1 } from '@interlock/contracts';
import { collect } from '@interlock/kernel';
import type { RunningService, StartService } from '@interlock/platform';
import {
  bundleIdOf,
  bundleStream,
  compilePolicies,
  evaluationStream,
  FlipCollector,
  flipListHash,
  normalBundle,
  RuleIndex,
  type EvaluationRecorded,
  type FlipList,
  type RuleInput,
} from '@interlock/policy';
import { testContext, until } from '@interlock/testing';
import { activate, after, codeOf, readFlips, startRegistry, type Answer, type Call } from './running.js';
import { promoteAll } from './traffic.js';

let registry: Awaited<ReturnType<typeof startRegistry>>;
let evaluator: RunningService;
let call: Call;
const base = '/api/v1/policy/bundles';
const scopes = ['POLICY_READ', 'POLICY_WRITE', 'POLICY_ACTIVATE', 'POLICY_AUDIT'] as const;
const person = (tenant: string, sub = 'ann') => registry.parts.issuer.person(scopes, { tenant, sub });

const rule = (over: Partial<RuleInput>): RuleInput => ({
  id: 'r',
  agent: 'inbox_triage',
  action: 'inbox.quarantine',
  effect: 'allow',
  priority: 100,
  conditions: [],
  reason: 'A reason long enough',
  ...over,
});
const first: readonly RuleInput[] = [
  rule({
    id: 'stop',
    effect: 'deny',
    priority: 300,
    conditions: [{ field: 'risk_score', op: '>=', value: 85 }],
  }),
  rule({ id: 'go', conditions: [{ field: 'risk_score', op: '<', value: 30 }] }),
];
/** Lets through what asked a person, and asks a person of what was denied. */
const looser: readonly RuleInput[] = [
  rule({
    id: 'stop',
    effect: 'deny',
    priority: 300,
    conditions: [{ field: 'risk_score', op: '>=', value: 93 }],
  }),
  rule({ id: 'go', conditions: [{ field: 'risk_score', op: '<', value: 60 }] }),
];
const stricter: readonly RuleInput[] = [rule({ id: 'none', effect: 'deny' })];

const draft = async (tenant: string, version: string, rules: readonly RuleInput[]): Promise<Answer> => {
  const made = await call('POST', base, { body: { version, rules }, as: await person(tenant) });
  expect(made.status).toBe(201);
  return made;
};
/** By bob, who has looked at what it changes now, unless `body` says otherwise. */
const approve = async (tenant: string, id: unknown, body: object = {}, sub = 'bob'): Promise<Answer> => {
  const [path, as] = [`${base}/${String(id)}`, await person(tenant, sub)];
  return call('POST', `${path}/approvals`, {
    body: { ...('flip_list_hash' in body ? {} : await readFlips(call, path, { as })), ...body },
    as,
  });
};
const activated = async (tenant: string, version: string, rules: readonly RuleInput[]): Promise<Answer> => {
  const {
    body: { id },
  } = await draft(tenant, version, rules);
  const {
    body: { approval_id },
  } = await approve(tenant, id, { note: 'read' });
  const answer = await activate(call, `${base}/${String(id)}`, {
    body: { approval_id },
    as: await person(tenant),
  });
  expect(answer.status).toBe(200);
  return answer;
};
const flips = async (tenant: string, id: unknown, body: object = {}): Promise<Answer> =>
  call('POST', `${base}/${String(id)}/flip-list`, { body, as: await person(tenant) });
/** As the evaluator decides it, and records it. */
const evaluated = async (tenant: string, score: number, over: object = {}): Promise<EvaluationV1> => {
  const response = await fetch(`http://127.0.0.1:${evaluator.http.port}/api/v1/policies/${tenant}/evaluate`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(await person(tenant)) },
    body: JSON.stringify({
      intent: { agent: 'inbox_triage', action_type: 'inbox.quarantine', parameters: {} },
      prediction: { risk_score: score },
      fresh: true,
      ...over,
    }),
  });
  expect(response.status).toBe(200);
  return (await response.json()) as EvaluationV1;
};
const recordedOf = async (tenant: string): Promise<readonly EvaluationRecorded['data'][]> =>
  (
    await collect(
      registry.parts.log.store.read(evaluationStream(tenant, new Date().toISOString().slice(0, 10)), {
        backwards: true,
      }),
    )
  ).map(({ data }) => data as EvaluationRecorded['data']);

beforeAll(async () => {
  registry = await startRegistry();
  ({ call } = registry);
  // As the stack starts its services: by name, so that no app depends on another.
  const name = '@interlock-apps/policy-evaluator';
  const { start } = (await import(name)) as { readonly start: StartService };
  evaluator = await start({
    ...testContext(registry.parts, 'policy-evaluator'),
    metrics: new (registry.parts.metrics.constructor as new () => typeof registry.parts.metrics)(),
  });
  await until(
    async () => (await fetch(`http://127.0.0.1:${evaluator.http.port}/health/ready`)).ok,
    'the evaluator is ready',
  );
});
afterAll(async () => {
  await evaluator.stop();
  await registry.stop();
});

describe('the flip list', () => {
  const tenant = 'flips';
  let active: Answer;
  let candidate: Answer;
  let made: Answer;
  let decided: readonly EvaluationV1[];

  beforeAll(async () => {
    active = await activated(tenant, '1.0.0', first);
    const once = { request_id: 'once', at: '2026-03-02T10:30:00Z' };
    decided = [
      await evaluated(tenant, 10),
      await evaluated(tenant, 50),
      await evaluated(tenant, 90, once),
      await evaluated(tenant, 95),
    ];
    expect((await evaluated(tenant, 90, once)).evaluation_id).toBe(decided[2]!.evaluation_id);
    await evaluated('neighbour', 90);
    candidate = await draft(tenant, '1.1.0', looser);
    made = await flips(tenant, candidate.body['id']);
  });

  it('names every recorded decision that changes, from what to what, by which rule', () => {
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

  it("is kept in the bundle's own stream, is read again, and can be proved by whoever has the log", async () => {
    const again = await call('GET', `${base}/${String(candidate.body['id'])}/flip-list`, {
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

  it('takes the newest where there are more than may be looked at, and says so', async () => {
    const { body } = await flips(tenant, candidate.body['id'], { max_evaluations: 2 });
    expect(body).toMatchObject({ evaluations: 2, capped: true, counts: { 'DENY→NEEDS_APPROVAL': 1 } });
    expect((await flips(tenant, candidate.body['id'], { max_evaluations: 4 })).body).toMatchObject({
      evaluations: 4,
      capped: false,
    });
  });

  it('is of the range that is asked for', async () => {
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

  it('counts the policies of now with both', async () => {
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

  it('shows also what only the bundle that is active now denies', async () => {
    for (const score of [10, 20]) await evaluated('turned', score);
    await activated('turned', '1.0.0', stricter);
    const {
      body: { id },
    } = await draft('turned', '1.1.0', looser);
    const { body } = await flips('turned', id);
    expect(body).toMatchObject({ counts: { 'NEEDS_APPROVAL→ALLOW': 2 }, counts_active: { 'DENY→ALLOW': 2 } });
    expect(codeOf(await approve('turned', id))).toBe('409 flip-note-required');
  });

  it('made twice by one command is made once', async () => {
    const headers = { 'idempotency-key': 'flip-1' };
    const path = `${base}/${String(candidate.body['id'])}/flip-list`;
    const [one, two] = [
      await call('POST', path, { headers, as: await person(tenant) }),
      await call('POST', path, { headers, as: await person(tenant) }),
    ];
    expect([two.status, two.body]).toEqual([one.status, one.body]);
  });

  it("is its tenant's, and there only where one was made", async () => {
    const path = `${base}/${String(candidate.body['id'])}/flip-list`;
    for (const method of ['GET', 'POST'])
      expect(codeOf(await call(method, path, { as: await person('neighbour') }))).toBe('404 not-found');
    const {
      body: { id },
    } = await draft(tenant, '1.2.0', first);
    expect(codeOf(await call('GET', `${base}/${String(id)}/flip-list`, { as: await person(tenant) }))).toBe(
      '404 not-found',
    );
    expect(
      codeOf(
        await call('POST', path, { as: await registry.parts.issuer.person(['POLICY_READ'], { tenant }) }),
      ),
    ).toBe('403 missing-scope');
  });
});

describe('an approval', () => {
  const tenant = 'approvals';
  beforeAll(async () => {
    await activated(tenant, '1.0.0', first);
    for (const score of [10, 50, 90]) await evaluated(tenant, score);
  });

  it('of what lets through something that is denied needs a note; one of spaces is none', async () => {
    const {
      body: { id },
    } = await draft(tenant, '1.1.0', looser);
    const refused = await approve(tenant, id);
    expect([codeOf(refused), refused.body['request']]).toEqual([
      '409 flip-note-required',
      `${base}/${String(id)}/flip-list`,
    ]);
    expect(codeOf(await approve(tenant, id, { note: '  ' }))).toBe('409 flip-note-required');
    const given = await approve(tenant, id, { note: 'seen: 90 asks a person now' });
    expect([given.status, given.body]).toMatchObject([
      201,
      {
        note: 'seen: 90 asks a person now',
        flip_list_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
        against_hash: expect.any(String),
        version: '1.1.0',
      },
    ]);
    const { body: shown } = await call('GET', `${base}/${String(id)}`, {
      as: await person(tenant),
      headers: after(given),
    });
    expect(shown['approvals']).toMatchObject([
      { approval_id: given.body['approval_id'], flip_list_hash: given.body['flip_list_hash'] },
    ]);
  });

  it('keeps the note sealed in the log', async () => {
    const {
      body: { id },
    } = await draft(tenant, '1.3.0', looser);
    await approve(tenant, id, { note: 'a secret of mine' });
    const [approval] = (
      await collect(registry.parts.log.store.read(bundleStream(tenant, String(id))))
    ).filter(({ type }) => type === 'BundleApproved');
    expect((approval!.data as { note: string }).note).toMatch(/^enc:1:/);
  });

  it('needs no note where nothing that is denied gets through', async () => {
    const {
      body: { id },
    } = await draft(tenant, '1.4.0', stricter);
    expect((await approve(tenant, id)).status).toBe(201);
  });

  it('is bound to the list that was looked at', async () => {
    const {
      body: { id },
    } = await draft(tenant, '1.5.0', looser);
    const [one, two] = [await flips(tenant, id), await flips(tenant, id, { max_evaluations: 1 })];
    const note = 'seen';
    const { bundle_hash, flip_list_hash } = two.body;
    expect(
      codeOf(await approve(tenant, id, { flip_list_hash: one.body['flip_list_hash'], bundle_hash, note })),
    ).toBe('409 approval-mismatch');
    expect(codeOf(await approve(tenant, id, { flip_list_hash: '0'.repeat(64), bundle_hash, note }))).toBe(
      '409 approval-mismatch',
    );
    expect(codeOf(await approve(tenant, id, { flip_list_hash: 'x', bundle_hash, note }))).toBe(
      '422 validation-failed',
    );
    const given = await approve(tenant, id, { flip_list_hash, bundle_hash, note });
    expect(given.body).toMatchObject({
      flip_list_hash: two.body['flip_list_hash'],
      against_hash: two.body['against_hash'],
    });
    expect((await approve(tenant, id, { flip_list_hash, bundle_hash, note })).body['approval_id']).toBe(
      given.body['approval_id'],
    );
  });

  it('is not given by a list of other content', async () => {
    const {
      body: { id },
    } = await draft(tenant, '1.6.0', looser);
    const list = await flips(tenant, id);
    const changed = await call('PUT', `${base}/${String(id)}`, {
      body: { version: '1.6.0', rules: stricter },
      headers: { 'if-match': '"1"' },
      as: await person(tenant),
    });
    expect(changed.status).toBe(200);
    expect(
      codeOf(
        await approve(tenant, id, {
          flip_list_hash: list.body['flip_list_hash'],
          bundle_hash: changed.body['bundle_hash'],
          note: 'seen',
        }),
      ),
    ).toBe('409 approval-mismatch');
  });

  it('is not given by a list against a bundle that is no longer active', async () => {
    const stale = 'stale';
    await activated(stale, '1.0.0', first);
    const {
      body: { id },
    } = await draft(stale, '2.0.0', looser);
    const list = await flips(stale, id);
    const next = await activated(stale, '1.1.0', stricter);
    await promoteAll(registry.parts.log.store, stale);
    const refused = await approve(stale, id, {
      flip_list_hash: list.body['flip_list_hash'],
      bundle_hash: list.body['bundle_hash'],
      note: 'seen',
    });
    expect([codeOf(refused), refused.body]).toMatchObject([
      '409 approval-stale',
      { approved_against: list.body['against_hash'], active_hash: next.body['bundle_hash'] },
    ]);
    expect((await approve(stale, id, { note: 'seen' })).body).toMatchObject({
      against_hash: next.body['bundle_hash'],
    });
  });

  it('is given by several at once, who have read the same list', async () => {
    const {
      body: { id },
    } = await draft(tenant, '1.8.0', looser);
    const { bundle_hash, flip_list_hash } = (await flips(tenant, id)).body;
    const given = await Promise.all(
      ['bob', 'cid', 'dan'].map((sub) =>
        approve(tenant, id, { bundle_hash, flip_list_hash, note: 'seen' }, sub),
      ),
    );
    expect(given.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(new Set(given.map(({ body }) => body['approved_by'])).size).toBe(3);
  });

  it('repeated by the same command is the same', async () => {
    const {
      body: { id },
    } = await draft(tenant, '1.7.0', looser);
    const headers = { 'idempotency-key': 'approve-1' };
    const { bundle_hash, flip_list_hash } = (await flips(tenant, id)).body;
    const again = async (note: string) =>
      call('POST', `${base}/${String(id)}/approvals`, {
        body: { bundle_hash, flip_list_hash, note },
        headers,
        as: await person(tenant, 'bob'),
      });
    const one = await again('seen');
    const two = await again('seen');
    expect([two.status, two.body]).toEqual([one.status, one.body]);
    expect(codeOf(await again('another'))).toBe('409 idempotency-conflict');
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

  it("reports the rule's effect and the final decision beside what was decided then", async () => {
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

  it('compares two bundles over it, and the newest where there are more', async () => {
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

  it("looks at no other tenant's", async () => {
    const { body } = await call('POST', '/api/v1/policy/simulate', {
      body: { bundle: { rules: looser }, dataset: { kind: 'replay' } },
      as: await person('nobody'),
    });
    expect(body).toMatchObject({ total: 0, dataset: { evaluations: 0 } });
  });
});

describe('of a tenant with teams', () => {
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

  it('a flip list is of the requests that the bundle would decide', async () => {
    const made = async (version: string, team?: string): Promise<unknown> =>
      (
        await call('POST', base, {
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
      (await activate(call, `${base}/${String(own)}`, { body: { approval_id }, as: await person(tenant) }))
        .status,
    ).toBe(200);
    expect([await evaluations(own), await evaluations(everyones)]).toEqual([2, 2]);
  });

  it('a simulation is of bundles and requests that the token may see', async () => {
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

  it('a background run is seen by those who are bound to its teams', async () => {
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
