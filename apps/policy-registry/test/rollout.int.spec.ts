import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { collect } from '@interlock/kernel';
import { bundleIdOf, rolloutStream, type GateReport, type RuleInput } from '@interlock/policy';
import { until } from '@interlock/testing';
import { after, codeOf, startRegistry, type Answer, type Call } from './running.js';
import { makeTraffic, openIncident, type Traffic } from './traffic.js';

let registry: Awaited<ReturnType<typeof startRegistry>>;
let call: Call;
const base = '/api/v1/policy/bundles';
const all = ['POLICY_READ', 'POLICY_WRITE', 'POLICY_ACTIVATE'] as const;
const rule = (over: object = {}): RuleInput => ({ id: 'cf', agent: '*', action: 'cell_failover', effect: 'allow', priority: 100, conditions: [], reason: 'A failover is routine', budget: { cost: 10 }, ...over });

/** A tenant of its own: what is done there is no one else's. */
const tenantOf = async (tenant: string) => {
  const [as, other] = [await registry.parts.issuer.person(all, { tenant }), await registry.parts.issuer.person(all, { tenant, sub: 'bob' })];
  const path = (version: string, rest = ''): string => `${base}/${bundleIdOf(tenant, version)}${rest}`;
  const post = (version: string, what: string, body?: object): Promise<Answer> => call('POST', path(version, `/${what}`), { as, ...(body === undefined ? {} : { body }) });
  return {
    as, path, post,
    activate: async (version: string, ...rules: readonly RuleInput[]): Promise<Answer> => {
      expect((await call('POST', base, { as, body: { version, rules: rules.length > 0 ? rules : [rule()] } })).status).toBe(201);
      expect((await call('POST', path(version, '/approvals'), { as: other })).status).toBe(201);
      return post(version, 'activate');
    },
    get: async (rest: string, seen?: Answer): Promise<Record<string, unknown>> => (await call('GET', rest, { as, ...(seen === undefined ? {} : { headers: after(seen) }) })).body,
    settings: async (body: object): Promise<Answer> => call('PUT', '/api/v1/policy/rollout/settings', { as, body }),
    traffic: (of: Traffic) => makeTraffic(registry.parts.log.store, tenant, of),
    /** What the gates say once everything is counted: a read model that lags behind says so, and nothing is judged meanwhile. */
    gates: async (version: string): Promise<GateReport> => until(async () => {
      const { status, body } = await post(version, 'check-gates');
      return status === 200 && body as unknown as GateReport;
    }, 'the gates are judged'),
    incident: (action_id: string | null, cause?: string) => openIncident(registry.parts.log.store, tenant, { action_id, ...(cause === undefined ? {} : { cause }) }),
    events: async () => (await collect(registry.parts.log.store.read(rolloutStream(tenant)))).map(({ type, data, metadata }) => ({ type, data: data as Record<string, unknown>, actor: metadata.actor, at: metadata.occurred_at })),
    types: async () => (await collect(registry.parts.log.store.read(rolloutStream(tenant)))).map(({ type }) => type),
  };
};
const good: Traffic = { requests: 400, ends: ['ActionCompleted'] };
/** Gates that need few decisions, so that a test needs few requests. */
const few = { gates: { decisions: 20 } };

beforeAll(async () => {
  registry = await startRegistry();
  ({ call } = registry);
});
afterAll(async () => { await registry.stop(); });

describe('a rollout', () => {
  it('goes 10 → 50 → 100 and back, each step by its gates, and every answer says how it stands', async () => {
    const t = await tenantOf('whole');
    await t.settings(few);
    expect((await t.activate('1.0.0')).body).toMatchObject({ status: 'active', canary_pct: 100 });
    const begun = await t.activate('1.1.0', rule({ reason: 'A failover is still routine' }));
    expect(begun.body).toMatchObject({ status: 'canary', active: false, canary_pct: 10 });
    expect(await t.get(`${base}/active`, begun)).toMatchObject({ active: { version: '1.0.0', canary_pct: 100 }, canary: { version: '1.1.0', canary_pct: 10, status: 'canary' } });
    expect(codeOf(await t.post('1.1.0', 'promote', { reason: 'quick' }))).toBe('409 gates-not-passed');

    await t.traffic(good);
    const gates = await t.gates('1.1.0');
    expect(gates).toMatchObject({ pct: 10, threshold_verdict: { passed: true, outcome: 'promotable', failing: [] }, sample_ratio: { verdict: 'pass' } });
    expect(gates.decisions).toBeGreaterThan(20);
    expect(codeOf(await t.post('1.1.0', 'promote'))).toBe('409 dwell-not-over');
    expect(codeOf(await t.post('1.1.0', 'promote', { to_pct: 100, reason: 'skip' }))).toBe('409 wrong-state');
    const fifty = await t.post('1.1.0', 'promote', { reason: 'the figures are clear' });
    expect(fifty.body).toMatchObject({ status: 'canary', canary_pct: 50 });

    expect(await t.get(t.path('1.1.0', '/canary-status'), fifty)).toMatchObject({ status: 'canary', canary_pct: 50, counts: { decisions: 0, requests: 0, executions: 0 }, gates: { pct: 50, decisions: 0 }, dwell_remaining_s: expect.any(Number) });
    await t.traffic({ ...good, requests: 100 });
    await t.gates('1.1.0');
    const full = await t.post('1.1.0', 'promote', { reason: 'the figures are still clear' });
    expect(full.body).toMatchObject({ status: 'active', canary_pct: 100 });
    expect(await t.get(`${base}/active`, full)).toMatchObject({ active: { version: '1.1.0' }, canary: null });
    expect(await t.get(t.path('1.0.0'))).toMatchObject({ status: 'superseded', canary_pct: 0 });
    expect(codeOf(await t.post('1.1.0', 'promote', { reason: 'more' }))).toBe('409 wrong-state');

    const back = await t.post('1.1.0', 'rollback', { reason: 'error spike' });
    expect(back.body).toMatchObject({ status: 'rolled_back', active: false, restored: { version: '1.0.0', canary_pct: 100 } });
    expect(await t.get(`${base}/active`, back)).toMatchObject({ active: { version: '1.0.0', canary_pct: 100 }, canary: null });
    expect(await t.get(t.path('1.1.0'))).toMatchObject({ status: 'rolled_back', rollback: { reason: 'error spike', by: expect.stringMatching(/^person:/), at: expect.any(String), trigger: 'person' } });
    expect(await t.types()).toEqual(['RolloutConfigured', 'BundleActivated', 'BundleActivated', 'CanaryPromoted', 'CanaryPromoted', 'BundleRolledBack']);
    expect(JSON.stringify(await t.events())).not.toContain('error spike');
  });

  it('is rolled back when its error rate is plainly critical, without anyone calling an endpoint', async () => {
    const t = await tenantOf('auto');
    await t.settings(few);
    await t.activate('1.0.0');
    await t.activate('1.1.0');
    const began = performance.now();
    await t.traffic({ requests: 400, ends: [...Array<'ActionCompleted'>(6).fill('ActionCompleted'), 'ActionRolledBack'] });
    const rolledBack = await until(async () => (await t.events()).find(({ type }) => type === 'BundleRolledBack'), 'the canary is rolled back');
    process.stdout.write(`automatic rollback ${(performance.now() - began).toFixed(0)} ms after the first of 400 requests was written\n`);
    expect(rolledBack).toMatchObject({ actor: { kind: 'service', service: 'policy-registry' }, data: { was: 'canary', trigger: 'automatic', restored_version: '1.0.0', reason: expect.stringContaining('error_rate_pct') } });
  });
});
