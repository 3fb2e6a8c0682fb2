import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EvaluateRequest, EvaluationV1, RpcAnswer } from '@interlock/contracts';
import { defaultAutoApprovalConfig } from '@interlock/autonomy';
import { RpcClient } from '@interlock/jetstream';
import { collect, isProblem } from '@interlock/kernel';
import type { RunningService } from '@interlock/platform';
import {
  evaluateRecorded,
  evaluationStream,
  type EvaluationRecorded,
  type PolicyV1,
} from '@interlock/policy';
import { startParts, testContext, until, type Parts } from '@interlock/testing';
import { start } from '../src/main.js';
import { intent, prediction, rulesOf } from './rules.js';

let parts: Parts;
let running: RunningService;
let rpc: RpcClient;

const day = (): string => new Date().toISOString().slice(0, 10);
const asking = (tenant: string, over: Partial<EvaluateRequest> = {}): EvaluateRequest => ({
  tenant_id: tenant,
  intent: intent(tenant),
  prediction,
  posture: 'GREEN',
  at: '2026-03-02T10:30:00.000Z',
  fresh: true,
  ...over,
});
const ask = (tenant: string, over: Partial<EvaluateRequest> = {}): Promise<EvaluationV1> =>
  rpc.call('policy-evaluator.evaluate', asking(tenant, over), { deadlineMs: 60_000 });
const recorded = async (tenant: string): Promise<EvaluationRecorded['data'][]> =>
  (await collect(parts.log.store.read(evaluationStream(tenant, day())))).map(
    ({ data }) => data as EvaluationRecorded['data'],
  );
const failure = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );
const post = async (
  tenant: string,
  body: unknown,
  headers?: Record<string, string>,
): Promise<{ status: number; body: Record<string, unknown> }> => {
  const response = await fetch(`http://127.0.0.1:${running.http.port}/api/v1/policies/${tenant}/evaluate`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: {
      'content-type': 'application/json',
      ...(headers ?? (await parts.issuer.person(['POLICY_READ'], { tenant }))),
    },
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};

beforeAll(async () => {
  parts = await startParts();
  running = await start(testContext(parts, 'policy-evaluator'));
  rpc = new RpcClient(parts.connection, { caller: 'safety-rails', deadlineMs: 30_000 });
  await until(
    async () => (await fetch(`http://127.0.0.1:${running.http.port}/health/ready`)).ok,
    'the evaluator is ready',
  );
});
afterAll(async () => {
  await running.stop();
  await parts.stop();
});

describe('an evaluation on the bus', () => {
  it('of a tenant without rules asks for a person', async () => {
    expect(await ask('empty')).toMatchObject({
      decision: 'NEEDS_APPROVAL',
      approvals_required: 1,
      reasons: [{ code: 'nothing-matched' }],
      confidence: 0.8,
      bundle: { variant: 'none' },
    });
  });

  it('sees, when asked for it, what was written the moment before', async () => {
    const rules = rulesOf(parts.log.store, 'quick');
    await rules.policy('p');
    for (const decision of ['DENY', 'CONFIRM', 'ALLOW', 'DENY', 'ALLOW'] as const) {
      await rules.change('p', { decision });
      expect((await ask('quick')).decision).toBe(decision);
    }
  });

  it('goes by the active bundle and the policies together, and names the versions', async () => {
    const rules = rulesOf(parts.log.store, 'both');
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
    expect(await ask('both')).toMatchObject({
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
    expect(await ask('both')).toMatchObject({
      decision: 'DENY',
      bundle: { bundle_version: '1.1.0', rule_id: 'stop', reason: 'maintenance' },
      reasons: [{ code: 'denied-by-rule' }, { code: 'allowed-by-policy' }],
    });
    expect((await ask('other')).decision).toBe('NEEDS_APPROVAL');
  });

  it("reads the clock of the tenant's zone", async () => {
    const rules = rulesOf(parts.log.store, 'zoned');
    await rules.policy('night', {
      decision: 'DENY',
      conditions: [{ field: 'time.hour', op: '<', value: 6 }],
    });
    expect((await ask('zoned')).decision).toBe('NEEDS_APPROVAL');
    await rules.timeZone('America/Los_Angeles');
    expect(await ask('zoned')).toMatchObject({
      decision: 'DENY',
      versions: { time_zone: 'America/Los_Angeles' },
    });
  });

  it('counts contact outside that an intent leaves out as there, for a type that can have it', async () => {
    const rules = rulesOf(parts.log.store, 'outside');
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
    expect((await ask('outside', { intent: intent('outside', { action_type: 'send_mail' }) })).decision).toBe(
      'DENY',
    );
    expect(
      (
        await ask('outside', {
          intent: intent('outside', { action_type: 'send_mail', external_contact: false }),
        })
      ).decision,
    ).toBe('NEEDS_APPROVAL');
  });

  it("has the tenant's confidence thresholds", async () => {
    expect((await ask('cautious')).confidence_thresholds).toEqual({ LOW: 0.7, MEDIUM: 0.85, HIGH: 0.95 });
    await rulesOf(parts.log.store, 'cautious').autoApproval({
      ...defaultAutoApprovalConfig,
      confidence_thresholds: { LOW: 0.9, MEDIUM: 0.95, HIGH: 0.99 },
    });
    expect(await ask('cautious')).toMatchObject({
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
      rpc.call('policy-evaluator.evaluate', { ...asking('bad'), ...over } as never),
    );
    expect(
      isProblem(error, 'validation-failed') &&
        [...new Set(error.violations.map(({ pointer }) => pointer))].sort(),
    ).toEqual(pointers);
    expect(await recorded('bad')).toEqual([]);
  });
});

describe('the record of evaluations', () => {
  it('is there when the answer is, whole, and a person is nowhere in it', async () => {
    const answer = await ask('kept', {
      action_id: 'action-1',
      intent: intent('kept', { requested_by: 'Ada Lovelace' }),
    });
    const [only, ...more] = await recorded('kept');
    expect(more).toEqual([]);
    expect(only).toEqual({
      ...answer,
      input: expect.objectContaining({
        action_id: 'action-1',
        time_zone: 'UTC',
        at: '2026-03-02T10:30:00.000Z',
        context: expect.objectContaining({
          'parameters.power_raise_db': 2,
          risk_score: 30,
          'time.weekday': 'Monday',
        }),
      }),
    });
    expect(JSON.stringify(only)).not.toContain('Ada');
  });

  it('a repeated request has the id of the first; the same request under other rules has its own', async () => {
    const rules = rulesOf(parts.log.store, 'twice');
    await rules.policy('p');
    const [first, second] = [
      await ask('twice', { request_id: 'r-1' }),
      await ask('twice', { request_id: 'r-1' }),
    ];
    expect(second.evaluation_id).toBe(first.evaluation_id);
    await rules.change('p', { decision: 'DENY' });
    const third = await ask('twice', { request_id: 'r-1' });
    expect([third.decision, third.evaluation_id === first.evaluation_id]).toEqual(['DENY', false]);
    expect(new Set((await recorded('twice')).map(({ evaluation_id: id }) => id)).size).toBe(2);
  });

  it('holds every one of many at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 300 }, (_, i) =>
        ask('busy', { intent: intent('busy', { intent_id: `i-${i}` }), fresh: i % 2 === 0 }),
      ),
    );
    const ids = (await recorded('busy')).map(({ evaluation_id: id }) => id);
    expect(ids.sort()).toEqual(answers.map(({ evaluation_id: id }) => id).sort());
  });

  it('lets every decision be made again from the log alone', async () => {
    const rules = rulesOf(parts.log.store, 'replayed');
    await rules.policy('a', {
      conditions: [{ field: 'risk_score', op: '<', value: 50 }],
      confirm_above_entities: 10,
    });
    await rules.policy('b', {
      decision: 'CONFIRM',
      conditions: [{ field: 'system.load_pct', op: '>', value: 80 }],
    });
    const bundles = [
      await rules.activate('1.0.0', {
        id: 'few',
        agent: '*',
        action: '*',
        effect: 'allow',
        priority: 1,
        conditions: [{ field: 'affected_entity_count', op: '<', value: 10 }],
      }),
    ];
    for (const [i, change] of [
      { decision: 'DENY' },
      { status: 'disabled' },
      { status: 'active', decision: 'ALLOW' },
    ].entries()) {
      await ask('replayed', { intent: intent('replayed', { affected_entity_count: i * 8 }) });
      await rules.change('b', change as never);
    }
    bundles.push(
      await rules.activate('2.0.0', {
        id: 'none',
        agent: 'ran-optimizer',
        action: 'cell_failover',
        effect: 'deny',
        priority: 5,
        conditions: [{ field: 'posture', op: '!=', value: 'GREEN' }],
      }),
    );
    for (const posture of ['GREEN', 'RED', null] as const) await ask('replayed', { posture });

    const policies: PolicyV1[] = [];
    for await (const { stream, data } of parts.log.store.readAll())
      if (stream.startsWith('policy-replayed:')) policies.push((data as { policy: PolicyV1 }).policy);
    const kept = await recorded('replayed');
    expect(new Set(kept.map(({ decision }) => decision)).size).toBeGreaterThan(2);
    expect(kept).toHaveLength(6);
    for (const data of kept) {
      const bundle = bundles.find(({ version }) => version === data.bundle.bundle_version) ?? null;
      expect(evaluateRecorded(data, bundle, policies).differences).toEqual([]);
    }
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
    rpc.call('policy-evaluator.auto_approve', request(tenant, over));

  it('answers by the defaults, then by what the tenant configured, and says by which', async () => {
    expect(await decide('auto')).toMatchObject({
      decision: 'AUTO_EXECUTE',
      policy_version: 'AutoApprovalPolicyV1',
      version: 'default',
      config: { kill_switch: false },
    });
    await rulesOf(parts.log.store, 'auto').autoApproval({
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

describe('an evaluation over HTTP', () => {
  it('answers the same and records that it was asked', async () => {
    await rulesOf(parts.log.store, 'web').policy('p', { decision: 'CONFIRM', confirmation_window_s: 45 });
    const { status, body } = await post('web', {
      intent: intent('web'),
      prediction,
      posture: 'GREEN',
      fresh: true,
    });
    expect([status, body['decision'], body['limits']]).toEqual([
      200,
      'CONFIRM',
      expect.objectContaining({ confirmation_window_s: 45, window_policy: 'p' }),
    ]);
    const [event] = await collect(parts.log.store.read(evaluationStream('web', day())));
    expect([`${event!.position.commit}`, event!.metadata.actor.kind]).toEqual([
      body['recorded_position'],
      'person',
    ]);
  });

  it('of an intent half known says which fields are lacking', async () => {
    await rulesOf(parts.log.store, 'half').policy('p', {
      decision: 'DENY',
      conditions: [{ field: 'risk_score', op: '>', value: 80 }],
    });
    const { body } = await post('half', {
      intent: { agent: 'a', action_type: 'cell_failover' },
      fresh: true,
    });
    expect([body['decision'], body['unknown_fields']]).toEqual(['NEEDS_APPROVAL', ['risk_score']]);
  });

  it('takes an intent as it is published, too', async () => {
    await rulesOf(parts.log.store, 'bare').policy('p', {
      conditions: [
        { field: 'risk_score', op: '<', value: 40 },
        { field: 'posture', op: '==', value: 'GREEN' },
      ],
    });
    const { status, body } = await post('bare', {
      ...intent('bare'),
      prediction,
      posture: 'GREEN',
      fresh: true,
    });
    expect([status, body['decision']]).toEqual([200, 'ALLOW']);
  });

  it.each([
    ['nothing', null],
    ['a list', []],
    ['an intent without its agent', { action_type: 'x' }],
    ['an unknown member', { agent: 'a', action_type: 'x', colour: 'red' }],
  ])('%s is refused', async (_, body) => {
    expect([(await post('bare', body)).body['code']]).toEqual(['validation-failed']);
  });

  it("is refused without the scope, for another tenant, or of another tenant's intent", async () => {
    const body = { intent: intent('web') };
    const codes = [
      await post('web', body, {}),
      await post('web', body, await parts.issuer.person(['POLICY_WRITE'], { tenant: 'web' })),
      await post('web', body, await parts.issuer.person(['POLICY_READ'], { tenant: 'else' })),
      await post('web', { intent: intent('else') }),
      await post('web', { intent: 5 }),
    ].map(({ status, body: answer }) => `${status} ${String(answer['code'])}`);
    expect(codes).toEqual([
      '401 unauthenticated',
      '403 missing-scope',
      '403 wrong-tenant',
      '403 wrong-tenant',
      '422 validation-failed',
    ]);
  });
});

describe('what operators see of evaluations', () => {
  it('is a line for each, with trace, tenant, action type, decision and confidence, and no entity or parameter', async () => {
    const { trace_id: trace, evaluation_id: id } = await ask('watched', {
      intent: intent('watched', { entity_id: 'cell-secret', parameters: { power_raise_db: 4.125 } }),
    });
    const line = parts.lines.find((one) => one.includes(id));
    expect(JSON.parse(line!)).toMatchObject({
      message: 'policy evaluated',
      trace_id: trace,
      tenant_id: 'watched',
      action_type: 'cell_failover',
      decision: 'NEEDS_APPROVAL',
      confidence: 0.8,
    });
    expect(line).not.toMatch(/cell-secret|4\.125/);
  });

  it('are counts by decision, and of what was not decided', async () => {
    const read = async (): Promise<string> =>
      (await fetch(`http://127.0.0.1:${running.http.port}/metrics`)).text();
    const count = (text: string, name: string): number =>
      Number(new RegExp(`^${name.replaceAll('{', '\\{')} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
    const name = 'interlock_policy_decisions_total{decision="NEEDS_APPROVAL",variant="none"}';
    const before = count(await read(), name);
    await ask('watched');
    expect(count(await read(), name)).toBe(before + 1);
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
      command_hash: 'h',
    } as const;
    await parts.log.store.append(
      'evaluation-future:2026-01-01',
      [{ id: crypto.randomUUID(), type: 'Unheard', data: {}, metadata }],
      'any',
    );
    expect((await ask('future')).decision).toBe('NEEDS_APPROVAL');
    await parts.log.store.append(
      'policy-future:p',
      [{ id: crypto.randomUUID(), type: 'PolicyMelted', data: {}, metadata }],
      'any',
    );
    expect(isProblem(await failure(ask('future')), 'not-current')).toBe(true);
    await until(
      async () => isProblem(await failure(ask('empty', { fresh: false })), 'not-current'),
      'the evaluator says that it is not current',
    );
    expect((await fetch(`http://127.0.0.1:${running.http.port}/health/ready`)).status).toBe(503);
    expect(await (await fetch(`http://127.0.0.1:${running.http.port}/metrics`)).text()).toMatch(
      /interlock_policy_errors_total\{code="not-current"\} [1-9]/,
    );
  });
});
