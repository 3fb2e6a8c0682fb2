import { describe, expect, it } from '@jest/globals';
import { positionText } from '@interlock/kernel';
import { rolloutStream } from '@interlock/policy';
import { verifyProjection } from '@interlock/postgres';
import { testContext, until } from '@interlock/testing';
import { analyticsProjection } from '../src/analytics/analytics.projection.js';
import { activate, after, approve, codeOf, useRegistry, type Answer } from './world.js';
import { endAction, eventNow, makeTraffic } from './traffic.js';

const registry = useRegistry();
const { call } = registry;
const base = '/api/v1/policy';
const rule = (over: object = {}) => ({
  id: 'cf-night',
  agent: 'ran-optimizer',
  action: 'cell_failover',
  effect: 'allow',
  priority: 100,
  conditions: [],
  reason: 'Low-risk failover is routine',
  budget: { cost: 5, compute: 1 },
  ...over,
});
const never = rule({ id: 'never', action: 'planner.deploy', effect: 'needs_approval' });

const activated = async (version: string, ...rules: readonly object[]): Promise<string> => {
  const made = await call('POST', `${base}/bundles`, { body: { version, rules } });
  expect(made.status).toBe(201);
  const id = String(made.body['id']);
  const approval = await approve(call, `${base}/bundles/${id}`, {
    as: await registry.parts.issuer.person(['POLICY_READ', 'POLICY_ACTIVATE'], { sub: 'bob' }),
    note: 'looked at every change',
  });
  expect(approval.status).toBe(201);
  const active = await activate(call, `${base}/bundles/${id}`, {
    body: { approval_id: approval.body['approval_id'] },
  });
  expect([active.status, active.body['detail']]).toEqual([200, undefined]);
  return id;
};
const yes = [
  'ActionApproved',
  { by: 'person:ann', digest: 'd', approvals: 1, approvals_required: 1 },
] as const;
const no = ['ActionRejected', { by: 'person:ann', reasons: [], comment: null }] as const;
const times = async <T>(count: number, make: (i: number) => Promise<T>): Promise<T[]> => {
  const made: T[] = [];
  for (let i = 0; i < count; i++) made.push(await make(i));
  return made;
};
const head = async (): Promise<Record<string, string>> => {
  const position = await registry.parts.log.store.head();
  return position === null ? {} : { 'interlock-min-position': positionText(position) };
};
const year = 'from=2026-01-01T00:00:00Z&to=2027-01-01T00:00:00Z';
const get = async (path: string, as?: Record<string, string>): Promise<Answer> =>
  call('GET', path, { headers: await head(), ...(as === undefined ? {} : { as }) });

describe('analytics', () => {
  it('of a tenant without rollouts has targets and no figures', async () => {
    const { status, body } = await get(
      `${base}/analytics`,
      await registry.parts.issuer.person(['POLICY_READ'], { tenant: 'empty' }),
    );
    expect(status).toBe(200);
    expect(body['targets']).toEqual({
      rolled_back_pct: { value: null, target: '< 5', on_target: null },
      canaries_passing_pct: { value: null, target: '> 90', on_target: null },
      coverage_pct: { value: null, target: '100', on_target: null },
      mttr_min: { value: null, target: '< 5', on_target: null },
    });
    expect(body).toMatchObject({
      active: null,
      rules: [],
      decisions: [],
      coverage: { evaluations: 0, governed: 0, ungoverned: [] },
    });
  });

  it('shows the results of bundles and rollouts, from drafting to rolling back', async () => {
    const { store } = registry.parts.log;
    const first = await activated('1.0.0', rule(), never);
    await makeTraffic(store, 'demo', { requests: 20 });
    const second = await activated(
      '1.1.0',
      rule({ reason: 'Failover is routine, whatever the hour' }),
      never,
    );
    for (const end of ['ActionCompleted', ...Array.from({ length: 25 }, () => 'ActionRolledBack')])
      await endAction(
        registry.parts.log.store,
        'demo',
        { agent: 'ran-optimizer', action_type: 'cell_failover' },
        [[end, { reasons: [], dry_run: false }]],
        { id: second, version: '1.1.0' },
      );
    await until(
      async () => (await call('GET', `${base}/bundles/${second}`)).body['status'] === 'rolled_back',
      'the guard rolls the canary back',
    );

    const { status, body } = await get(`${base}/analytics?${year}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      targets: {
        rolled_back_pct: { value: 50, on_target: false },
        canaries_passing_pct: { value: 0, on_target: false },
        coverage_pct: { value: 100, on_target: true },
        mttr_min: { value: expect.any(Number), on_target: true },
      },
      rollbacks: {
        activated: 2,
        rolled_back: 1,
        share_pct: 50,
        by_trigger: { automatic: 1 },
        minutes: { timed: 1 },
      },
      canaries: { passed: 0, rolled_back: 1, running: 0 },
      approval_turnaround: {
        draft_to_approval: { count: 2 },
        approval_to_activation: { count: 2 },
        draft_to_activation: { count: 2, median_h: expect.any(Number) },
      },
      coverage: { evaluations: 20, governed: 20, ungoverned: [] },
      decisions: [{ day: '2026-03-01', ALLOW: 20 }],
      rules: [
        {
          bundle_version: '1.0.0',
          rule_id: 'cf-night',
          hits: 20,
          decisions: { ALLOW: 20 },
          by_day: [{ day: '2026-03-01', hits: 20 }],
        },
      ],
      active: { bundle_id: first, version: '1.0.0', never_hit: ['never'] },
    });
  });

  it('names requests without a rule, by agent and action type, and does not count dry runs', async () => {
    await makeTraffic(registry.parts.log.store, 'bare', { requests: 3 });
    await makeTraffic(registry.parts.log.store, 'bare', { requests: 4, dryRun: true });
    const { body } = await get(
      `${base}/analytics?${year}`,
      await registry.parts.issuer.person(['POLICY_READ'], { tenant: 'bare' }),
    );
    expect(body['targets']).toMatchObject({ coverage_pct: { value: 0, on_target: false } });
    expect(body['coverage']).toEqual({
      evaluations: 3,
      governed: 0,
      ungoverned: [{ agent: 'ran-optimizer', action_type: 'cell_failover', evaluations: 3, ungoverned: 3 }],
    });
  });

  it('counts a repeated evaluation once, and tolerates unknown events', async () => {
    const { store } = registry.parts.log;
    const { evaluations } = await makeTraffic(store, 'twice', { requests: 2 });
    await store.append(
      'evaluation-twice:2026-03-02',
      evaluations.map((data) => eventNow('EvaluationRecorded', data)),
      'no_stream',
    );
    await store.append(
      rolloutStream('twice'),
      [eventNow('BundlePainted', { bundle_id: crypto.randomUUID(), colour: 'blue' })],
      'no_stream',
    );
    const { status, body } = await get(
      `${base}/analytics?${year}`,
      await registry.parts.issuer.person(['POLICY_READ'], { tenant: 'twice' }),
    );
    expect([status, body['coverage']]).toMatchObject([200, { evaluations: 2 }]);
  });

  it('is refused without the scope, to a token that is bound to teams, and for an invalid period', async () => {
    expect(
      codeOf(
        await call('GET', `${base}/analytics`, { as: await registry.parts.issuer.person(['POLICY_WRITE']) }),
      ),
    ).toBe('403 missing-scope');
    expect(
      codeOf(
        await call('GET', `${base}/analytics`, {
          as: await registry.parts.issuer.person(['POLICY_READ'], { teams: ['core'] }),
        }),
      ),
    ).toBe('403 missing-scope');
    for (const period of [
      'from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z',
      'from=2020-01-01T00:00:00Z&to=2026-01-01T00:00:00Z',
      'from=yesterday',
    ])
      expect(codeOf(await call('GET', `${base}/analytics?${period}`))).toBe('422 validation-failed');
  });
});

describe('suggestions', () => {
  type Item = {
    readonly id: string;
    readonly kind: string;
    readonly rule: Record<string, unknown>;
    readonly evidence: Record<string, unknown>;
    readonly drafted_version: string | null;
  };
  const items = async (as?: Record<string, string>): Promise<readonly Item[]> =>
    (await get(`${base}/suggestions`, as)).body['items'] as Item[];

  it('are made only from repeated approvals, and name the events that they rest on', async () => {
    const about = { agent: 'planner', action_type: 'planner.deploy' };
    const made = await times(19, (i) =>
      endAction(registry.parts.log.store, 'demo', { ...about, risk: i }, [yes, ['ActionCompleted', {}]]),
    );
    expect((await items()).filter(({ kind }) => kind === 'approvals')).toEqual([]);
    made.push(
      await endAction(registry.parts.log.store, 'demo', { ...about, risk: 30 }, [
        yes,
        ['ActionCompleted', {}],
      ]),
    );
    const [suggested] = (await items()).filter(({ kind }) => kind === 'approvals');
    expect(suggested).toMatchObject({
      agent: 'planner',
      action_type: 'planner.deploy',
      drafted_version: null,
      rule: {
        effect: 'allow',
        agent: 'planner',
        action: 'planner.deploy',
        conditions: [
          { field: 'risk_score', op: '<=', value: 30 },
          { field: 'affected_entity_count', op: '<=', value: 3 },
        ],
      },
      evidence: { approved: 20, rejected: 0, executed: 20, failed: 0, incidents: 0 },
    });
    expect(new Set(suggested!.evidence['event_ids'] as string[])).toEqual(
      new Set(made.map((ids) => ids['ActionApproved'])),
    );
  });

  it('come from rejections, and from failing executions, as stricter rules', async () => {
    await times(5, () =>
      endAction(registry.parts.log.store, 'demo', { agent: 'inbox', action_type: 'inbox.archive' }, [no]),
    );
    const failed = (await items()).find(({ kind }) => kind === 'incidents');
    expect(failed).toMatchObject({
      rule: { effect: 'needs_approval', agent: 'ran-optimizer', action: 'cell_failover' },
      evidence: { failed: 25, executed: 26 },
    });
    expect((await items()).find(({ kind }) => kind === 'denials')).toMatchObject({
      rule: { effect: 'deny', agent: 'inbox', action: 'inbox.archive', conditions: [] },
      evidence: { rejected: 5, approved: 0 },
    });
  });

  it('become a draft on request, once, and do not decide', async () => {
    const one = (await items()).find(({ kind }) => kind === 'denials')!;
    const path = `${base}/suggestions/${one.id}/draft`;
    expect(
      codeOf(await call('POST', path, { as: await registry.parts.issuer.person(['POLICY_READ']) })),
    ).toBe('403 missing-scope');
    const headers = { ...(await head()), 'idempotency-key': 'draft-it' };
    const made = await call('POST', path, { headers });
    expect([made.status, made.body]).toMatchObject([
      201,
      {
        version: '1.2.0',
        status: 'draft',
        active: false,
        metadata: { suggestion: { id: one.id, kind: 'denials' } },
        rules: [
          { id: 'cf-night' },
          { id: 'never' },
          { id: 'suggested-denials:inbox:inbox.archive', effect: 'deny' },
        ],
      },
    ]);
    expect((await items()).find(({ id }) => id === one.id)?.drafted_version).toBe('1.2.0');
    const again = await call('POST', path, { headers: { ...headers, ...after(made) } });
    expect([again.status, again.body['id']]).toEqual([201, made.body['id']]);
    expect(codeOf(await call('POST', path, { headers: after(made) }))).toBe('409 already-exists');
    expect((await call('GET', `${base}/bundles/active`, { headers: after(made) })).body).toMatchObject({
      active: { version: '1.0.0' },
      canary: null,
    });
  });

  it('that permit more become a major version', async () => {
    const one = (await items()).find(({ kind }) => kind === 'approvals')!;
    expect(
      (await call('POST', `${base}/suggestions/${one.id}/draft`, { headers: await head() })).body,
    ).toMatchObject({ version: '2.0.0', status: 'draft' });
  });

  it('are separate for each tenant', async () => {
    const as = await registry.parts.issuer.person(['POLICY_READ', 'POLICY_WRITE'], { tenant: 'other' });
    const [one] = await items();
    expect(await items(as)).toEqual([]);
    expect(codeOf(await call('POST', `${base}/suggestions/${one!.id}/draft`, { as }))).toBe('404 not-found');
  });
});

describe('the figures of bundles', () => {
  it('exist by tenant and bundle: errors, costs, and the gates while a canary runs', async () => {
    const metrics = async (): Promise<string> => registry.parts.metrics.metrics();
    await until(
      async () => (await metrics()).includes('policy_error_rate_5m{tenant="demo",bundle="1.1.0"} 0.96'),
      'the error rate of the canary is told',
    );
    const canary = await activated('3.0.0', rule({ reason: 'Failover is routine, in any case' }));
    await until(
      async () =>
        (await metrics()).includes(
          'policy_canary_gate_passed{tenant="demo",bundle="3.0.0",gate="decisions"} 0',
        ),
      'the gates of the canary are told',
    );
    const now = { ...(await makeTraffic(registry.parts.log.store, 'cost', { requests: 1 })).evaluations[0]! };
    const costly = (id: string, at: string, over: object) =>
      eventNow('EvaluationRecorded', {
        ...now,
        evaluation_id: id,
        decision: 'ALLOW',
        budget: { cost: 7, compute: 0 },
        bundle: { ...now.bundle, bundle_id: canary, bundle_version: '9.0.0', variant: 'active' },
        input: { ...now.input, action_id: null, at, ...over },
      });
    const at = new Date().toISOString();
    await registry.parts.log.store.append(
      'evaluation-cost:today',
      [
        costly('c1', at, { action_id: 'x' }),
        costly('c2', at, { action_id: 'x' }),
        costly('c3', at, {}),
        costly('c4', at, { dry_run: true }),
        costly('c5', '2026-03-01T00:00:00.000Z', {}),
      ],
      'any',
    );
    await until(
      async () => (await metrics()).includes('policy_cost_24h{tenant="cost",bundle="9.0.0"} 14'),
      'the cost of what was allowed is told, once for each action',
    );
  });
});

describe('the read model', () => {
  it('equals a replay of the log, repeated evaluations included', async () => {
    const { logger, database } = testContext(registry.parts, 'policy-registry');
    const { same, tables } = await verifyProjection({
      pool: database,
      store: registry.parts.log.store,
      service: 'policy-registry',
      projection: analyticsProjection,
      logger,
    });
    expect({
      same,
      differ: tables.flatMap(({ first }) => first),
      empty: tables.filter(({ rows }) => rows === 0),
    }).toEqual({ same: true, differ: [], empty: [] });
  });
});
