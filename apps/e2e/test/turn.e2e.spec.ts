import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { actionIdOf } from '@interlock/kernel';
import { until } from '@interlock/testing';
import { site } from './network.js';
import { account, tenant } from './names.js';
import { World } from './world.js';

type Stop = {
  readonly what: string;
  readonly state: string;
  readonly set: () => Promise<unknown>;
  readonly unset: () => Promise<unknown>;
};
type Point = { readonly after: string; readonly stream: 'action' | 'device_tx' };

const points: readonly Point[] = [
  { after: 'ChangePrepared', stream: 'device_tx' },
  { after: 'TurnTaken', stream: 'action' },
  { after: 'ApplyAccepted', stream: 'device_tx' },
];
/**
 * The long form tests each stop at each point; the short one each stop at one point and each point
 * under one stop.
 */
const long = process.env['INTERLOCK_LONG_TESTS'] === 'true';
const pointsOf = (stop: Stop): readonly Point[] =>
  long ? points : points.filter((_, i) => i === stops.indexOf(stop));
const names = Array.from({ length: points.length * 3 + 1 }, (_, i) => `w${String(i + 1).padStart(2, '0')}`);
const world = new World({ args: ['--no-demo', '--workers', '3'], devices: names.map((name) => site(name)) });
const { network } = world;

const author = { sub: 'author' };
const mode = (text: string): Promise<unknown> =>
  world.must(
    'PUT',
    '/api/v1/autonomy/config',
    { account_id: account, action_type: 'cell_failover', mode: text, reason: 'a test' },
    author,
  );
const trust = (locked: boolean): Promise<unknown> =>
  world.must('PUT', '/api/v1/posture/signals/trust_locked', { value: locked }, author);
const policy = (decision: string): Promise<unknown> =>
  world.must('PATCH', `/api/v1/policies/${tenant}/cell-failover`, { decision }, author);
const stops: readonly Stop[] = [
  {
    what: 'the mode is DISABLED',
    state: 'BLOCKED',
    set: () => mode('DISABLED'),
    unset: () => mode('AUTO_EXECUTE'),
  },
  { what: 'the posture is RED', state: 'DENIED', set: () => trust(true), unset: () => trust(false) },
  { what: 'a policy says DENY', state: 'DENIED', set: () => policy('DENY'), unset: () => policy('ALLOW') },
];

beforeAll(async () => {
  await world.start();
  await world.provision();
});
afterAll(() => world.end());

/**
 * Freezes the gateway as soon as the log holds the event, sets the stop, ends the frozen process
 * and restarts it.
 */
const stoppedAfter = async (
  { after, stream: kind }: Point,
  stop: Stop,
  end: (gateway: number) => Promise<unknown>,
): Promise<void> => {
  const name = names.shift()!;
  const [cell, device] = [`cell-${name}-1`, `gnb-${name}`];
  await network.degrade(cell);
  await world.teach(cell);
  const before = await network.running(device);
  // The edit is slow, so nothing is committed between the event and the freeze.
  await network.fault(device, { kind: 'latency', ms: 3000, operation: 'edit-config' });
  const intent = world.intent(cell);
  const id = actionIdOf(tenant, intent.intent_id);
  const stream = `${kind}-${tenant}:${id}`;
  const gateway = world.stack.pidOf('worker-devices');
  let frozen = false;
  const subscription = world.log.subscribe(
    { after: null, prefixes: [stream], name: 'e2e' },
    {
      onEvent: (event) => {
        if (frozen || event.stream !== stream || event.type !== after) return;
        process.kill(gateway, 'SIGSTOP');
        frozen = true;
      },
    },
  );
  await world.publish(intent);
  await until(() => frozen, `${after} is in ${stream}`);
  await subscription.stop();
  await stop.set();
  await end(gateway);
  await network.mend(device);

  expect((await world.ends(id)).state).toBe(stop.state);
  expect(await network.running(device)).toEqual(before);
  expect(await network.tentative(device)).toBe(false);
  expect((await world.stream(`device_tx-${tenant}:${id}`)).map(({ type }) => type)).not.toContain(
    'TentativeCommitRequested',
  );
  const { day } = (
    (await world.events(id)).find(({ type }) => type === 'GatesJudged')!.data as {
      readonly consume: { readonly day: string };
    }
  ).consume;
  const budget = async (): Promise<readonly string[]> =>
    (await world.stream(`budget-${tenant}:${account}:${day}`))
      .filter(({ data }) => (data as { readonly action_id: string }).action_id === id)
      .map(({ type }) => type);
  await until(async () => (await budget()).at(-1) === 'BudgetGivenBack', 'what was consumed is given back');
};

describe.each(stops)('if $what before the gateway is restarted', (stop) => {
  afterEach(() => stop.unset());

  it.each(pointsOf(stop))('a change at $after in the $stream stream is never sent', async (point) => {
    await stoppedAfter(point, stop, async (gateway) => {
      process.kill(gateway, 'SIGKILL');
      await until(() => world.stack.pidOf('worker-devices') !== gateway, 'the gateway is started again');
    });
  });
});

describe('if the mode is DISABLED and everything is killed', () => {
  afterEach(() => mode('AUTO_EXECUTE'));

  it('an accepted change is never sent after the restart', async () => {
    await stoppedAfter(points[2]!, stops[0]!, async () => {
      await world.killAll();
      await world.start();
    });
  });
});
