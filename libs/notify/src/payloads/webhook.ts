import type { AlertNotice, Notice } from '../notice.js';

/**
 * The payload of a signed webhook, in the layout of Standard Webhooks: the type such as
 * `alert.trigger` or `report.weekly`, the time, the notice.
 */
export type WebhookPayload = {
  readonly type: `alert.${AlertNotice['what']}` | `report.${string}`;
  readonly timestamp: string;
  readonly data: Notice;
};

export const webhookPayload = (notice: Notice): WebhookPayload => ({
  type: notice.what === 'report' ? `report.${notice.name}` : `alert.${notice.what}`,
  timestamp: notice.at,
  data: notice,
});

/** `webhook-id`: the same for each attempt of one message. */
export const webhookId = ({ tenant_id, dedup_key }: Notice): string => `${tenant_id}:${dedup_key}`;
