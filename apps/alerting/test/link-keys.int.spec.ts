import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { verifyWebhook } from '@interlock/client';
import { webhookChannel } from '@interlock/notify';
import { startReceiver } from '@interlock/testing';
import { DeliveryConfig } from '../src/delivery/config.js';
import { egressOf } from '../src/delivery/egress.js';
import { linkIn, linkKeysOf, linksTo, type LinkKeys } from '../src/delivery/links/link-token.js';
import { sendUpstream } from '../src/delivery/senders/upstream.js';
import { webhookSecret } from '../src/delivery/webhooks/webhook-secret.js';

const folder = mkdtempSync(join(tmpdir(), 'interlock-link-keys-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const [first, second] = ['1'.repeat(32), '2'.repeat(40)];
const keysOf = (text: string): LinkKeys => {
  const file = join(folder, 'link-key');
  writeFileSync(file, text);
  return linkKeysOf(file, undefined)!;
};
const notice = {
  page: '/approvals',
  what: 'trigger',
  tenant_id: 'demo',
  alert_id: 'alert-1',
  dedup_key: 'key-1',
  at: '2026-11-29T20:00:00Z',
} as never;
const tokenBy = (keys: LinkKeys): string =>
  new URL(linksTo('https://console.example', keys, 600).addressOf(notice, 'channel-1')!).hash.slice(1);

describe('the keys of links', () => {
  it('are one in each line of the file; the first signs, and both are accepted', () => {
    const both = keysOf(`${second}\n${first}\n`);
    expect(both.map(String)).toEqual([second, first]);
    const [old, now] = [tokenBy(keysOf(first)), tokenBy(both)];
    expect(now).toBe(tokenBy(keysOf(second)));
    for (const token of [old, now]) expect(linkIn(token, both)).toMatchObject({ alert: 'alert-1' });
    expect(linkIn(old, keysOf(second))).toBeNull();
    expect(linkIn(`${old}x`, both)).toBeNull();
  });

  it.each(['', '\n', 'short', `${first}\nshort`, `${first}\n${second}\n${'3'.repeat(32)}`])(
    'are refused unless each is long enough, and there are at most two: %j',
    (text) => {
      expect(() => keysOf(text)).toThrow(
        expect.objectContaining({
          violations: [expect.objectContaining({ pointer: '/ALERTING_LINK_KEY_FILE' })],
        }),
      );
    },
  );
});

describe("the secrets of webhooks, while the installation's key is replaced", () => {
  it('both verify a delivery, by the old secret and by the new one', async () => {
    const receiver = await startReceiver();
    const egress = egressOf(
      Object.assign(new DeliveryConfig(), { ALERTING_ALLOWED_NETWORKS: '127.0.0.0/8' }),
      {},
    );
    const to = {
      tenant_id: 'demo',
      channel_id: webhookChannel('hook-1'),
      settings: { kind: 'outcomes', url: receiver.url },
    } as const;
    const message = { id: 'event-1', data: { said: 'so' } } as never;
    const both = keysOf(`${second}\n${first}`);
    expect(await sendUpstream(egress, both, to, message)).toMatchObject({ outcome: 'delivered' });
    await receiver.stop();
    const [one] = receiver.received;
    for (const key of both) {
      const secret = webhookSecret(key, 'demo', 'hook-1');
      expect(verifyWebhook(secret, one!.headers, one!.body)).toMatchObject({ id: 'event-1' });
    }
    expect(() =>
      verifyWebhook(webhookSecret(Buffer.from('3'.repeat(32)), 'demo', 'hook-1'), one!.headers, one!.body),
    ).toThrow();
  });
});
