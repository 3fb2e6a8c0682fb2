import { beforeAll, describe, expect, it } from '@jest/globals';
import { subject, type ActionIntentV1, type IntentAcceptedV1 } from '@interlock/contracts';
import { actionIdOf } from '@interlock/kernel';
import { until } from '@interlock/testing';
import { gateNames } from '@interlock/rails';
import type { FailingCell } from '../failing-cell.js';
import { failedOver, type RunningConfig } from '../network.js';
import { tenant } from '../names.js';
import type { View, World } from '../world.js';
import { spentBy } from './spent.js';

/** What an intent goes through; the neighbours of the crowded site have no room for its users. */
export const intentCases = (
  world: World,
  failing: (name?: string) => Promise<FailingCell>,
  crowded: string,
): void => {
  const { network } = world;
  const spent = spentBy(world);

  describe('an intent from the bus', () => {
    let [cell, device] = ['', ''];
    let before: RunningConfig;
    let intent: ActionIntentV1;
    let view: View;

    beforeAll(async () => {
      ({ cell, device, before } = await failing());
      intent = world.intent(cell);
      view = await world.ends(await world.publish(intent));
    });

    it('is accepted, executed, and its outcome is published upstream', async () => {
      expect(view.reasons).toEqual([]);
      expect(view.state).toBe('COMPLETED');
      const accepted = (
        await world.messages<IntentAcceptedV1>('OUTCOMES', subject({ kind: 'accepted', tenant }))
      ).filter(({ data }) => data.intent_id === intent.intent_id);
      expect(accepted).toMatchObject([
        {
          type: 'interlock.intent_accepted.v1',
          data: { action_id: actionIdOf(tenant, intent.intent_id), tenant_id: tenant },
        },
      ]);
      const outcomes = await world.outcomes(view.action_id);
      expect(outcomes).toMatchObject([
        {
          intent_id: intent.intent_id,
          action_id: view.action_id,
          state: 'COMPLETED',
          reasons: [],
          sequence: 1,
          dry_run: false,
        },
      ]);
    });

    it('changes the device as planned: the cell locked, its neighbours louder, the relations open', async () => {
      expect(before[cell]).toMatchObject({ state: 'UNLOCKED', power: '400' });
      expect(await network.running(device)).toEqual(failedOver(before, cell));
      expect(await network.tentative(device)).toBe(false);
      expect(view.plan?.payloads[0]?.xml).toContain('LOCKED');
    });

    it('shows every gate and step in order, with its verdict and its input', () => {
      expect(view.gates.map(({ gate }) => gate)).toEqual(gateNames);
      expect(view.steps.map(({ step }) => step)).toEqual([
        'reservation',
        'last_look',
        'execution',
        'validation',
        'confirm',
      ]);
      for (const { verdict, saw, ...record } of [...view.gates, ...view.steps])
        expect([record, verdict, Object.keys(saw).length > 0]).toEqual([
          record,
          'pass',
          !('step' in record) || record.step !== 'confirm',
        ]);
      expect(view.gates.find(({ gate }) => gate === 'posture')?.saw).toMatchObject({
        answer: { effective: 'GREEN' },
      });
      expect(view.gates.find(({ gate }) => gate === 'prediction')?.saw).toMatchObject({
        answer: { basis: 'memory' },
      });
      expect(view.gates.find(({ gate }) => gate === 'policy')?.saw).toMatchObject({
        evaluation: { decision: 'ALLOW', bundle: { rule_id: 'optimizer' } },
      });
      expect(view.gates.find(({ gate }) => gate === 'budget')?.saw).toMatchObject({
        answer: { consumed: true },
      });
      expect(view.validation_result).toMatchObject({ verdict: 'pass' });
    });

    it('has a timeline that is its stream', async () => {
      const { items } = await world.must<{
        readonly items: readonly { readonly revision: string; readonly type: string }[];
      }>('GET', `/api/v1/autonomous/actions/${view.action_id}/timeline`);
      const events = await world.events(view.action_id);
      expect(items.map(({ type }) => type)).toEqual(events.map(({ type }) => type));
      expect(items.map(({ revision }) => revision)).toEqual(items.map((_, i) => `${i}`));
      const types = items.map(({ type }) => type);
      expect(types[0]).toBe('IntentAccepted');
      // On a busy machine a turn may run out before anything is sent; each turn starts at most
      // once.
      const turns = events.flatMap(({ type, data }) =>
        type === 'ExecutionStarted' ? [(data as { readonly turn: number }).turn] : [],
      );
      expect(turns.length).toBeGreaterThan(0);
      expect(new Set(turns).size).toBe(turns.length);
      expect(types.filter((type) => type === 'OutcomeValidated')).toHaveLength(1);
      expect(types.indexOf('GatesJudged')).toBeLessThan(types.indexOf('ExecutionStarted'));
      expect(types.indexOf('OutcomeValidated')).toBeLessThan(types.indexOf('ConfirmRequested'));
      expect(types.indexOf('ConfirmRequested')).toBeLessThan(types.indexOf('ActionCompleted'));
    });

    it('is found in the read models by intent, by state and by entity, up to a position', async () => {
      for (const query of [
        `intent_id=${intent.intent_id}`,
        `state=COMPLETED&entity_id=${cell}`,
        `action_type=cell_failover&entity_id=${cell}`,
      ]) {
        const { status, body } = await world.call<{ items: readonly View[] }>(
          'GET',
          `/api/v1/autonomous/actions?${query}`,
          undefined,
          {},
          { 'interlock-min-position': view.position },
        );
        expect([query, status, body.items.map(({ action_id: id }) => id)]).toEqual([
          query,
          200,
          [view.action_id],
        ]);
      }
      expect(
        (
          await world.must<{ items: readonly View[] }>(
            'GET',
            `/api/v1/autonomous/actions?state=DENIED&entity_id=${cell}`,
          )
        ).items,
      ).toEqual([]);
    });

    it.each([
      'autonomous/actions',
      'autonomous/inbox?view=all',
      'alerts',
      'incidents',
      'policy/bundles',
      'devices',
      'action-types',
    ])('is in no list of %s with more than a row shows', async (path) => {
      const { items } = await world.must<{ items: readonly object[] }>('GET', `/api/v1/${path}`);
      // A whole action is some 20,000 characters.
      for (const item of items) expect([item, JSON.stringify(item).length < 2500]).toEqual([item, true]);
    });

    it('names people nowhere in its events', async () => {
      expect(
        JSON.stringify(await world.events(view.action_id), (_, value: unknown) =>
          typeof value === 'bigint' ? `${value}` : value,
        ),
      ).not.toContain('author');
    });
  });

  it('passes every gate as a dry run, shows the plan and changes nothing', async () => {
    const { cell, device, before } = await failing();
    const count = await spent();
    const view = await world.ends(
      await world.publish(
        world.intent(cell, { dry_run: true, parameters: { power_raise_db: 3, cell_individual_offset: 10 } }),
      ),
    );
    expect(view).toMatchObject({ state: 'COMPLETED', dry_run: true });
    expect(view.gates.map(({ gate }) => gate)).toEqual(gateNames);
    expect(view.gates.find(({ gate }) => gate === 'policy')).toMatchObject({
      verdict: 'inconclusive',
      hold: 'approval',
    });
    expect(view.plan?.diff.length).toBeGreaterThan(0);
    expect(await world.types(view.action_id)).not.toContain('ExecutionStarted');
    expect(await network.running(device)).toEqual(before);
    expect(await spent()).toBe(count);
  });

  it('is denied by a rule, with the rule and its reason', async () => {
    const { cell, device, before } = await failing();
    const view = await world.ends(
      await world.publish(
        world.intent(cell, { parameters: { power_raise_db: 6, cell_individual_offset: 3 } }),
      ),
    );
    expect(view.state).toBe('DENIED');
    expect(view.gates.at(-1)).toMatchObject({
      gate: 'policy',
      verdict: 'fail',
      saw: { evaluation: { decision: 'DENY', bundle: { rule_id: 'power' } } },
    });
    expect(JSON.stringify(view.reasons)).toContain('more than 5 dB needs a new radio plan');
    expect((await world.events(view.action_id)).at(-1)).toMatchObject({
      type: 'ActionDenied',
      data: { gate: 'policy', verdict: 'fail', rule_id: 'power' },
    });
    expect(await world.outcomes(view.action_id)).toMatchObject([{ state: 'DENIED', reasons: view.reasons }]);
    expect(await network.running(device)).toEqual(before);
  });

  it('is rolled back if the KPIs worsen; the device is restored and an incident is open', async () => {
    const { cell, device, before } = await failing(crowded);
    const id = await world.publish(world.intent(cell));
    const view = await world.ends(id);
    expect(view.state).toBe('ROLLED_BACK');
    expect(view.validation_result).toMatchObject({ verdict: 'fail' });
    expect(view.steps.find(({ step }) => step === 'validation')).toMatchObject({ verdict: 'fail' });
    expect(view.reasons.length).toBeGreaterThan(0);
    expect(await network.running(device)).toEqual(before);
    expect(await network.tentative(device)).toBe(false);
    expect(await world.types(id)).not.toContain('ConfirmRequested');
    const incident = await until(
      async () =>
        (
          await world.must<{
            items: readonly { readonly action_id: string; readonly id: string; readonly status: string }[];
          }>('GET', '/api/v1/incidents')
        ).items.find((one) => one.action_id === id),
      'an incident is open',
    );
    expect(incident).toMatchObject({ status: 'open', entity_id: cell });
    await world.must(
      'POST',
      `/api/v1/incidents/${incident.id}/acknowledge`,
      { note: 'seen' },
      { sub: 'carla' },
    );
    await until(
      async () =>
        (await world.must<{ status: string }>('GET', `/api/v1/incidents/${incident.id}`)).status ===
        'acknowledged',
      'the incident is acknowledged',
    );
  });
};
