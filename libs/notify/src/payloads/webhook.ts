import type { Notice } from '../notice.js';

/**
 * What a signed webhook is sent, as Standard Webhooks lay it out: the type, when it happened, the
 * notice.
 */
export type WebhookPayload = {
  readonly type: `alert.${Notice['what']}`;
  readonly timestamp: string;
  readonly data: Notice;
};

export const webhookPayload = (notice: Notice): WebhookPayload => ({
  type: `alert.${notice.what}`,
  timestamp: notice.at,
  data: notice,
});

/** `webhook-id`: the same for each attempt at one message. */
export const webhookId = ({ tenant_id, dedup_key }: Notice): string => `${tenant_id}:${dedup_key}`;
