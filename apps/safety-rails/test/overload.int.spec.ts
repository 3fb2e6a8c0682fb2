import { beforeAll, describe, expect, it } from '@jest/globals';
import type { ActionIntentV1, JsonObject } from '@interlock/contracts';
import { actionIdOf } from '@interlock/kernel';
import { until } from '@interlock/testing';
import { event, intent, railsWorld, scopes } from './rails-world.js';

const world = railsWorld({ SAFETY_RAILS_PLACES: '4', KILL_SWITCH_RELEASE_PEOPLE: '1' });
const { call, publish, typesOf, reaches } = world;
const evaluate = 'policy-evaluator.evaluate';

/** Makes the evaluator keep silent; afterwards it answers everybody. */
const holdEvaluator = (): (() => void) => {
  const answers = world.stand.answers;
  const answer = answers.get(evaluate)!;
  const held: (() => void)[] = [];
  answers.set(
    evaluate,
    (request: JsonObject) =>
      new Promise((resolve) => {
        held.push(() => resolve(answer(request)));
      }),
  );
  return () => {
    answers.set(evaluate, answer);
    for (const open of held) open();
  };
};

const isAccepted = async (of: ActionIntentV1): Promise<boolean> => (await typesOf(of)).length > 0;

const actionStreamOf = (of: ActionIntentV1): string => `action-demo:${actionIdOf('demo', of.intent_id)}`;

/**
 * How many of these actions were at any time accepted and had neither an end nor a service to wait
 * for, as the log tells it.
 */
const mostUnderWay = async (streams: ReadonlySet<string>): Promise<number> => {
  const underWay = new Set<string>();
  let most = 0;
  for await (const { stream, type } of world.parts.log.store.readAll()) {
    if (!streams.has(stream)) continue;
    if (type === 'IntentAccepted') underWay.add(stream);
    if (type === 'ServiceAwaited' || type === 'ActionDenied') underWay.delete(stream);
    most = Math.max(most, underWay.size);
  }
  return most;
};

describe('more intents than can be decided', () => {
  let waiting: ActionIntentV1;
  beforeAll(async () => {
    world.stand.decision = 'NEEDS_APPROVAL';
    waiting = intent();
    await publish(event(waiting));
    await reaches(waiting, 'AWAITING_APPROVAL');
  });

  it('wait on the bus, while who asks by HTTP is told to come again, and rejecting and the kill switch go on', async () => {
    world.stand.decision = 'DENY';
    const before = world.stand.count(evaluate);
    const open = holdEvaluator();
    const many = Array.from({ length: 150 }, () => intent());
    for (const of of many) await publish(event(of));
    await until(() => world.stand.count(evaluate) > before, 'the first gates are asked');

    const own = [intent(), intent(), intent()];
    const headers = {
      ...(await world.parts.issuer.person(scopes, { sub: 'anna', kind: 'person', tenant: 'demo' })),
      'content-type': 'application/json',
    };
    const answers: Response[] = [];
    for (const of of own)
      answers.push(
        await fetch(`http://127.0.0.1:${world.rails.http.port}/api/v1/autonomous/actions`, {
          method: 'POST',
          headers,
          body: JSON.stringify(of),
        }),
      );
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 503]);
    expect(answers[2]!.headers.get('retry-after')).toBe('1');
    expect(await answers[2]!.json()).toMatchObject({ code: 'overloaded' });
    expect(await isAccepted(own[2]!)).toBe(false);

    const id = (await world.view(waiting)) as unknown as { action_id: string };
    expect((await call('POST', `/actions/${id.action_id}/reject`, {}, { sub: 'ben' })).status).toBe(200);
    const stop = { scope: 'action_type', action_type: 'cell_sleep', reason: 'drill' };
    expect((await call('POST', '/kill-switch', { ...stop, engaged: true })).status).toBe(200);
    await call('POST', '/kill-switch', { ...stop, engaged: false });

    // However long the evaluator is waited for: what it does not answer in time is accepted before
    // its gates are looked at.
    const streams = new Set(many.map(actionStreamOf));
    await until(async () => (await mostUnderWay(streams)) > 8, 'many are under way');
    open();
    for (const of of many) await reaches(of, 'DENIED');
    const again = await call('POST', '/actions', own[2]);
    expect(again.status).toBe(202);
    await reaches(own[2]!, 'DENIED');

    expect(await mostUnderWay(streams)).toBeLessThanOrEqual(32);
  });
});
