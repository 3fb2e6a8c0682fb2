import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { throughChange } from '@interlock/contracts';
import { collect } from '@interlock/kernel';
import { boundSecrets, startReceiver, until, type Received, type Receiver } from '@interlock/testing';
import { World } from './world.js';

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
let world: World;
let duty: Receiver;
let boss: Receiver;

beforeAll(async () => {
  [duty, boss] = await Promise.all([startReceiver(), startReceiver()]);
  world = new World({
    ALERTING_POLL_MS: '50',
    ALERTING_ALLOWED_NETWORKS: '127.0.0.0/8',
    ...boundSecrets({ CHANNEL_DEMO__DUTY: secret, CHANNEL_DEMO__BOSS: secret }, ['127.0.0.1']),
  });
  await world.start();
  const put = async (path: string, body: object): Promise<void> => {
    const answer = await throughChange(
      () => world.call('PUT', `/alerts/${path}`, body),
      (change) => world.changes.approve('demo', change),
    );
    expect(answer.status).toBe(200);
  };
  for (const [name, { url }] of [
    ['duty', duty],
    ['boss', boss],
  ] as const)
    await put(`channels/${name}`, {
      kind: 'webhook',
      url: `${url}/hook`,
      secret_ref: `env:CHANNEL_DEMO__${name.toUpperCase()}`,
    });
  const route = { quiet_hours: null, severities: null };
  await world.append('route-demo:routes', 'AlertRoutesChanged', {
    routes: [
      {
        ...route,
        name: 'first',
        alerts: ['kill_switch'],
        channels: ['duty'],
        escalation: { after_s: 1, route: 'next' },
      },
      { ...route, name: 'next', alerts: [], channels: ['boss'], escalation: null },
    ],
  });
});
afterAll(async () => {
  await world.stop();
  await Promise.all([duty.stop(), boss.stop()]);
});

type Trace = { readonly id: string; readonly metadata: { readonly $correlationId: string } };
const traceOf = (id: string): Trace => {
  const metadata = { $correlationId: randomUUID(), traceparent: `00-${id}-00f067aa0ba902b7-01` };
  return { id, metadata };
};
/** The first notice that a receiver got in a trace. */
const heard = (receiver: Receiver, { id }: Trace): Promise<Received> =>
  until(
    () => receiver.received.find(({ headers }) => headers['traceparent']?.includes(id)),
    `a notice is in the trace ${id}`,
  );

it('a notice and its escalation are in the trace of the event that caused them, and its end in that of the end', async () => {
  const [begins, ends] = [
    traceOf('4bf92f3577b34da6a3ce929d0e0e4736'),
    traceOf('0af7651916cd43dd8448eb211c80319c'),
  ];
  const tell = (type: string, { metadata }: Trace): Promise<void> =>
    world.append('kill_switch-demo:tenant', type, { scope: 'tenant' }, undefined, metadata);
  await tell('KillSwitchEngaged', begins);
  const fired = JSON.parse((await heard(duty, begins)).body) as { type: string; data: { alert_id: string } };
  expect(fired.type).toBe('alert.trigger');
  await heard(boss, begins);
  await tell('KillSwitchReleased', ends);
  await Promise.all([heard(duty, ends), heard(boss, ends)]);
  const recorded = await until(async () => {
    const all = await collect(world.parts.log.store.read(`delivery-demo:${fired.data.alert_id}`));
    return all.length === 5 && all;
  }, 'every delivery is an event');
  const expected = [
    ['NotificationDelivered', begins],
    ['NotificationEscalated', begins],
    ['NotificationDelivered', begins],
    ['NotificationDelivered', ends],
    ['NotificationDelivered', ends],
  ] as const;
  // A receiver may be told before its delivery is recorded, so the order is not fixed.
  const found = recorded.map(({ type, metadata: { $correlationId, traceparent } }) =>
    [type, $correlationId, traceparent?.split('-')[1]].join(' '),
  );
  expect(found.sort()).toEqual(
    expected.map(([type, { id, metadata }]) => [type, metadata.$correlationId, id].join(' ')).sort(),
  );
});
