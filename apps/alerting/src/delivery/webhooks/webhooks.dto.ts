import {
  IfGiven,
  PageQuery,
  type LogPosition,
  type PageOf,
  type Time,
  type WholeListOf,
} from '@interlock/platform';
import { ArrayMaxSize, IsArray, IsIn, IsString, IsUUID, MaxLength } from 'class-validator';

export class RegisterWebhookDto {
  @IsString() @MaxLength(2048) url!: string;
}

/** A webhook of the caller. `pending` and `parked` are the numbers of such deliveries. */
export type WebhookDto = {
  readonly tenant_id: string;
  readonly webhook_id: string;
  readonly owner: string;
  readonly url: string;
  readonly state: 'active' | 'stopped';
  /** Why the webhook was stopped. Null while it is active. */
  readonly detail: string | null;
  readonly pending: number;
  readonly parked: number;
  readonly created_at: Time;
};
export type WebhookListDto = WholeListOf<WebhookDto>;

/** The secret of a webhook: `whsec_` and base64. */
export type WebhookSecretDto = {
  readonly webhook_id: string;
  readonly url: string;
  readonly secret: string;
};
/** A new webhook, with its secret: `whsec_` and base64. */
export type RegisteredWebhookDto = {
  readonly tenant_id: string;
  readonly webhook_id: string;
  readonly url: string;
  readonly secret: string;
  readonly position: LogPosition | null;
};
export type RemovedWebhookDto = {
  readonly tenant_id: string;
  readonly webhook_id: string;
  readonly position: LogPosition | null;
};

/**
 * A test of a webhook. `event_id` is the header `webhook-id` of what was sent. `detail`: what the
 * receiver said, or why it was not reached.
 */
export type TestedWebhookDto = {
  readonly webhook_id: string;
  readonly event_id: string;
  readonly delivered: boolean;
  readonly detail: string;
  readonly position: LogPosition | null;
};

const webhookDeliveryStates = ['pending', 'delivered', 'parked', 'dropped'] as const;
export type WebhookDeliveryState = (typeof webhookDeliveryStates)[number];

/**
 * A message for a webhook, and its state or result. `event_id` is also the header `webhook-id`. A
 * refused intent has no `action_id`. Its `intent_id` is null if the intent named no valid id, or if
 * the message reports several refusals.
 */
export type WebhookDeliveryDto = {
  readonly webhook_id: string;
  readonly event_id: string;
  readonly event_type: string;
  readonly action_id: string | null;
  readonly intent_id: string | null;
  readonly state: WebhookDeliveryState;
  readonly attempts: number;
  readonly detail: string | null;
  readonly created_at: Time;
  readonly next_at: Time | null;
  readonly ended_at: Time | null;
};
export type WebhookDeliveryPageDto = PageOf<WebhookDeliveryDto>;

export class ListWebhookDeliveriesQuery extends PageQuery {
  @IfGiven() @IsIn(webhookDeliveryStates) state?: WebhookDeliveryState;
}

/** The deliveries to send again. Without `event_ids`, they are the oldest parked ones. */
export class ReplayWebhookDto {
  @IfGiven() @IsArray() @ArrayMaxSize(200) @IsUUID(undefined, { each: true }) event_ids?: string[];
}
/** The deliveries that are sent again. `more`: further parked deliveries remain. */
export type ReplayedWebhookDto = {
  readonly webhook_id: string;
  readonly replayed: number;
  readonly more: boolean;
  readonly position: LogPosition | null;
};
