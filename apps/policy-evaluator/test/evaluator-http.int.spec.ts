import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { collect } from '@interlock/kernel';
import { evaluationStream } from '@interlock/policy';
import { intent, prediction, rulesOf } from './rules.js';
import { day, EvaluatorWorld } from './evaluator-world.js';

const world = new EvaluatorWorld();
beforeAll(() => world.begin());
afterAll(() => world.end());

describe('an evaluation over HTTP', () => {
  it('answers the same and records that it was asked', async () => {
    await rulesOf(world.parts.log.store, 'web').policy('p', {
      decision: 'CONFIRM',
      confirmation_window_s: 45,
    });
    const { status, body } = await world.post('web', {
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
    const [event] = await collect(world.parts.log.store.read(evaluationStream('web', day())));
    expect([`${event!.position.commit}`, event!.metadata.actor.kind]).toEqual([
      body['recorded_position'],
      'person',
    ]);
  });

  it('of an intent half known says which fields are lacking', async () => {
    await rulesOf(world.parts.log.store, 'half').policy('p', {
      decision: 'DENY',
      conditions: [{ field: 'risk_score', op: '>', value: 80 }],
    });
    const { body } = await world.post('half', {
      intent: { agent: 'a', action_type: 'cell_failover' },
      fresh: true,
    });
    expect([body['decision'], body['unknown_fields']]).toEqual(['NEEDS_APPROVAL', ['risk_score']]);
  });

  it('takes an intent as it is published, too', async () => {
    await rulesOf(world.parts.log.store, 'bare').policy('p', {
      conditions: [
        { field: 'risk_score', op: '<', value: 40 },
        { field: 'posture', op: '==', value: 'GREEN' },
      ],
    });
    const { status, body } = await world.post('bare', {
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
    ['a leap second', { agent: 'a', action_type: 'x', at: '2026-12-31T23:59:60Z' }],
    ['a prediction with null', { agent: 'a', action_type: 'x', prediction: { risk_score: null } }],
  ])('%s is refused', async (_, body) => {
    expect([(await world.post('bare', body)).body['code']]).toEqual(['validation-failed']);
  });

  it("is refused without the scope, for another tenant, or of another tenant's intent", async () => {
    const body = { intent: intent('web') };
    const codes = [
      await world.post('web', body, {}),
      await world.post('web', body, await world.parts.issuer.person(['POLICY_WRITE'], { tenant: 'web' })),
      await world.post('web', body, await world.parts.issuer.person(['POLICY_READ'], { tenant: 'else' })),
      await world.post('web', { intent: intent('else') }),
      await world.post('web', { intent: 5 }),
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
