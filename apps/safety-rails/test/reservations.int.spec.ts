import { expect, it } from '@jest/globals';
import { actionIdOf, collect } from '@interlock/kernel';
import { until } from '@interlock/testing';
import { intent, railsWorld } from './rails-world.js';

// Of the hour's room four actions of three entities each take all.
const world = railsWorld({}, { blast_radius_limit: 3, blast_radius_1h: 12 });
const { call, reaches, typesOf } = world;

it('two actions that would move the same KPI are executed one after the other', async () => {
  const { answers } = world.stand;
  const [estimate, status] = [
    answers.get('netconf-gateway.estimate_impact')!,
    answers.get('netconf-gateway.status')!,
  ];
  answers.set('netconf-gateway.estimate_impact', (request) => ({
    ...(estimate(request) as object),
    kpis: ['load_pct:cell-between'],
  }));
  answers.set('netconf-gateway.status', (request) => ({
    tx_id: request['action_id'],
    state: 'TENTATIVE',
    reasons: [],
    observation: null,
    diff: [],
  }));
  const [first, second] = [intent(), intent()];
  await call('POST', '/actions', first);
  await reaches(first, 'VALIDATING');
  await call('POST', '/actions', second);
  await until(async () => (await typesOf(second)).includes('ReservationAwaited'), 'the second waits');
  expect(world.stand.device.applied).toBe(1);
  answers.set('netconf-gateway.status', status);
  await reaches(first, 'COMPLETED');
  await reaches(second, 'COMPLETED');
  answers.set('netconf-gateway.estimate_impact', estimate);
  const leases = await collect(world.parts.log.store.read('lease-demo:all'));
  expect(leases.map(({ type, data }) => `${type} ${(data as { action_id: string }).action_id}`)).toEqual([
    `LeaseGranted ${actionIdOf('demo', first.intent_id)}`,
    `LeaseQueued ${actionIdOf('demo', second.intent_id)}`,
    `LeaseReleased ${actionIdOf('demo', first.intent_id)}`,
    `LeaseGranted ${actionIdOf('demo', second.intent_id)}`,
    `LeaseReleased ${actionIdOf('demo', second.intent_id)}`,
  ]);
});

it('what the blast radius of the hour has no room for waits, says why, and can be cancelled', async () => {
  const [third, fourth, fifth] = [intent(), intent(), intent()];
  for (const one of [third, fourth]) {
    await call('POST', '/actions', one);
    await reaches(one, 'COMPLETED');
  }
  await call('POST', '/actions', fifth);
  await until(async () => (await typesOf(fifth)).includes('ReservationAwaited'), 'the fifth waits');
  const stream = await collect(
    world.parts.log.store.read(`action-demo:${actionIdOf('demo', fifth.intent_id)}`),
  );
  expect(stream.find(({ type }) => type === 'ReservationAwaited')?.data).toEqual({
    held_by: [],
    room: { taken: 12, limit: 12 },
  });
  await call('POST', `/actions/${actionIdOf('demo', fifth.intent_id)}/cancel`, {}, { sub: 'ben' });
  await reaches(fifth, 'CANCELLED');
  expect(await typesOf(fifth)).not.toContain('ExecutionStarted');
});
