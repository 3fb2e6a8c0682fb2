import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RpcAnswer } from '@interlock/contracts';
import { RpcClient } from '@interlock/jetstream';
import { collect, parsePosition } from '@interlock/kernel';
import type { RunningService } from '@interlock/platform';
import { bucketOf, evaluateRecorded, evaluationStream, type EvaluationRecorded } from '@interlock/policy';
import { startParts, testContext, until, untilReady, type Parts } from '@interlock/testing';
import { start } from '../src/main.js';
import { goodGates, intent, prediction, rulesOf } from './rules.js';

let parts: Parts;
let running: RunningService;
let rpc: RpcClient;
type Answer = RpcAnswer<'policy-evaluator.evaluate'>;
const ask = (tenant: string, entity: string, fresh = true, action = 'cell_failover'): Promise<Answer> =>
  rpc.call('policy-evaluator.evaluate', {
    tenant_id: tenant,
    intent: intent(tenant, { entity_id: entity, action_type: action }),
    prediction,
    posture: 'GREEN',
    at: new Date().toISOString(),
    fresh,
    dry_run: false,
  });
const recorded = async (tenant: string): Promise<readonly EvaluationRecorded['data'][]> =>
  (await collect(parts.log.store.read(evaluationStream(tenant, new Date().toISOString().slice(0, 10))))).map(
    ({ data }) => data as EvaluationRecorded['data'],
  );
const allow = {
  id: 'yes',
  agent: '*',
  action: '*',
  effect: 'allow',
  priority: 1,
  reason: 'everything goes',
  budget: { cost: 10 },
} as const;
const deny = {
  id: 'no',
  agent: '*',
  action: '*',
  effect: 'deny',
  priority: 1,
  reason: 'nothing goes at all',
  budget: { cost: 3 },
} as const;
const entities = Array.from({ length: 240 }, (_, i) => `cell-${i}`);
const variants = async (tenant: string): Promise<ReadonlyMap<string, string>> => {
  await ask(tenant, 'cell-0');
  const found = new Map<string, string>();
  for (let i = 0; i < entities.length; i += 20)
    await Promise.all(
      entities
        .slice(i, i + 20)
        .map(async (entity) => found.set(entity, (await ask(tenant, entity, false)).bundle.variant)),
    );
  return new Map(entities.map((entity) => [entity, found.get(entity)!]));
};
const canaries = (of: ReadonlyMap<string, string>): readonly string[] =>
  [...of].filter(([, variant]) => variant === 'canary').map(([entity]) => entity);
const now = (): string => new Date().toISOString();

beforeAll(async () => {
  parts = await startParts();
  running = await start(testContext(parts, 'policy-evaluator'));
  rpc = new RpcClient(parts.connection, { caller: 'safety-rails', deadlineMs: 30_000 });
  await untilReady(`http://127.0.0.1:${running.http.port}`);
});
afterAll(async () => {
  await running.stop();
  await parts.stop();
});

describe('an evaluator under a canary', () => {
  it('lets the canary decide its share of the entities, the same ones at every stage, and records what the other would have said', async () => {
    const rules = rulesOf(parts.log.store, 'split');
    const active = await rules.begin('1.0.0', allow);
    const canary = await rules.begin('1.1.0', deny);
    const atTen = await variants('split');
    expect(canaries(atTen)).toEqual(entities.filter((entity) => bucketOf('split', entity) < 1000));
    expect(Math.abs(canaries(atTen).length / entities.length - 0.1)).toBeLessThan(0.06);
    await rules.rollout({
      kind: 'PromoteCanary',
      bundle_id: canary.bundle_id,
      trigger: 'person',
      reason: 'a test',
      verdicts: goodGates(10),
      now: now(),
    });
    const atFifty = await variants('split');
    expect(canaries(atFifty)).toEqual(expect.arrayContaining([...canaries(atTen)]));
    expect(Math.abs(canaries(atFifty).length / entities.length - 0.5)).toBeLessThan(0.1);

    for (const data of await recorded('split')) {
      const isCanary = data.bundle.variant === 'canary';
      expect([data.decision, data.shadow?.decision, data.shadow?.variant]).toEqual(
        isCanary ? ['DENY', 'ALLOW', 'active'] : ['ALLOW', 'DENY', 'canary'],
      );
      expect(data.shadow).toMatchObject(
        isCanary
          ? { bundle_version: '1.0.0', rule_id: 'yes', budget: { cost: 10, compute: 0 } }
          : { bundle_version: '1.1.0', rule_id: 'no', budget: { cost: 3, compute: 0 } },
      );
      const [own, other] = isCanary ? [canary, active] : [active, canary];
      expect(evaluateRecorded(data, own, [], undefined, other).differences).toEqual([]);
      expect(
        evaluateRecorded(
          { ...data, shadow: { ...data.shadow!, decision: 'CONFIRM' } },
          own,
          [],
          undefined,
          other,
        ).differences,
      ).toEqual([expect.stringContaining('`shadow` was')]);
      expect(evaluateRecorded(data, own, []).evaluation).toBeNull();
    }
  });

  it('asks the active one where there is no entity', async () => {
    const rules = rulesOf(parts.log.store, 'lacking');
    await rules.begin('1.0.0', allow);
    await rules.begin('1.1.0', deny);
    const { entity_id: _entity, ...without } = intent('lacking');
    const answer = await fetch(`http://127.0.0.1:${running.http.port}/api/v1/policies/lacking/evaluate`, {
      method: 'POST',
      headers: {
        ...(await parts.issuer.person(['POLICY_READ'], { tenant: 'lacking' })),
        'content-type': 'application/json',
      },
      body: JSON.stringify({ intent: without, prediction, posture: 'GREEN', fresh: true }),
    });
    expect(await answer.json()).toMatchObject({ decision: 'ALLOW', bundle: { variant: 'active' } });
  });

  it('goes back for everyone by one event, at once', async () => {
    const rules = rulesOf(parts.log.store, 'back');
    await rules.begin('1.0.0', allow);
    const canary = await rules.begin('1.1.0', deny);
    const entity = entities.find((one) => bucketOf('back', one) < 1000)!;
    expect((await ask('back', entity)).decision).toBe('DENY');
    await rules.rollout({
      kind: 'RollBackBundle',
      bundle_id: canary.bundle_id,
      trigger: 'person',
      reason: 'a test',
      verdicts: null,
    });
    const last = await until(async () => {
      const answer = await ask('back', entity, false);
      return answer.decision === 'ALLOW' && answer;
    }, 'the canary decides no more');
    expect(last.bundle).toMatchObject({ bundle_version: '1.0.0', variant: 'active' });
    expect((await recorded('back')).at(-1)).not.toHaveProperty('shadow');
  });

  it.each([
    ['bypassed', 'policy-bypassed'],
    ['withdrawn', 'bundle-withdrawn'],
  ] as const)(
    'where policies are %s nothing is better than NEEDS_APPROVAL, whatever they say, and the event alone replays it',
    async (floor, code) => {
      const rules = rulesOf(parts.log.store, floor);
      await rules.policy('open', { decision: 'ALLOW' });
      const { policy: closed } = (
        await rules.policy('closed', { decision: 'DENY', action_types: ['qos_tune'] })
      ).events[0]!.data;
      const { policy: open } = {
        policy: (await rules.change('open', { min_confidence: 0.1 })).state.versions.at(-1)!,
      };
      const { bundle_id } = await rules.begin('1.0.0', allow);
      expect((await ask(floor, 'cell-1')).decision).toBe('ALLOW');
      await rules.rollout(
        floor === 'bypassed'
          ? { kind: 'BypassPolicy', reason: 'a test', minutes: 5, now: now() }
          : { kind: 'RollBackBundle', bundle_id, trigger: 'person', reason: 'a test', verdicts: null },
      );
      const answer = await ask(floor, 'cell-1');
      expect(answer).toMatchObject({
        decision: 'NEEDS_APPROVAL',
        approvals_required: 1,
        bundle: { variant: 'none', bundle_id: null },
        versions: { floor },
      });
      expect(answer.reasons[0]).toMatchObject({ code });
      expect((await ask(floor, 'cell-1', true, 'qos_tune')).decision).toBe('DENY');
      const data = (await recorded(floor)).find(
        ({ evaluation_id }) => evaluation_id === answer.evaluation_id,
      )!;
      expect(evaluateRecorded(data, null, [open, closed]).differences).toEqual([]);
      expect(
        evaluateRecorded({ ...data, versions: { ...data.versions, floor: 'none' } }, null, [open, closed])
          .differences,
      ).not.toEqual([]);
      expect(parsePosition(answer.position)).toBeDefined();
      if (floor === 'bypassed') {
        await rules.rollout({ kind: 'EndBypass', reason: 'ended', now: now() });
        expect((await ask(floor, 'cell-1')).decision).toBe('ALLOW');
      }
    },
  );
});
