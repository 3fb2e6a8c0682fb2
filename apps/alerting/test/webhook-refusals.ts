import { expect, it } from '@jest/globals';
import { verifyWebhook } from '@interlock/client';
import type { Actor, IntentRefused } from '@interlock/contracts';
import { collect } from '@interlock/kernel';
import { webhooksOf } from '@interlock/notify';
import { takesAll, until, type Parts, type Received, type Receiver } from '@interlock/testing';

type Delivery = {
  readonly event_id: string;
  readonly action_id: string | null;
  readonly intent_id: string | null;
  readonly state: string;
};
type WebhooksWorld = {
  readonly parts: () => Parts;
  readonly receiver: () => Receiver;
  readonly append: (stream: string, type: string, data: object, by?: Actor) => Promise<string>;
  readonly register: (
    as: string,
    path: string,
  ) => Promise<{ readonly webhook_id: string; readonly secret: string }>;
  readonly deliveries: (as: string, id: string) => Promise<readonly Delivery[]>;
  readonly received: (path: string) => readonly Received[];
  readonly ask: (
    method: string,
    path: string,
    of: { readonly as: string },
  ) => Promise<{ readonly status: number; readonly body: { readonly [member: string]: unknown } }>;
};

/** What a webhook receives that is about no action: refusals and tests. */
export const refusalCases = (world: WebhooksWorld): void => {
  const refuse = (
    service: string,
    over: Partial<IntentRefused['data']> = {},
    tenant = 'demo',
  ): Promise<string> =>
    world.append(
      `access-${tenant}:2026-01-01T00`,
      'IntentRefused',
      {
        content_hash: 'a'.repeat(64),
        intent_id: 'refused-1',
        codes: ['validation-failed'],
        detail: 'the parameters have 1 fault',
        violations: [{ pointer: '/parameters/cell', detail: 'must be a string' }],
        count: 1,
        ...over,
      },
      { kind: 'service', service },
    );

  it('receives the refusals of its own intents, and the rest of a minute as one number', async () => {
    const { webhook_id, secret } = await world.register('refused', '/refused');
    await refuse('stranger');
    await refuse('refused', {}, 'acme');
    const named = await refuse('refused');
    const unnamed = await refuse('refused', { intent_id: null });
    const counted = await refuse('refused', {
      content_hash: null,
      intent_id: null,
      detail: null,
      violations: [],
      count: 37,
    });
    const all = await until(async () => {
      const found = await world.deliveries('refused', webhook_id);
      return found.length === 3 && found.every(({ state }) => state === 'delivered') && found;
    }, 'all are delivered');
    expect(all.map(({ event_id, action_id, intent_id }) => [event_id, action_id, intent_id])).toEqual([
      [counted, null, null],
      [unnamed, null, null],
      [named, null, 'refused-1'],
    ]);
    const one = world.received('/refused').find(({ headers }) => headers['webhook-id'] === named)!;
    expect(verifyWebhook(secret, one.headers, one.body)).toMatchObject({
      id: named,
      type: 'interlock.intent_rejected.v1',
      data: {
        intent_id: 'refused-1',
        tenant_id: 'demo',
        code: 'validation-failed',
        detail: 'the parameters have 1 fault',
        violations: [{ pointer: '/parameters/cell', detail: 'must be a string' }],
      },
    });
    const rest = world.received('/refused').find(({ headers }) => headers['webhook-id'] === counted)!;
    expect(verifyWebhook(secret, rest.headers, rest.body)).toMatchObject({
      data: { intent_id: null, detail: '37 further intents were refused within a minute', count: 37 },
    });
    const [sent] = await collect(world.parts().log.store.read(`delivery-demo:${named}`));
    expect(sent).toMatchObject({ type: 'NotificationDelivered', data: { what: 'refused' } });
  });

  it('is tested by one signed message, and its owner learns what the receiver said', async () => {
    const { webhook_id, secret } = await world.register('tester', '/tested');
    expect((await world.ask('POST', `/${webhook_id}/test`, { as: 'thief' })).status).toBe(404);
    const { status, body } = await world.ask('POST', `/${webhook_id}/test`, { as: 'tester' });
    expect([status, body['delivered'], body['detail']]).toEqual([200, true, 'the receiver answered 200']);
    const [one] = world.received('/tested');
    expect(verifyWebhook(secret, one!.headers, one!.body)).toMatchObject({
      id: body['event_id'],
      type: 'interlock.webhook_test.v1',
      data: { tenant_id: 'demo', webhook_id, test: true },
    });
    world.receiver().behave = (response, { path }) =>
      response.writeHead(path === '/tested' ? 503 : 200).end();
    const failed = await world.ask('POST', `/${webhook_id}/test`, { as: 'tester' });
    world.receiver().behave = takesAll;
    expect(failed.body).toMatchObject({ delivered: false, detail: 'the receiver answered 503' });
    // A test is sent once, and is no delivery that somebody could replay.
    expect(world.received('/tested').length).toBe(2);
    expect(await world.deliveries('tester', webhook_id)).toEqual([]);
    const stream = `webhook-demo:${webhooksOf('service:tester')}`;
    const events = await collect(world.parts().log.store.read(stream));
    expect(events.map(({ type }) => type)).toEqual(['WebhookRegistered', 'WebhookTested', 'WebhookTested']);
    expect(events.at(-1)!.data).toMatchObject({ delivered: false, detail: 'the receiver answered 503' });
  });
};
