import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { testMetadata } from '@interlock/kernel';
import { evaluateRecorded, type PolicyV1 } from '@interlock/policy';
import { underOneLoad } from '@interlock/testing';
import { intent, rulesOf } from './rules.js';
import { EvaluatorWorld } from './evaluator-world.js';

const world = new EvaluatorWorld();
beforeAll(() => world.begin());
afterAll(() => world.end());

describe('the record of evaluations', () => {
  it('is there when the answer is, whole, and a person is nowhere in it', async () => {
    const answer = await world.ask('kept', { intent: intent('kept', { requested_by: 'Ada Lovelace' }) });
    const [only, ...more] = await world.recorded('kept');
    expect(more).toEqual([]);
    expect(only).toEqual({
      ...answer,
      input: expect.objectContaining({
        action_id: null,
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

  it('of an action is its own: the answer holds all of it, and nothing is written beside', async () => {
    const answer = await world.ask('own', { action_id: 'action-1' });
    expect(answer.input).toMatchObject({
      at: '2026-03-02T10:30:00.000Z',
      context: { 'parameters.power_raise_db': 2, risk_score: 30, 'time.weekday': 'Monday' },
    });
    expect(await world.recorded('own')).toEqual([]);
  });

  it('a repeated request has the id of the first; the same request under other rules has its own', async () => {
    let tenant = '';
    const [first, second] = await underOneLoad(async (number) => {
      tenant = `twice-${number}`;
      await rulesOf(world.parts.log.store, tenant).policy('p');
      const ask = () => world.ask(tenant, { request_id: 'r-1' });
      return [await ask(), await ask()];
    });
    expect(second!.evaluation_id).toBe(first!.evaluation_id);
    await rulesOf(world.parts.log.store, tenant).change('p', { decision: 'DENY' });
    const third = await world.ask(tenant, { request_id: 'r-1' });
    expect([third.decision, third.evaluation_id === first!.evaluation_id]).toEqual(['DENY', false]);
    expect(new Set((await world.recorded(tenant)).map(({ evaluation_id: id }) => id)).size).toBe(2);
  });

  it('holds every one of many at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 300 }, (_, i) =>
        world.ask('busy', { intent: intent('busy', { intent_id: `i-${i}` }), fresh: i % 2 === 0 }),
      ),
    );
    const ids = (await world.recorded('busy')).map(({ evaluation_id: id }) => id);
    expect(ids.sort()).toEqual(answers.map(({ evaluation_id: id }) => id).sort());
  });

  it('lets every decision be made again from the log alone', async () => {
    const rules = rulesOf(world.parts.log.store, 'replayed');
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
      await world.ask('replayed', { intent: intent('replayed', { affected_entity_count: i * 8 }) });
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
    for (const posture of ['GREEN', 'RED', null] as const) await world.ask('replayed', { posture });

    const policies: PolicyV1[] = [];
    for await (const { stream, data } of world.parts.log.store.readAll())
      if (stream.startsWith('policy-replayed:')) policies.push((data as { policy: PolicyV1 }).policy);
    const kept = await world.recorded('replayed');
    expect(new Set(kept.map(({ decision }) => decision)).size).toBeGreaterThan(2);
    expect(kept).toHaveLength(6);
    for (const data of kept) {
      const bundle = bundles.find(({ version }) => version === data.bundle.bundle_version) ?? null;
      expect(evaluateRecorded(data, bundle, policies).differences).toEqual([]);
    }
  });

  it('holds the level of the entity’s device, by which a policy allows and denies', async () => {
    const { store } = world.parts.log;
    const rules = rulesOf(store, 'levels');
    await rules.policy('any');
    await rules.policy('qualified', {
      decision: 'DENY',
      conditions: [{ field: 'device.safety_level', op: '<', value: 2 }],
    });
    const asked = { intent: intent('levels', { entity_id: 'cell-1' }) };
    const tell = (type: string, data: object): Promise<unknown> =>
      store.append(
        'device-levels:gnb-1',
        [{ id: crypto.randomUUID(), type, data, metadata: testMetadata({ tenant_id: 'levels' }) }],
        'any',
      );
    const seen = async (): Promise<readonly unknown[]> => {
      const { decision, input } = await world.ask('levels', asked);
      return [decision, input.context['device.safety_level'], input.context['device.qualification']];
    };
    expect(await seen()).toEqual(['NEEDS_APPROVAL', undefined, undefined]);
    await tell('DeviceRegistered', {
      ...{ device_id: 'gnb-1', host: 'h', port: 830, host_key_fingerprint: 'k', profile: '3gpp' },
      cells: [{ cell_id: 'cell-1', neighbours: [] }],
    });
    expect(await seen()).toEqual(['DENY', 0, 'missing']);
    await tell('DeviceQualified', { device_id: 'gnb-1', level: 'confirmed-commit-unlocked' });
    expect(await seen()).toEqual(['ALLOW', 2, 'current']);
    await tell('DeviceQualificationLapsed', { device_id: 'gnb-1' });
    expect(await seen()).toEqual(['DENY', 0, 'stale']);
  });
});

describe('what operators see of evaluations', () => {
  it('is a line for each, with trace, tenant, action type, decision and confidence, and no entity or parameter', async () => {
    const { trace_id: trace, evaluation_id: id } = await world.ask('watched', {
      intent: intent('watched', { entity_id: 'cell-secret', parameters: { power_raise_db: 4.125 } }),
    });
    const line = world.parts.lines.find((one) => one.includes(id));
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
      world.parts.issuer.metricsOf(`http://127.0.0.1:${world.running.http.port}`);
    const count = (text: string, name: string): number =>
      Number(new RegExp(`^${name.replaceAll('{', '\\{')} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
    const name = 'interlock_policy_decisions_total{decision="NEEDS_APPROVAL",variant="none"}';
    const before = count(await read(), name);
    await world.ask('watched');
    expect(count(await read(), name)).toBe(before + 1);
  });
});
