import type { WebhookTestV1 } from '@interlock/contracts';
import { nowText } from '@interlock/platform';
import type { UpstreamEvent } from '@interlock/rails';

/** Returns the message that tests a webhook. No other message has its type. */
export const testMessage = (
  tenant_id: string,
  webhook_id: string,
  id: string,
): UpstreamEvent<WebhookTestV1> => ({
  specversion: '1.0',
  type: 'interlock.webhook_test.v1',
  source: 'interlock/alerting',
  id,
  time: nowText(),
  datacontenttype: 'application/json',
  data: { tenant_id, webhook_id, test: true },
});
