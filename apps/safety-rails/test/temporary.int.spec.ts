import { describe, expect, it } from '@jest/globals';
import type { ActionIntentV1 } from '@interlock/contracts';
import { actionIdOf, collect } from '@interlock/kernel';
import { until } from '@interlock/testing';
import { event, intent, railsWorld } from './rails-world.js';

const world = railsWorld();

const silence = (seconds: number | undefined): ActionIntentV1 => {
  const of = intent({ action_type: 'alarm_silence', affected_entity_count: 1 });
  const parameters = { shelf: of.intent_id, resource: 'eth0', alarm_type: 'acme-alarms:link-alarm' };
  return { ...of, parameters: { ...parameters, ...(seconds === undefined ? {} : { for_s: seconds }) } };
};
const completed = async (of: ActionIntentV1): Promise<void> => {
  await world.publish(event(of));
  await world.reaches(of, 'COMPLETED');
};
const undosOf = (of: ActionIntentV1): number =>
  world.stand.calls.filter(
    ({ name, request }) =>
      name === 'netconf-gateway.undo' && request['action_id'] === actionIdOf('demo', of.intent_id),
  ).length;

describe('alarms that are silenced', () => {
  it('are silenced for the time that was asked for, and the action stays completed', async () => {
    const of = silence(3);
    await completed(of);
    expect(undosOf(of)).toBe(0);
    await until(
      async () => (await world.typesOf(of)).includes('TemporaryChangeUndone'),
      'the shelf is removed',
    );
    expect(undosOf(of)).toBeGreaterThan(0);
    const seen = await until(async () => {
      const view = (await world.view(of)) as unknown as {
        state: string;
        effect: string;
        rollback: { status: string; temporary: boolean; approved_by: string } | null;
      };
      return view.rollback?.status === 'done' && view;
    }, 'the API shows it');
    expect(seen).toMatchObject({
      state: 'COMPLETED',
      effect: 'taken_back',
      rollback: { temporary: true, approved_by: 'service:safety-rails' },
    });
    await until(
      async () => (await world.typesOf(of)).at(-1) === 'ReservationReleased',
      'its reservation is released',
    );
    const again = await world.call('POST', `/actions/${actionIdOf('demo', of.intent_id)}/rollback`, {});
    expect([again.status, again.body]).toMatchObject([409, { code: 'undo-impossible' }]);
  });

  it('stay silenced while the handler cannot plan the undo, which is tried again later', async () => {
    const plan = world.stand.answers.get('netconf-gateway.plan')!;
    world.stand.answers.set('netconf-gateway.plan', (request) => {
      if (request['undo'] === true) throw new Error('the device was removed');
      return plan(request);
    });
    const of = silence(1);
    await completed(of);
    await until(async () => (await world.typesOf(of)).at(-1) === 'RollbackRefused', 'it is refused');
    const stream = `action-demo:${actionIdOf('demo', of.intent_id)}`;
    const refused = (await collect(world.parts.log.store.read(stream))).at(-1)!;
    expect(refused.data).toMatchObject({
      cause: 'handler',
      temporary: true,
      again_at: expect.any(String),
      reasons: [{ code: 'internal-error' }],
    });
    world.stand.answers.set('netconf-gateway.plan', plan);
  });

  it('stay silenced while the kill switch forbids every change, and the log says why', async () => {
    const of = silence(4);
    await completed(of);
    const stop = { scope: 'action_type', action_type: 'alarm_silence', engaged: true, reason: 'drill' };
    expect((await world.call('POST', '/kill-switch', stop)).status).toBe(200);
    await until(async () => (await world.typesOf(of)).includes('RollbackRefused'), 'it is refused');
    expect(undosOf(of)).toBe(0);
    expect(await world.view(of)).toMatchObject({ state: 'COMPLETED', effect: 'applied' });
  });

  it('are not silenced without a time, or for longer than a week', async () => {
    for (const seconds of [undefined, 604_801]) {
      const { status, body } = await world.call('POST', '/actions', silence(seconds));
      expect([status, JSON.stringify(body)]).toEqual([422, expect.stringContaining('for_s')]);
    }
  });
});
