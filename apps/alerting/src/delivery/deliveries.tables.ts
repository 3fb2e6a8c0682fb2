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
/** The event that a notice or an escalation follows from. */
export type NoticeCause = {
  readonly event_id: string;
  readonly correlation_id: string;
  /** W3C; null for an event outside of a trace. */
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
  /** Null on rows of earlier releases. */
  cause: NoticeCause | null;
};
/** A message for webhooks, with the part of the intent that the message of its outcome repeats. */
export type UpstreamNotice = {
  readonly what: 'accepted' | 'outcome';
  readonly event: UpstreamEvent;
  readonly intent: OutcomeIntent;
};
/** Where a webhook's deliveries go; as the settings of channels, it has a kind. */
export type WebhookTarget = { readonly kind: 'outcomes'; readonly url: string };
type WebhookTable = {
  tenant_id: string;
  /** `webhook:` and its id, as deliveries name it. */
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
