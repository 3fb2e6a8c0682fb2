import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { collect, CommandHandler, testMetadata, type EventToAppend } from '@interlock/kernel';
import {
  bundleIdOf,
  evaluationStream,
  rolloutDecider,
  rolloutStream,
  type GateReport,
  type RuleInput,
} from '@interlock/policy';
import { testContext, until } from '@interlock/testing';
import { start } from '../src/main.js';
import { activate, after, approve, codeOf, startRegistry, type Answer, type Call } from './running.js';
import { makeTraffic, openIncident, promoteAll, type Traffic } from './traffic.js';

let registry: Awaited<ReturnType<typeof startRegistry>>;
let call: Call;
const base = '/api/v1/policy/bundles';
const all = ['POLICY_READ', 'POLICY_WRITE', 'POLICY_ACTIVATE'] as const;
const rule = (over: object = {}): RuleInput => ({
  id: 'cf',
  agent: '*',
  action: 'cell_failover',
  effect: 'allow',
  priority: 100,
  conditions: [],
  reason: 'A failover is routine',
  budget: { cost: 10 },
  ...over,
});

/** A tenant of its own: what is done there is no one else's. */
const tenantOf = async (tenant: string) => {
  const [as, other] = [
    await registry.parts.issuer.person(all, { tenant }),
    await registry.parts.issuer.person(all, { tenant, sub: 'bob' }),
  ];
  const path = (version: string, rest = ''): string => `${base}/${bundleIdOf(tenant, version)}${rest}`;
  const post = (version: string, what: string, body?: object): Promise<Answer> =>
    call('POST', path(version, `/${what}`), { as, ...(body === undefined ? {} : { body }) });
  return {
    as,
    path,
    post,
    activate: async (version: string, ...rules: readonly RuleInput[]): Promise<Answer> => {
      expect(
        (await call('POST', base, { as, body: { version, rules: rules.length > 0 ? rules : [rule()] } }))
          .status,
      ).toBe(201);
      expect((await approve(call, path(version), { as: other })).status).toBe(201);
      return activate(call, path(version), { as });
    },
    get: async (rest: string, seen?: Answer): Promise<Record<string, unknown>> =>
      (await call('GET', rest, { as, ...(seen === undefined ? {} : { headers: after(seen) }) })).body,
    settings: (body: object): Promise<Answer> =>
      until(async () => {
        const answer = await call('PUT', '/api/v1/policy/rollout/settings', { as, body });
        return answer.status === 200 && answer;
      }, 'the settings are written'),
    traffic: (of: Traffic) => makeTraffic(registry.parts.log.store, tenant, of),
    /** What the gates say once everything is counted: a read model that lags behind says so, and nothing is judged meanwhile. */
    gates: async (version: string): Promise<GateReport> =>
      until(async () => {
        const { status, body } = await post(version, 'check-gates');
        return status === 200 && (body as unknown as GateReport);
      }, 'the gates are judged'),
    incident: (action_id: string | null, cause?: string) =>
      openIncident(registry.parts.log.store, tenant, {
        action_id,
        ...(cause === undefined ? {} : { cause }),
      }),
    events: async () =>
      (await collect(registry.parts.log.store.read(rolloutStream(tenant)))).map(
        ({ type, data, metadata }) => ({
          type,
          data: data as Record<string, unknown>,
          actor: metadata.actor,
          at: metadata.occurred_at,
        }),
      ),
    types: async () =>
      (await collect(registry.parts.log.store.read(rolloutStream(tenant)))).map(({ type }) => type),
  };
};
const good: Traffic = { requests: 400, ends: ['ActionCompleted'] };
/** Gates that need few decisions, so that a test needs few requests. */
const few = { gates: { decisions: 20 } };

beforeAll(async () => {
  registry = await startRegistry();
  ({ call } = registry);
});
afterAll(async () => {
  await registry.stop();
});

describe('what a canary is judged by', () => {
  it('is each action once, however often its gates look, and no question that anybody asks', async () => {
    const t = await tenantOf('asking');
    await t.settings(few);
    await t.activate('1.0.0');
    await t.activate('1.1.0', rule({ reason: 'A failover is still routine' }));
    const { evaluations } = await t.traffic({ requests: 60 });
    const { decisions } = await t.gates('1.1.0');
    const again = evaluations
      .flatMap((data) => [data, { ...data, input: { ...data.input, action_id: null } }])
      .map((data): EventToAppend => ({
        id: crypto.randomUUID(),
        type: 'EvaluationRecorded',
        data: { ...data, evaluation_id: crypto.randomUUID() },
        metadata: testMetadata(),
      }));
    for (let i = 0; i < again.length; i += 60)
      await registry.parts.log.store.append(
        evaluationStream('asking', '2026-03-02'),
        again.slice(i, i + 60),
        'any',
      );
    expect((await t.gates('1.1.0')).decisions).toBe(decisions);
    expect(await t.get(t.path('1.1.0', '/canary-status'))).toMatchObject({
      counts: { requests: 60, decisions },
    });
  });
});

describe('what is asked of a rollout that can not be', () => {
  it('is refused: no approval, another share, a shorter hold, a team that is not there, a time that is none', async () => {
    const t = await tenantOf('asked');
    await t.activate('1.0.0');
    expect(codeOf(await activate(call, t.path('1.0.0'), { as: t.as, body: { approval_id: null } }))).toBe(
      '409 approval-required',
    );
    expect(codeOf(await t.post('1.0.0', 'activate', { canary_pct: 101 }))).toMatch(
      /^4\d\d validation-failed$/,
    );
    await t.activate('1.1.0', rule({ reason: 'A failover is still routine' }));
    expect((await t.post('1.1.0', 'holds', { reason: 'until I have looked', until: null })).status).toBe(200);
    expect(
      codeOf(
        await t.post('1.1.0', 'holds', {
          reason: 'shorter',
          until: new Date(Date.now() + 60_000).toISOString(),
        }),
      ),
    ).toBe('409 canary-held');
    expect(
      codeOf(await t.post('1.1.0', 'holds', { reason: 'a leap second', until: '2026-12-31T23:59:60Z' })),
    ).toMatch(/^4\d\d validation-failed$/);
    expect(
      codeOf(
        await call('POST', '/api/v1/policy/bypass?team=raan', {
          as: t.as,
          body: { reason: 'a typing error', minutes: 5 },
        }),
      ),
    ).toBe('404 not-found');
    expect(await t.types()).toEqual(['BundleActivated', 'BundleActivated', 'CanaryHeld']);
  });
});

describe('a rollout', () => {
  it('goes 10 → 50 → 100 and back, each step by its gates, and every answer says how it stands', async () => {
    const t = await tenantOf('whole');
    await t.settings(few);
    expect((await t.activate('1.0.0')).body).toMatchObject({ status: 'active', canary_pct: 100 });
    const begun = await t.activate('1.1.0', rule({ reason: 'A failover is still routine' }));
    expect(begun.body).toMatchObject({ status: 'canary', active: false, canary_pct: 10 });
    expect(await t.get(`${base}/active`, begun)).toMatchObject({
      active: { version: '1.0.0', canary_pct: 100 },
      canary: { version: '1.1.0', canary_pct: 10, status: 'canary' },
    });
    expect(codeOf(await t.post('1.1.0', 'promote', { reason: 'quick' }))).toBe('409 gates-not-passed');

    await t.traffic(good);
    const gates = await t.gates('1.1.0');
    expect(gates).toMatchObject({
      pct: 10,
      threshold_verdict: { passed: true, outcome: 'promotable', failing: [] },
      sample_ratio: { verdict: 'pass' },
    });
    expect(gates.decisions).toBeGreaterThan(20);
    expect(codeOf(await t.post('1.1.0', 'promote'))).toBe('409 dwell-not-over');
    expect(codeOf(await t.post('1.1.0', 'promote', { to_pct: 100, reason: 'skip' }))).toBe('409 wrong-state');
    const fifty = await t.post('1.1.0', 'promote', { reason: 'the figures are clear' });
    expect(fifty.body).toMatchObject({ status: 'canary', canary_pct: 50 });

    expect(await t.get(t.path('1.1.0', '/canary-status'), fifty)).toMatchObject({
      status: 'canary',
      canary_pct: 50,
      counts: { decisions: 0, requests: 0, executions: 0 },
      gates: { pct: 50, decisions: 0 },
      dwell_remaining_s: expect.any(Number),
    });
    await t.traffic({ ...good, requests: 100 });
    await t.gates('1.1.0');
    const full = await t.post('1.1.0', 'promote', { reason: 'the figures are still clear' });
    expect(full.body).toMatchObject({ status: 'active', canary_pct: 100 });
    expect(await t.get(`${base}/active`, full)).toMatchObject({ active: { version: '1.1.0' }, canary: null });
    expect(await t.get(t.path('1.0.0'))).toMatchObject({ status: 'superseded', canary_pct: 0 });
    expect(codeOf(await t.post('1.1.0', 'promote', { reason: 'more' }))).toBe('409 wrong-state');

    const back = await t.post('1.1.0', 'rollback', { reason: 'error spike' });
    expect(back.body).toMatchObject({
      status: 'rolled_back',
      active: false,
      restored: { version: '1.0.0', canary_pct: 100 },
    });
    expect(await t.get(`${base}/active`, back)).toMatchObject({
      active: { version: '1.0.0', canary_pct: 100 },
      canary: null,
    });
    expect(await t.get(t.path('1.1.0'))).toMatchObject({
      status: 'rolled_back',
      rollback: {
        reason: 'error spike',
        by: expect.stringMatching(/^person:/),
        at: expect.any(String),
        trigger: 'person',
      },
    });
    expect(await t.types()).toEqual([
      'RolloutConfigured',
      'BundleActivated',
      'BundleActivated',
      'CanaryPromoted',
      'CanaryPromoted',
      'BundleRolledBack',
    ]);
    expect(JSON.stringify(await t.events())).not.toContain('error spike');
  });

  it('is rolled back when its error rate is plainly critical, without anyone calling an endpoint', async () => {
    const t = await tenantOf('auto');
    await t.settings(few);
    await t.activate('1.0.0');
    await t.activate('1.1.0');
    await t.traffic({
      requests: 400,
      ends: [...Array<'ActionCompleted'>(6).fill('ActionCompleted'), 'ActionRolledBack'],
    });
    const rolledBack = await until(
      async () => (await t.events()).find(({ type }) => type === 'BundleRolledBack'),
      'the canary is rolled back',
    );
    expect(rolledBack).toMatchObject({
      actor: { kind: 'service', service: 'policy-registry' },
      data: {
        was: 'canary',
        trigger: 'automatic',
        restored_version: '1.0.0',
        reason: expect.stringContaining('error_rate_pct'),
      },
    });
  });
});

describe('the guard', () => {
  const bad: Traffic = {
    requests: 400,
    ends: ['ActionCompleted', 'ActionRolledBack', 'ActionRollbackFailed'],
  };
  const ended = (t: Awaited<ReturnType<typeof tenantOf>>, type: string) =>
    until(async () => (await t.events()).find((event) => event.type === type), `${type} is in the log`);

  it('promotes by itself where that was opted for, on evidence and after the dwell, and nowhere else', async () => {
    const [willing, other] = [await tenantOf('willing'), await tenantOf('unwilling')];
    for (const t of [willing, other]) {
      await t.settings({
        ...few,
        dwell_h: 0,
        gates: { ...few.gates, error_rate_pct: 60 },
        critical: { error_rate_pct: 90 },
        auto_promote: t === willing,
      });
      await t.activate('1.0.0', rule({ budget: { cost: 0 } }));
      await t.activate('1.1.0', rule({ budget: { cost: 0 }, reason: 'A failover is still routine' }));
      await t.traffic(good);
    }
    await ended(willing, 'CanaryPromoted');
    expect((await willing.events()).find(({ type }) => type === 'CanaryPromoted')).toMatchObject({
      actor: { kind: 'service' },
      data: {
        from_pct: 10,
        to_pct: 50,
        trigger: 'automatic',
        early: false,
        verdicts: { evidence: { outcome: 'promote' } },
      },
    });
    expect((await other.gates('1.1.0')).evidence.outcome).toBe('promote');
    expect(await other.types()).not.toContain('CanaryPromoted');
  });

  it('does not promote a canary that is held, and still rolls it back', async () => {
    const t = await tenantOf('held');
    await t.settings({
      ...few,
      dwell_h: 0,
      gates: { ...few.gates, error_rate_pct: 60 },
      critical: { error_rate_pct: 61 },
      auto_promote: true,
    });
    await t.activate('1.0.0', rule({ budget: { cost: 0 } }));
    await t.activate('1.1.0', rule({ budget: { cost: 0 } }));
    const held = await t.post('1.1.0', 'holds', { reason: 'alarms' });
    expect(held.body).toMatchObject({ held: { reason: 'alarms', until: null } });
    const made = await t.traffic(good);
    const gates = await t.gates('1.1.0');
    expect([gates.decisions, gates.evidence]).toEqual([
      made.actions.length,
      expect.objectContaining({ outcome: 'promote', waiting_for: [] }),
    ]);
    expect(codeOf(await t.post('1.1.0', 'promote', { reason: 'now' }))).toBe('409 canary-held');
    expect(await t.get(t.path('1.1.0', '/canary-status'), held)).toMatchObject({
      held: { reason: 'alarms' },
      eta: expect.any(String),
    });
    await t.settings({ gates: { error_rate_pct: 5 }, critical: { error_rate_pct: 10 } });
    await t.traffic({ ...bad, from: 400 });
    await ended(t, 'BundleRolledBack');
    expect(await t.types()).not.toContain('CanaryPromoted');
    expect(
      codeOf(await call('DELETE', t.path('1.1.0', '/holds'), { as: t.as, body: { reason: 'quiet' } })),
    ).toBe('409 wrong-state');
  });

  it('promotes at the time that was set, if it is shown then that the gates are passed', async () => {
    const t = await tenantOf('timed');
    await t.settings({
      ...few,
      dwell_h: 0,
      gates: { ...few.gates, error_rate_pct: 60 },
      critical: { error_rate_pct: 90 },
    });
    await t.activate('1.0.0', rule({ budget: { cost: 0 } }));
    await t.activate('1.1.0', rule({ budget: { cost: 0 } }));
    expect(codeOf(await t.post('1.1.0', 'schedule', { at: '2020-01-01T00:00:00Z' }))).toBe(
      '422 validation-failed',
    );
    await t.traffic(good);
    const due = Date.now() + 3000;
    expect((await t.post('1.1.0', 'schedule', { at: new Date(due).toISOString() })).body).toMatchObject({
      scheduled: { to_pct: 50, at: new Date(due).toISOString() },
    });
    const promoted = await ended(t, 'CanaryPromoted');
    expect(promoted).toMatchObject({ data: { trigger: 'scheduled', to_pct: 50 } });
    expect(Date.parse(promoted.at)).toBeGreaterThanOrEqual(due);
    await t.settings({ dwell_h: 24 });
    expect(codeOf(await t.post('1.1.0', 'schedule', { at: new Date(due + 3_600_000).toISOString() }))).toBe(
      '409 dwell-not-over',
    );
    const later = new Date(due + 25 * 3_600_000).toISOString();
    expect((await t.post('1.1.0', 'schedule', { at: later })).status).toBe(200);
    expect((await call('DELETE', t.path('1.1.0', '/schedule'), { as: t.as })).body).toMatchObject({
      scheduled: null,
    });
  });

  it('ends a bypass when its time is over', async () => {
    const t = await tenantOf('glass');
    await t.activate('1.0.0');
    const { store } = registry.parts.log;
    const id = crypto.randomUUID();
    const now = new Date(Date.now() - 59_000).toISOString();
    await new CommandHandler(store, rolloutDecider, { backoff: () => Promise.resolve() }).handle(
      rolloutStream('glass'),
      { type: 'BypassPolicy', reason: 'r', minutes: 1, now },
      {
        commandId: id,
        tenantId: 'glass',
        actor: { kind: 'person', person_id: 'ann' },
        now,
        correlationId: id,
        causationId: id,
      },
    );
    expect(await ended(t, 'PolicyBypassEnded')).toMatchObject({
      data: { reason: 'elapsed', since: now },
      actor: { kind: 'service' },
    });
    expect(Date.parse((await ended(t, 'PolicyBypassEnded')).at)).toBeGreaterThanOrEqual(
      Date.parse(now) + 60_000,
    );
  });

  it.each([
    ['rollback', { max_age_h: 1, min_error_pct: 30, then: 'rollback' }, 'BundleRolledBack'],
    ['hold', { max_age_h: 1, min_error_pct: 30, then: 'hold' }, 'CanaryHeld'],
    ['page', { max_age_h: null, min_error_pct: 30, then: 'page' }, 'RolloutPaged'],
  ] as const)(
    'answers an open incident about an action of the canary with a %s, by the table',
    async (answer, row, type) => {
      const t = await tenantOf(`incident-${answer}`);
      await t.settings({
        ...few,
        critical: { error_rate_pct: 99 },
        gates: { ...few.gates, error_rate_pct: 98 },
        incident_table: [row],
      });
      await t.activate('1.0.0');
      await t.activate('1.1.0');
      const { actions } = await t.traffic({ requests: 300, ends: ['ActionCompleted', 'ActionRolledBack'] });
      await t.gates('1.1.0');
      expect(await t.types()).not.toContain(type);
      await t.incident(null, 'BundleRolledBack');
      const incident = await t.incident(actions[1]!);
      expect(await ended(t, type)).toMatchObject({
        data: { incident_id: incident, reason: expect.stringContaining(incident) },
      });
      if (answer === 'rollback')
        expect((await t.events()).at(-1)).toMatchObject({
          data: { trigger: 'incident', was: 'canary', restored_version: '1.0.0' },
        });
    },
  );

  it('two of them, and one that was killed in between, do everything once', async () => {
    const t = await tenantOf('twice');
    await t.settings(few);
    await t.activate('1.0.0');
    const second = await start({
      ...testContext(registry.parts, 'policy-registry'),
      metrics: new (registry.parts.metrics.constructor as new () => typeof registry.parts.metrics)(),
    });
    await t.activate('1.1.0');
    await t.traffic({ ...bad, requests: 150 });
    await Promise.all([t.traffic({ ...bad, from: 150 }), second.stop()]);
    const third = await start({
      ...testContext(registry.parts, 'policy-registry'),
      metrics: new (registry.parts.metrics.constructor as new () => typeof registry.parts.metrics)(),
    });
    await ended(t, 'BundleRolledBack');
    await t.activate('1.2.0');
    await t.traffic({ ...bad, from: 1000 });
    await until(
      async () => (await t.types()).filter((type) => type === 'BundleRolledBack').length === 2,
      'the next canary is rolled back too',
    );
    await third.stop();
    expect(await t.types()).toEqual([
      'RolloutConfigured',
      'BundleActivated',
      'BundleActivated',
      'BundleRolledBack',
      'BundleActivated',
      'BundleRolledBack',
    ]);
  });
});

describe('what is counted', () => {
  it('is each evaluation once, dry runs as requests and not as executions, and what belongs to the stage', async () => {
    const t = await tenantOf('counted');
    await t.activate('1.0.0');
    await t.activate('1.1.0', rule({ effect: 'deny', reason: 'Nothing goes at all', budget: { cost: 30 } }));
    const { evaluations } = await t.traffic({ requests: 40, dryRun: true });
    await registry.parts.log.store.append(
      'evaluation-counted:2026-03-02',
      evaluations.map((data) => ({
        id: crypto.randomUUID(),
        type: 'EvaluationRecorded',
        data,
        metadata: testMetadata(),
      })),
      'any',
    );
    const stale = evaluations.map((data) => ({
      ...data,
      evaluation_id: crypto.randomUUID(),
      versions: { ...data.versions, canary_stage: '0' },
    }));
    await registry.parts.log.store.append(
      'evaluation-counted:2026-03-02',
      stale.map((data) => ({
        id: crypto.randomUUID(),
        type: 'EvaluationRecorded',
        data,
        metadata: testMetadata(),
      })),
      'any',
    );
    await t.gates('1.1.0');
    const status = await t.get(t.path('1.1.0', '/canary-status'));
    const canaries = evaluations.filter(({ bundle }) => bundle.variant === 'canary').length;
    expect(status['counts']).toMatchObject({
      requests: 40,
      decisions: canaries,
      denied: 40,
      active_denied: 0,
      executions: 0,
      cost: { candidate: 1200, active: 400 },
    });
  });
});

describe('the routes', () => {
  it('refuse who may not, what says nothing, and what is not there', async () => {
    const t = await tenantOf('routes');
    await t.activate('1.0.0');
    const reader = await registry.parts.issuer.person(['POLICY_READ'], { tenant: 'routes' });
    const service = await registry.parts.issuer.service(['POLICY_ACTIVATE', 'POLICY_READ'], {
      tenant: 'routes',
    });
    const code = async (
      method: string,
      path: string,
      as: Record<string, string>,
      body?: object,
    ): Promise<string> => codeOf(await call(method, path, { as, ...(body === undefined ? {} : { body }) }));
    const own = (what: string): string => t.path('1.0.0', `/${what}`);
    for (const [method, path, body] of [
      ['POST', own('promote'), {}],
      ['POST', own('rollback'), { reason: 'r' }],
      ['POST', own('holds'), { reason: 'r' }],
      ['POST', '/api/v1/policy/bypass', { reason: 'r', minutes: 5 }],
      ['PUT', '/api/v1/policy/rollout/settings', {}],
    ] as const) {
      expect(await code(method, path, reader, body)).toBe('403 missing-scope');
    }
    for (const [method, path, body] of [
      ['POST', own('promote'), {}],
      ['POST', '/api/v1/policy/bypass', { reason: 'r', minutes: 5 }],
      ['DELETE', '/api/v1/policy/bypass', undefined],
      ['PUT', '/api/v1/policy/rollout/settings', {}],
    ] as const) {
      expect(await code(method, path, service, body)).toBe('403 person-required');
    }
    for (const body of [{}, { reason: ' ' }, { reason: 'r', more: 1 }])
      expect(await code('POST', own('rollback'), t.as, body)).toBe('422 validation-failed');
    for (const minutes of [0, 1441, 1.5])
      expect(await code('POST', '/api/v1/policy/bypass', t.as, { reason: 'r', minutes })).toBe(
        '422 validation-failed',
      );
    expect(
      await code('PUT', '/api/v1/policy/rollout/settings', t.as, { gates: { error_rate_pct: 11 } }),
    ).toBe('422 validation-failed');
    expect(
      await code('PUT', '/api/v1/policy/rollout/settings', t.as, { gates: { error_rate_pct: 'much' } }),
    ).toBe('422 validation-failed');
    expect(await code('POST', own('check-gates'), t.as)).toBe('409 wrong-state');
    for (const what of ['promote', 'rollback', 'check-gates', 'holds', 'activate'])
      expect(
        await code(
          'POST',
          `${base}/${bundleIdOf('routes', '9.9.9')}/${what}`,
          t.as,
          what === 'rollback' || what === 'holds' ? { reason: 'r' } : undefined,
        ),
      ).toBe('404 not-found');
    expect(await code('GET', `${base}/${bundleIdOf('routes', '9.9.9')}/canary-status`, t.as)).toBe(
      '404 not-found',
    );
  });

  it('settings are changed by what is named; a bypass is told, moved and ended', async () => {
    const t = await tenantOf('settings');
    expect((await t.settings({ dwell_h: 48, gates: { deny_rate_pct: 20 } })).body).toMatchObject({
      dwell_h: 48,
      gates: { deny_rate_pct: 20, error_rate_pct: 5, decisions: 100 },
      critical: { error_rate_pct: 10 },
    });
    expect(await t.get('/api/v1/policy/rollout/settings')).toMatchObject({
      dwell_h: 48,
      auto_promote: false,
    });
    await t.activate('1.0.0');
    const opened = await call('POST', '/api/v1/policy/bypass', {
      as: t.as,
      body: { reason: 'no trust in 1.0.0', minutes: 30 },
    });
    expect(opened.body).toMatchObject({ bypass: { reason: 'no trust in 1.0.0', until: expect.any(String) } });
    expect(await t.get(t.path('1.0.0', '/canary-status'), opened)).toMatchObject({
      status: 'active',
      bypass: { reason: 'no trust in 1.0.0' },
    });
    expect((await call('DELETE', '/api/v1/policy/bypass', { as: t.as })).body).toMatchObject({
      bypass: null,
    });
    expect(JSON.stringify(await t.events())).not.toContain('no trust');
  });

  it('an approval that was given beside another active bundle activates nothing', async () => {
    const t = await tenantOf('stale');
    await t.activate('1.0.0');
    expect(
      (
        await call('POST', base, {
          as: t.as,
          body: { version: '1.5.0', rules: [rule({ reason: 'Another one for later' })] },
        })
      ).status,
    ).toBe(201);
    const bob = await registry.parts.issuer.person(all, { tenant: 'stale', sub: 'bob' });
    expect((await approve(call, t.path('1.5.0'), { as: bob })).status).toBe(201);
    await t.activate('1.1.0', rule({ reason: 'The next one in between' }));
    await promoteAll(registry.parts.log.store, 'stale');
    expect(codeOf(await activate(call, t.path('1.5.0'), { as: t.as }))).toBe('409 approval-stale');
    expect(
      (
        await call('PUT', t.path('1.5.0'), {
          as: t.as,
          body: { version: '1.5.0', rules: [rule({ reason: 'Still a draft, as it should' })] },
          headers: { 'if-match': '"2"' },
        })
      ).status,
    ).toBe(200);
  });

  it('a promotion that is asked for again with the same key is the same one', async () => {
    const t = await tenantOf('again');
    await t.settings(few);
    await t.activate('1.0.0');
    await t.activate('1.1.0');
    await t.traffic(good);
    await t.gates('1.1.0');
    const ask = (reason: string) =>
      call('POST', t.path('1.1.0', '/promote'), {
        as: t.as,
        body: { reason },
        headers: { 'idempotency-key': 'promote-once' },
      });
    const [first, second, other] = [
      await ask('clear figures'),
      await ask('clear figures'),
      await ask('other figures'),
    ];
    // When a change has taken effect is counted from each answer: a repeat is answered later.
    expect([second.status, { ...second.body, effective_by: first.body['effective_by'] }]).toEqual([
      first.status,
      first.body,
    ]);
    expect(String(second.body['effective_by']) >= String(first.body['effective_by'])).toBe(true);
    expect([first.body['canary_pct'], codeOf(other)]).toEqual([50, '409 idempotency-conflict']);
    expect((await t.types()).filter((type) => type === 'CanaryPromoted')).toHaveLength(1);
  });

  it('a team rolls out beside the whole tenant, and sees its own', async () => {
    const t = await tenantOf('teams');
    expect(
      (
        await call('PUT', '/api/v1/policy/teams/north', {
          as: t.as,
          body: { name: 'North', agents: ['north-agent'] },
        })
      ).status,
    ).toBe(200);
    const first = await t.activate('1.0.0');
    expect(first.body).toMatchObject({ status: 'active' });
    expect(
      (
        await call('POST', base, {
          as: t.as,
          body: { version: '2.0.0', team: 'north', rules: [rule({ reason: 'North goes its own way' })] },
        })
      ).status,
    ).toBe(201);
    const bob = await registry.parts.issuer.person(all, { tenant: 'teams', sub: 'bob' });
    expect((await approve(call, t.path('2.0.0'), { as: bob })).status).toBe(201);
    const north = await activate(call, t.path('2.0.0'), { as: t.as });
    expect(north.body).toMatchObject({ status: 'active', canary_pct: 100, team: 'north' });
    expect(await t.get(`${base}/active`, north)).toMatchObject({ active: { version: '1.0.0' } });
    expect(await t.get(`${base}/active?team=north`)).toMatchObject({ active: { version: '2.0.0' } });
    expect((await t.post('2.0.0', 'rollback', { reason: 'no' })).body).toMatchObject({
      status: 'rolled_back',
      restored: null,
    });
    expect(
      (await collect(registry.parts.log.store.read(rolloutStream('teams', 'north')))).map(({ type }) => type),
    ).toEqual(['BundleActivated', 'BundleRolledBack']);
  });
});

describe('seed 003, rollout', () => {
  const { cases } = JSON.parse(
    readFileSync(new URL('../../../fixtures/acceptance/rollout.json', import.meta.url), 'utf8'),
  ) as {
    readonly cases: readonly {
      readonly id: string;
      readonly input: Record<string, unknown>;
      readonly expect: Record<string, unknown> | null;
    }[];
  };
  const expected = (id: string): Record<string, unknown> => cases.find((one) => one.id === id)!.expect!;

  it('rollout.activate.no_approval', async () => {
    const t = await tenantOf('unapproved');
    await call('POST', base, { as: t.as, body: { version: '1.0.0', rules: [rule()] } });
    const refused = await activate(call, t.path('1.0.0'), { as: t.as });
    expect([codeOf(refused), await t.types()]).toEqual(['409 approval-required', []]);
    expect(expected('rollout.activate.no_approval')).toEqual({ activated: false });
  });

  it('rollout.rollback, rollout.rollback.canary', async () => {
    const t = await tenantOf('seeds');
    await t.activate('1.0.0');
    await t.activate('1.1.0');
    const canary = await t.post('1.1.0', 'rollback', { reason: 'error spike' });
    const { active, canary: none } = (await t.get(`${base}/active`, canary)) as {
      active: Record<string, unknown>;
      canary: unknown;
    };
    expect([active['version'], none]).toEqual([
      expected('rollout.rollback.canary')['active'],
      expected('rollout.rollback.canary')['canary'],
    ]);
    await t.activate('1.2.0');
    await promoteAll(registry.parts.log.store, 'seeds');
    const back = await t.post('1.2.0', 'rollback', { reason: 'error spike' });
    const now = (await t.get(`${base}/active`, back)) as { active: Record<string, unknown> };
    expect([now.active['version'], now.active['canary_pct']]).toEqual([
      expected('rollout.rollback')['active'],
      expected('rollout.rollback')['canary_pct_of_previous'],
    ]);
    const gone = (await t.get(t.path('1.2.0'))) as { rollback: { reason: string; at: string; by: string } };
    expect(gone).toMatchObject({
      status: 'rolled_back',
      rollback: { reason: 'error spike', at: expect.any(String), by: expect.stringMatching(/^person:/) },
    });
  });

  it('all of them are run somewhere', () => {
    const elsewhere = [
      'rollout.promote.gates_fail',
      'rollout.promote.100',
      'rollout.promote.early',
      'rollout.promote.skip',
      'rollout.rollback.no_previous',
      'rollout.sse',
      'rollout.incident_triggers',
      'rollout.auto_rollback',
    ];
    expect(cases.map(({ id }) => id).sort()).toEqual(
      [...elsewhere, 'rollout.activate.no_approval', 'rollout.rollback', 'rollout.rollback.canary'].sort(),
    );
  });
});
