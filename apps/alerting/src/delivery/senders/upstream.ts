import { webhookChannel, type Attempt } from '@interlock/notify';
import type { Egress } from '../egress.js';
import type { UpstreamEvent } from '@interlock/rails';
import type { ClaimedUpstream } from '../queue.js';
import type { LinkKeys } from '../links/link-token.js';
import { webhookSecret } from '../webhooks/webhook-secret.js';
import { postSigned } from './http-senders.js';
import { attempted } from './send.js';

/**
 * Makes one attempt to send a CloudEvent to a webhook, in the structured mode of its HTTP binding.
 * `keys` are those of the installation; without them the attempt is repeated. During a rotation it
 * carries the signatures of both, and the receiver needs one of them.
 */
export const sendUpstream = (
  egress: Egress,
  keys: LinkKeys | null,
  { tenant_id, channel_id, settings }: Pick<ClaimedUpstream, 'tenant_id' | 'channel_id' | 'settings'>,
  message: UpstreamEvent<object>,
): Promise<Attempt> => {
  if (keys === null)
    return Promise.resolve({
      outcome: 'again',
      detail: 'the key of webhooks is not there',
      retry_after_ms: null,
    });
  return attempted(() =>
    postSigned(egress, {
      url: settings.url,
      keys: keys.map((key) => webhookSecret(key, tenant_id, channel_id.slice(webhookChannel('').length))),
      id: message.id,
      contentType: 'application/cloudevents+json; charset=utf-8',
      message,
    }),
  );
};
