import { webhookChannel, type Attempt } from '@interlock/notify';
import type { Egress } from '../egress.js';
import type { UpstreamEvent } from '@interlock/rails';
import type { ClaimedUpstream } from '../queue.js';
import { webhookSecret } from '../webhooks/webhook-secret.js';
import { postSigned } from './http-senders.js';
import { attempted } from './send.js';

/**
 * Makes one attempt to send a CloudEvent to a webhook, in the structured mode of its HTTP binding.
 * `key` is that of the installation; without it the attempt is repeated.
 */
export const sendUpstream = (
  egress: Egress,
  key: Buffer | null,
  { tenant_id, channel_id, settings }: Pick<ClaimedUpstream, 'tenant_id' | 'channel_id' | 'settings'>,
  message: UpstreamEvent<object>,
): Promise<Attempt> => {
  if (key === null)
    return Promise.resolve({
      outcome: 'again',
      detail: 'the key of webhooks is not there',
      retry_after_ms: null,
    });
  return attempted(() =>
    postSigned(egress, {
      url: settings.url,
      key: webhookSecret(key, tenant_id, channel_id.slice(webhookChannel('').length)),
      id: message.id,
      contentType: 'application/cloudevents+json; charset=utf-8',
      message,
    }),
  );
};
