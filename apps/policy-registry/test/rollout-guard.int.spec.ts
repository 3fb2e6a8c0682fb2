import { describe, expect, it, jest } from '@jest/globals';
import { CommandHandler, ProblemError, testMetadata, type EventToAppend } from '@interlock/kernel';
import { evaluationStream, rolloutDecider, rolloutStream } from '@interlock/policy';
import { until } from '@interlock/testing';
import { codeOf } from './world.js';
import { judgedBy, type Traffic } from './traffic.js';
import { few, good, rule, useRollouts, type RolloutTenant } from './rollout-world.js';

const { registry, call, tenantOf } = useRollouts();
const bad: Traffic = {
  requests: 400,
  ends: ['ActionCompleted', 'ActionRolledBack', 'ActionRollbackFailed'],
};

describe('the judgement of a canary', () => {
  it('counts each action once, however often its gates are judged, and no evaluation outside an action', async () => {
    const t = await tenantOf('asking');
    await t.settings(few);
    await t.activate('1.0.0');
    await t.activate('1.1.0', rule({ reason: 'A failover is still routine' }));
    const { evaluations } = await t.traffic({ requests: 60 });
    const { decisions } = await t.gates('1.1.0');
    const { store } = registry.parts.log;
    for (const data of evaluations) {
      const again = { ...data, evaluation_id: crypto.randomUUID() };
      await store.append(`action-asking:${data.input.action_id}`, [judgedBy(again)], 'any');
    }
    await store.append(
      evaluationStream('asking', '2026-03-02'),
      evaluations.map(({ shadow: _shadow, ...data }): EventToAppend => ({
        id: crypto.randomUUID(),
        type: 'EvaluationRecorded',
        data: { ...data, evaluation_id: crypto.randomUUID(), input: { ...data.input, action_id: null } },
        metadata: testMetadata(),
      })),
      'any',
    );
    expect((await t.gates('1.1.0')).decisions).toBe(decisions);
    expect(await t.get(t.path('1.1.0', '/canary-status'))).toMatchObject({
      counts: { requests: 60, decisions },
    });
  });
});

describe('a canary outside a gate', () => {
  it('is reported to alerting, gate by gate, but not without a figure', async () => {
    const alerts: { readonly tenant_id: string; readonly subject: string; readonly name: string }[] = [];
    const { connection } = registry.parts;
    const listening = connection.subscribe('interlock.rpc.alerting.raise.policy-registry', {
      callback: (_, message) => {
        alerts.push(message.json());
        message.respond(JSON.stringify({ ok: { alert_id: 'a', status: 'firing' } }));
      },
    });
    const quiet = await tenantOf('quiet');
    await quiet.activate('1.0.0');
    await quiet.activate('1.1.0', rule({ reason: 'A failover is still routine' }));
    const t = await tenantOf('outside');
    await t.activate('1.0.0');
    await t.activate('1.1.0', rule({ effect: 'deny', reason: 'Nothing goes at all' }));
    // Too few for a rollback, enough for a figure.
    await t.traffic({ requests: 8 });
    const of = (tenant: string): readonly string[] =>
      alerts
        .filter(({ tenant_id, name }) => tenant_id === tenant && name === 'canary_gate')
        .map(({ subject }) => subject);
    await until(() => of('outside').length > 0, 'the gate is told');
    expect(of('outside')).toEqual(['policy-registry/1.1.0/deny_rate_pct']);
    expect(of('quiet')).toEqual([]);
    listening.unsubscribe();
  });
});

describe('a rollback that fails', () => {
  it('is reported to alerting while the bundle still decides, and is over when the rollback is done', async () => {
    const warnings: string[] = [];
    const { connection, log } = registry.parts;
    const listening = ['raise', 'resolve'].map((what) =>
      connection.subscribe(`interlock.rpc.alerting.${what}.policy-registry`, {
        callback: (_, message) => {
          const { name, tenant_id, subject } = message.json<{ [member: string]: string }>();
          if (name === 'rollback_failed') warnings.push(`${what} ${tenant_id} ${subject}`);
          message.respond(JSON.stringify({ ok: { alert_id: 'a', status: 'firing' } }));
        },
      }),
    );
    const t = await tenantOf('stuck');
    await t.settings(few);
    await t.activate('1.0.0');
    await t.activate('1.1.0');
    const append = log.store.append.bind(log.store);
    const refusing = jest
      .spyOn(log.store, 'append')
      .mockImplementation((stream, ...rest) =>
        stream === rolloutStream('stuck')
          ? Promise.reject(new ProblemError('log-unavailable', 'the log did not answer'))
          : append(stream, ...rest),
      );
    await t.traffic(bad);
    await until(() => warnings.includes('raise stuck policy-registry/rollout/all'), 'the failure is told');
    expect(await t.types()).not.toContain('BundleRolledBack');
    refusing.mockRestore();
    await until(() => warnings.includes('resolve stuck policy-registry/rollout/all'), 'its end is told');
    expect(await t.types()).toContain('BundleRolledBack');
    for (const one of listening) one.unsubscribe();
  });
});

describe('the counts of a stage', () => {
  it('include each evaluation once, a dry run as a request and not as an execution, and only those of the stage', async () => {
    const t = await tenantOf('counted');
    // Nothing breaks these limits, because a canary that the guard rolls back has no gates left to
    // read.
    await t.settings({ critical: { deny_rate_pct: 100, cost_increase_pct: 1000 } });
    await t.activate('1.0.0');
    await t.activate('1.1.0', rule({ effect: 'deny', reason: 'Nothing goes at all', budget: { cost: 30 } }));
    const { evaluations } = await t.traffic({ requests: 40, dryRun: true });
    for (const data of evaluations) {
      const stale = {
        ...data,
        evaluation_id: crypto.randomUUID(),
        versions: { ...data.versions, canary_stage: '0' },
      };
      await registry.parts.log.store.append(
        `action-counted:${data.input.action_id}`,
        [judgedBy(data), judgedBy(stale)],
        'any',
      );
    }
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

describe('the guard', () => {
  const ended = (t: RolloutTenant, type: string) =>
    until(async () => (await t.events()).find((event) => event.type === type), `${type} is in the log`);

  it('promotes by itself only if the tenant opted for it, on evidence and after the dwell', async () => {
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

  it('promotes at the set time if the gates are proved to pass by then', async () => {
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
      { kind: 'BypassPolicy', reason: 'r', minutes: 1, now },
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

  it('does everything once if two instances run and one of them ends in between', async () => {
    const t = await tenantOf('twice');
    await t.settings(few);
    await t.activate('1.0.0');
    const second = await registry.another();
    await t.activate('1.1.0');
    await t.traffic({ ...bad, requests: 150 });
    await Promise.all([t.traffic({ ...bad, from: 150 }), second.stop()]);
    const third = await registry.another();
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
