import type { ActionOutcomeV1, IntentAcceptedV1, IntentRejectedV1 } from '@interlock/contracts';
import type {
  AlertRoute,
  ChannelSettings,
  CriticalTo,
  Notice,
  RotaState,
  WatchedAlert,
} from '@interlock/notify';
import type { OutcomeIntent, UpstreamEvent } from '@interlock/rails';

type Time = string | Date;
/** The event that caused a notice or an escalation. */
export type NoticeCause = {
  readonly event_id: string;
  readonly correlation_id: string;
  /** The W3C trace parent. Null for an event outside a trace. */
  readonly traceparent: string | null;
};
export type ChannelTable = {
  tenant_id: string;
  channel_id: string;
  settings: ChannelSettings;
  updated_at: Time;
  revision: string;
};
export type RouteTable = {
  tenant_id: string;
  routes: readonly AlertRoute[];
  critical_to: CriticalTo;
  updated_at: Time;
  revision: string;
};
export type RotaTable = {
  tenant_id: string;
  rota_id: string;
  state: RotaState;
  updated_at: Time;
  revision: string;
};
export type DeliveryTable = {
  tenant_id: string;
  channel_id: string;
  dedup_key: string;
  alert_id: string;
  episode: number;
  what: Notice['what'] | UpstreamNotice['what'];
  route: string;
  notice: Notice | UpstreamNotice;
  state: 'pending' | 'delivered' | 'failed' | 'dropped';
  created_at: Time;
  due_at: Time;
  ended_at: Time | null;
  attempts: number | null;
  detail: string | null;
  reference: string | null;
  place: string;
  /** Null in rows of earlier releases. */
  cause: NoticeCause | null;
};
/** A message for webhooks, with the part of the intent that the message of its outcome repeats. */
type ActionNotice = {
  readonly what: 'accepted' | 'outcome';
  readonly event: UpstreamEvent<IntentAcceptedV1 | ActionOutcomeV1>;
  readonly intent: OutcomeIntent;
};
/** A message for webhooks about intents that became no action. */
type RefusalNotice = { readonly what: 'refused'; readonly event: UpstreamEvent<IntentRejectedV1> };
export type UpstreamNotice = ActionNotice | RefusalNotice;
/** The address of a webhook. It has a kind, like the settings of channels. */
export type WebhookTarget = { readonly kind: 'outcomes'; readonly url: string };
type WebhookTable = {
  tenant_id: string;
  /** `webhook:` and the webhook's id, as in deliveries. */
  channel_id: string;
  owner: string;
  requesters: readonly string[];
  settings: WebhookTarget;
  /** Why it was stopped; null while it is active. */
  stopped: string | null;
  created_at: Time;
};
type ClaimTable = {
  tenant_id: string;
  channel_id: string;
  dedup_key: string;
  attempts: number;
  first_at: Time;
  next_at: Time;
  claimed_until: Time | null;
  claimed_by: string | null;
  last_detail: string | null;
};
export type DeliveriesDatabase = {
  channels: ChannelTable;
  routes: RouteTable;
  rotas: RotaTable;
  watched: { tenant_id: string; alert_id: string; alert: WatchedAlert };
  deliveries: DeliveryTable;
  escalations: {
    tenant_id: string;
    alert_id: string;
    episode: number;
    from_route: string;
    to_route: string;
    due_at: Time;
    cause: NoticeCause | null;
  };
  webhooks: WebhookTable;
  _claims: ClaimTable;
};
