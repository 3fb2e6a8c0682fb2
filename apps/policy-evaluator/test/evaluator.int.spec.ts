import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RpcAnswer } from '@interlock/contracts';
import { defaultAutoApprovalConfig } from '@interlock/autonomy';
import { isProblem } from '@interlock/kernel';
import { until } from '@interlock/testing';
import { intent, rulesOf } from './rules.js';
import { asking, failure, EvaluatorWorld } from './evaluator-world.js';

const world = new EvaluatorWorld();
beforeAll(() => world.begin());
afterAll(() => world.end());

describe('an evaluation on the bus', () => {
  it('of a tenant without rules asks for a person', async () => {
    expect(await world.ask('empty')).toMatchObject({
      decision: 'NEEDS_APPROVAL',
      approvals_required: 1,
      reasons: [{ code: 'nothing-matched' }],
      confidence: 0.8,
      bundle: { variant: 'none' },
    });
  });

  it('sees, when asked for it, what was written the moment before', async () => {
    const rules = rulesOf(world.parts.log.store, 'quick');
    await rules.policy('p');
    for (const decision of ['DENY', 'CONFIRM', 'ALLOW', 'DENY', 'ALLOW'] as const) {
      await rules.change('p', { decision });
      expect((await world.ask('quick')).decision).toBe(decision);
    }
  });

  it('goes by the active bundle and the policies together, and names the versions', async () => {
    const rules = rulesOf(world.parts.log.store, 'both');
    await rules.policy('limit', { max_affected_entities: 5, min_confidence: 0.75 });
    await rules.activate('1.0.0', {
      id: 'calm',
      agent: '*',
      action: 'cell_failover',
      effect: 'allow',
      priority: 1,
      conditions: [{ field: 'risk_score', op: '<=', value: 40 }],
      reason: 'low risk',
    });
    expect(await world.ask('both')).toMatchObject({
      decision: 'ALLOW',
      bundle: { bundle_version: '1.0.0', rule_id: 'calm', variant: 'active' },
      limits: { max_affected_entities: 5, min_confidence: 0.75 },
      versions: { policies: [{ policy_id: 'limit', version: 1 }] },
    });
    await rules.activate('1.1.0', {
      id: 'stop',
      agent: '*',
      action: '*',
      effect: 'deny',
      priority: 1,
      reason: 'maintenance',
    });
    expect(await world.ask('both')).toMatchObject({
      decision: 'DENY',
      bundle: { bundle_version: '1.1.0', rule_id: 'stop', reason: 'maintenance' },
      reasons: [{ code: 'denied-by-rule' }],
      policies: { decision: 'ALLOW', matched: [{ policy_id: 'limit' }] },
    });
    expect((await world.ask('other')).decision).toBe('NEEDS_APPROVAL');
  });

  it("reads the clock of the tenant's zone", async () => {
    const rules = rulesOf(world.parts.log.store, 'zoned');
    await rules.policy('night', {
      decision: 'DENY',
      conditions: [{ field: 'time.hour', op: '<', value: 6 }],
    });
    expect((await world.ask('zoned')).decision).toBe('NEEDS_APPROVAL');
    await rules.timeZone('America/Los_Angeles');
    expect(await world.ask('zoned')).toMatchObject({
      decision: 'DENY',
      versions: { time_zone: 'America/Los_Angeles' },
    });
  });

  it('counts contact outside that an intent leaves out as there, for a type that can have it', async () => {
    const rules = rulesOf(world.parts.log.store, 'outside');
    await rules.policy('none', {
      decision: 'DENY',
      conditions: [{ field: 'external_contact', op: '==', value: true }],
    });
    await rules.actionType({
      action_type: 'send_mail',
      title: 'Send mail',
      parameters_schema: {},
      handler: null,
      impact_fields: [],
      reversible: false,
      read_only: false,
      external_contact: true,
    });
    expect(
      (await world.ask('outside', { intent: intent('outside', { action_type: 'send_mail' }) })).decision,
    ).toBe('DENY');
    expect(
      (
        await world.ask('outside', {
          intent: intent('outside', { action_type: 'send_mail', external_contact: false }),
        })
      ).decision,
    ).toBe('NEEDS_APPROVAL');
  });

  it("has the tenant's confidence thresholds", async () => {
    expect((await world.ask('cautious')).confidence_thresholds).toEqual({
      LOW: 0.7,
      MEDIUM: 0.85,
      HIGH: 0.95,
    });
    await rulesOf(world.parts.log.store, 'cautious').autoApproval({
      ...defaultAutoApprovalConfig,
      confidence_thresholds: { LOW: 0.9, MEDIUM: 0.95, HIGH: 0.99 },
    });
    expect(await world.ask('cautious')).toMatchObject({
      confidence_thresholds: { LOW: 0.9, MEDIUM: 0.95, HIGH: 0.99 },
      versions: { auto_approval: '0' },
    });
  });

  it.each<[string, object, string[]]>([
    ['no tenant, no time', { tenant_id: undefined, at: undefined }, ['/at', '/tenant_id']],
    [
      'a broken intent',
      { intent: { agent: 'A B', affected_entity_count: -1, confidence_score: 'high', action_type: 'x' } },
      ['/intent/affected_entity_count', '/intent/agent', '/intent/confidence_score'],
    ],
    ['no intent', { intent: undefined }, ['/intent']],
    ['an unknown posture and member', { posture: 'BLUE', colour: 'red' }, ['/colour', '/posture']],
    [
      'a prediction out of range',
      { prediction: { risk_score: 500, confidence_interval: [1] } },
      ['/prediction/confidence_interval', '/prediction/risk_score'],
    ],
  ])('with %s is refused, each fault named', async (_, over, pointers) => {
    const error = await failure(
      world.rpc.call('policy-evaluator.evaluate', { ...asking('bad'), ...over } as never),
    );
    expect(
      isProblem(error, 'validation-failed') &&
        [...new Set(error.violations.map(({ pointer }) => pointer))].sort(),
    ).toEqual(pointers);
    expect(await world.recorded('bad')).toEqual([]);
  });
});

describe('the auto-approval policy on the bus', () => {
  const request = (tenant: string, over: object = {}) => ({
    tenant_id: tenant,
    account_id: 'acc',
    action_type: 'cell_failover',
    confidence_score: 0.9,
    risk_level: 'LOW' as const,
    autonomy_mode: 'AUTO_EXECUTE' as const,
    external_contact: false,
    fresh: true,
    ...over,
  });
  const decide = (tenant: string, over: object = {}): Promise<RpcAnswer<'policy-evaluator.auto_approve'>> =>
    world.rpc.call('policy-evaluator.auto_approve', request(tenant, over));

  it('answers by the defaults, then by what the tenant configured, and says by which', async () => {
    expect(await decide('auto')).toMatchObject({
      decision: 'AUTO_EXECUTE',
      policy_version: 'AutoApprovalPolicyV1',
      version: 'default',
      config: { kill_switch: false },
    });
    await rulesOf(world.parts.log.store, 'auto').autoApproval({
      ...defaultAutoApprovalConfig,
      blocked_action_types: ['cell_failover'],
    });
    expect(await decide('auto')).toMatchObject({
      decision: 'BLOCK',
      reason: 'TENANT_POLICY',
      policy_clause: 'blocked_action_types',
      version: '0',
    });
    expect((await decide('another')).decision).toBe('AUTO_EXECUTE');
  });

  it('refuses what is out of range, naming it', async () => {
    const error = await failure(decide('auto', { confidence_score: 1.5, autonomy_mode: 'YOLO' }));
    expect(
      isProblem(error, 'validation-failed') && error.violations.map(({ pointer }) => pointer).sort(),
    ).toEqual(['/autonomy_mode', '/confidence_score']);
  });
});

// The last of this file: the evaluator does not recover from it, nor should it.
describe('an event that this release does not know', () => {
  it('in the stream of a policy stops the evaluator: nothing is decided on half of the rules', async () => {
    const metadata = {
      $correlationId: 'c',
      $causationId: 'c',
      tenant_id: 'future',
      actor: { kind: 'service', service: 'policy-registry' },
      schema_version: 1,
      occurred_at: new Date().toISOString(),
      command_id: 'c',
    } as const;
    await world.parts.log.store.append(
      'evaluation-future:2026-01-01',
      [{ id: crypto.randomUUID(), type: 'Unheard', data: {}, metadata }],
      'any',
    );
    expect((await world.ask('future')).decision).toBe('NEEDS_APPROVAL');
    await world.parts.log.store.append(
      'policy-future:p',
      [{ id: crypto.randomUUID(), type: 'PolicyMelted', data: {}, metadata }],
      'any',
    );
    expect(isProblem(await failure(world.ask('future')), 'not-current')).toBe(true);
    await until(
      async () => isProblem(await failure(world.ask('empty', { fresh: false })), 'not-current'),
      'the evaluator says that it is not current',
    );
    expect((await fetch(`http://127.0.0.1:${world.running.http.port}/health/ready`)).status).toBe(503);
    expect(await world.parts.issuer.metricsOf(`http://127.0.0.1:${world.running.http.port}`)).toMatch(
      /interlock_policy_errors_total\{code="not-current"\} [1-9]/,
    );
  });
});
