import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { collect } from '@interlock/kernel';
import { bundleIdOf, rolloutStream } from '@interlock/policy';
import { until } from '@interlock/testing';
import { activate, approve, bundlesPath, codeOf } from './world.js';
import { promoteAll } from './traffic.js';
import { all, few, good, rule, useRollouts } from './rollout-world.js';

const { registry, call, tenantOf } = useRollouts();

describe('an invalid request about a rollout', () => {
  it('is refused: no approval, a share above 100, a shorter hold, an unknown team, an invalid time', async () => {
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
  it('goes 10 → 50 → 100 and back, each step by its gates, and every answer shows its state', async () => {
    const t = await tenantOf('whole');
    await t.settings(few);
    expect((await t.activate('1.0.0')).body).toMatchObject({ status: 'active', canary_pct: 100 });
    const begun = await t.activate('1.1.0', rule({ reason: 'A failover is still routine' }));
    expect(begun.body).toMatchObject({ status: 'canary', active: false, canary_pct: 10 });
    expect(await t.get(`${bundlesPath}/active`, begun)).toMatchObject({
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
    expect(await t.get(`${bundlesPath}/active`, full)).toMatchObject({
      active: { version: '1.1.0' },
      canary: null,
    });
    expect(await t.get(t.path('1.0.0'))).toMatchObject({ status: 'superseded', canary_pct: 0 });
    expect(codeOf(await t.post('1.1.0', 'promote', { reason: 'more' }))).toBe('409 wrong-state');

    const back = await t.post('1.1.0', 'rollback', { reason: 'error spike' });
    expect(back.body).toMatchObject({
      status: 'rolled_back',
      active: false,
      restored: { version: '1.0.0', canary_pct: 100 },
    });
    expect(await t.get(`${bundlesPath}/active`, back)).toMatchObject({
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

  it('is rolled back when its error rate is clearly critical, without a call to an endpoint', async () => {
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

describe('acceptance: rollout', () => {
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
    await call('POST', bundlesPath, { as: t.as, body: { version: '1.0.0', rules: [rule()] } });
    const refused = await activate(call, t.path('1.0.0'), { as: t.as });
    expect([codeOf(refused), await t.types()]).toEqual(['409 approval-required', []]);
    expect(expected('rollout.activate.no_approval')).toEqual({ activated: false });
  });

  it('rollout.rollback, rollout.rollback.canary', async () => {
    const t = await tenantOf('seeds');
    await t.activate('1.0.0');
    await t.activate('1.1.0');
    const canary = await t.post('1.1.0', 'rollback', { reason: 'error spike' });
    const { active, canary: none } = (await t.get(`${bundlesPath}/active`, canary)) as {
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
    const now = (await t.get(`${bundlesPath}/active`, back)) as { active: Record<string, unknown> };
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

  it('has every case run in some suite', () => {
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

describe('the routes', () => {
  it('refuse missing rights, empty requests and unknown ids', async () => {
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
      ['PUT', '/api/v1/policy/rollout/settings', { auto_promote: true }],
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
          `${bundlesPath}/${bundleIdOf('routes', '9.9.9')}/${what}`,
          t.as,
          what === 'rollback' || what === 'holds' ? { reason: 'r' } : undefined,
        ),
      ).toBe('404 not-found');
    expect(await code('GET', `${bundlesPath}/${bundleIdOf('routes', '9.9.9')}/canary-status`, t.as)).toBe(
      '404 not-found',
    );
  });

  it('change only the named settings, and start, move and end a bypass', async () => {
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

  it('do not activate with an approval that was given beside another active bundle', async () => {
    const t = await tenantOf('stale');
    await t.activate('1.0.0');
    expect(
      (
        await call('POST', bundlesPath, {
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

  it('treat a repeated promotion with the same key as the same one', async () => {
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
    // The effective time is counted from each answer, and a repeat is answered later.
    expect([second.status, { ...second.body, effective_by: first.body['effective_by'] }]).toEqual([
      first.status,
      first.body,
    ]);
    expect(String(second.body['effective_by']) >= String(first.body['effective_by'])).toBe(true);
    expect([first.body['canary_pct'], codeOf(other)]).toEqual([50, '409 idempotency-conflict']);
    expect((await t.types()).filter((type) => type === 'CanaryPromoted')).toHaveLength(1);
  });

  it('let a team roll out beside the whole tenant, and see its own rollout', async () => {
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
        await call('POST', bundlesPath, {
          as: t.as,
          body: { version: '2.0.0', team: 'north', rules: [rule({ reason: 'North goes its own way' })] },
        })
      ).status,
    ).toBe(201);
    const bob = await registry.parts.issuer.person(all, { tenant: 'teams', sub: 'bob' });
    expect((await approve(call, t.path('2.0.0'), { as: bob })).status).toBe(201);
    const north = await activate(call, t.path('2.0.0'), { as: t.as });
    expect(north.body).toMatchObject({ status: 'active', canary_pct: 100, team: 'north' });
    expect(await t.get(`${bundlesPath}/active`, north)).toMatchObject({ active: { version: '1.0.0' } });
    expect(await t.get(`${bundlesPath}/active?team=north`)).toMatchObject({ active: { version: '2.0.0' } });
    expect((await t.post('2.0.0', 'rollback', { reason: 'no' })).body).toMatchObject({
      status: 'rolled_back',
      restored: null,
    });
    expect(
      (await collect(registry.parts.log.store.read(rolloutStream('teams', 'north')))).map(({ type }) => type),
    ).toEqual(['BundleActivated', 'BundleRolledBack']);
  });
});
