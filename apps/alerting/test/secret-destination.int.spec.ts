import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ChannelSettings } from '@interlock/notify';
import { boundSecrets, type Receiver, startReceiver } from '@interlock/testing';
import { testEgress } from './egress.ts';
import { secret, sent, webhookAt } from './sent.ts';

let receiver: Receiver;
let other: Receiver;
beforeAll(async () => {
  [receiver, other] = await Promise.all([startReceiver(), startReceiver()]);
});
afterAll(async () => {
  await Promise.all([receiver.stop(), other.stop()]);
});

describe('a secret', () => {
  it('goes only to the address that it is bound to, whatever a channel names', async () => {
    const names = ['S', 'PD', 'GH', 'MAIL'].map((name) => [`CHANNEL_DEMO__${name}`, secret] as const);
    const bound = testEgress(boundSecrets(Object.fromEntries(names), [`127.0.0.1:${other.port}`]));
    const unbound = testEgress(Object.fromEntries(names));
    const channels = ({ url, port }: Receiver): readonly ChannelSettings[] => [
      webhookAt(url),
      { kind: 'pagerduty', routing_key_ref: 'env:CHANNEL_DEMO__PD', url },
      { kind: 'github', repository: 'acme/ops', token_ref: 'env:CHANNEL_DEMO__GH', api_url: url },
      {
        kind: 'email',
        host: '127.0.0.1',
        port,
        security: 'tls',
        from: 'interlock@example.org',
        to: ['ops@example.org'],
        username: 'u',
        password_ref: 'env:CHANNEL_DEMO__MAIL',
      },
    ];
    for (const [egress, at] of [
      [bound, receiver],
      [unbound, other],
    ] as const)
      for (const settings of channels(at)) {
        const { outcome, detail } = await sent(settings, {}, egress);
        expect([settings.kind, outcome]).toEqual([settings.kind, 'final']);
        expect(detail).toMatch(/is not bound to|is bound to no destination/);
      }
    expect([...receiver.received, ...other.received]).toEqual([]);
    expect(await sent(webhookAt(other.url), {}, bound)).toMatchObject({ outcome: 'delivered' });
  });
});
