import { uuidV5, type RecordedEvent } from '@interlock/kernel';
import {
  bundleChangeText,
  planBundleChange,
  planEscalated,
  planFired,
  planFollowing,
  planReport,
  planTest,
  planUnsilenced,
  type ChannelEvent,
  type DeliveryEvent,
  type FiredAlert,
  type PlannedNotice,
  type RotaEvent,
  type RouteEvent,
  type WatchedAlert,
  type WebhookEvent,
} from '@interlock/notify';
import { defineProjection, eventsOf, handlersFor, heldRows, type ProjectedEvent } from '@interlock/postgres';
import type { Transaction } from 'kysely';
import { deliveriesTables } from '../migrations/0001-deliveries.js';
import { rotaTables } from '../migrations/0002-rotas.js';
import { noticeCauses } from '../migrations/0003-notice-causes.js';
import { webhookTables } from '../migrations/0004-webhooks.js';
import type { DeliveriesDatabase } from './deliveries.tables.js';
import { channelsOfEpisode, dropHeld, endEscalations, escalateLater } from './notice-queue.js';
import { enqueue, of, writePlanned } from './planned-rows.js';
import { forgetReach, reachOf } from './reach.js';
import { rotaChanged, rotaTypes } from './rotas/rotas.projection.js';
import { webhookHandlers, type UpstreamCause } from './webhooks/webhooks.projection.js';

type Db = Transaction<DeliveriesDatabase>;

/** The parts of alert events that this projection reads. Their own library defines the rest. */
type AlertEvent =
  | { readonly type: 'AlertFired'; readonly data: FiredAlert }
  | { readonly type: 'AlertAcknowledged'; readonly data: { readonly by?: string } }
  | { readonly type: 'AlertSilenced'; readonly data: { readonly until?: string | null } }
  | {
      readonly type: 'AlertResolved';
      /** `superseded`: the next episode begins immediately. */
      readonly data: { readonly detail?: string; readonly by?: string; readonly superseded?: true };
    };
type RolloutEvent = {
  readonly type: 'BundleActivated' | 'CanaryPromoted' | 'BundleRolledBack';
  readonly data: object;
};
type DeliveriesEvent =
  | AlertEvent
  | ChannelEvent
  | RouteEvent
  | RotaEvent
  | DeliveryEvent
  | RolloutEvent
  | WebhookEvent
  | UpstreamCause;
type Of<Type extends DeliveriesEvent['type']> = ProjectedEvent<
  Extract<DeliveriesEvent, { readonly type: Type }>
>;

const watched = heldRows<DeliveriesDatabase, DeliveriesDatabase['watched']>('watched', [
  'tenant_id',
  'alert_id',
]);
const watchedOf = (db: Db, tenant: string, alertId: string): WatchedAlert | null =>
  watched.get(db, { tenant_id: tenant, alert_id: alertId })?.alert ?? null;

const watch = (db: Db, alert: WatchedAlert): void => {
  const { tenant_id, alert_id } = alert;
  watched.put(db, { tenant_id, alert_id, alert });
};

const fired = async (event: Of<'AlertFired'>, db: Db): Promise<void> => {
  const { tenant_id, id } = of(event);
  const before = watchedOf(db, tenant_id, id);
  const plan = planFired(
    before,
    tenant_id,
    event.data,
    event.metadata.occurred_at,
    await reachOf(db, tenant_id),
  );
  if (plan === null) return;
  watch(db, plan.alert);
  // The new notices replace those that quiet hours still hold back.
  if (before !== null && plan.notices.length > 0)
    await dropHeld(db, plan.alert, event, 'it was told again before it was due');
  enqueue(db, plan.notices, event);
  escalateLater(db, plan.alert, plan.escalations, event);
};

/** The person who acts on an alert, the detail, and if the next episode begins at once. */
type FollowUp = {
  readonly by: string | null;
  readonly detail: string | null;
  readonly superseded: boolean;
};

const followed = async (
  event: RecordedEvent,
  db: Db,
  what: 'acknowledge' | 'resolve',
  { by, detail, superseded }: FollowUp,
): Promise<void> => {
  const { tenant_id, id } = of(event);
  const alert = watchedOf(db, tenant_id, id);
  if (alert === null || alert.status === 'resolved') return;
  const after: WatchedAlert = { ...alert, status: what === 'resolve' ? 'resolved' : 'acknowledged' };
  watch(db, after);
  await endEscalations(db, alert);
  if (what === 'resolve') await dropHeld(db, alert, event, 'it was over before it was due');
  const channels = await channelsOfEpisode(db, alert, superseded);
  const at = event.metadata.occurred_at;
  enqueue(db, planFollowing(after, what, { at, by, detail }, channels, await reachOf(db, tenant_id)), event);
};

const silenced = async (event: Of<'AlertSilenced'>, db: Db): Promise<void> => {
  const { tenant_id, id } = of(event);
  const alert = watchedOf(db, tenant_id, id);
  if (alert === null) return;
  const { until } = event.data;
  if (until === undefined || until === null) {
    const reach = await reachOf(db, tenant_id);
    const plan = planUnsilenced(alert, event.metadata.occurred_at, reach);
    watch(db, plan.alert);
    enqueue(db, plan.notices, event);
    escalateLater(db, plan.alert, plan.escalations, event);
    return;
  }
  watch(db, { ...alert, silenced_until: until });
  await endEscalations(db, alert);
  await dropHeld(db, alert, event, 'the alert was silenced before it was due');
};

const ended = async (event: Of<'NotificationDelivered' | 'NotificationFailed'>, db: Db): Promise<void> => {
  const { tenant_id } = of(event);
  const { channel_id, dedup_key, attempts, detail, reference } = event.data;
  await writePlanned(db);
  await db
    .updateTable('deliveries')
    .set({
      state: event.type === 'NotificationDelivered' ? 'delivered' : 'failed',
      ended_at: event.metadata.occurred_at,
      attempts,
      detail,
      reference,
    })
    .where('tenant_id', '=', tenant_id)
    .where('channel_id', '=', channel_id)
    .where('dedup_key', '=', dedup_key)
    .execute();
};

const replayed = async (event: Of<'NotificationReplayed'>, db: Db): Promise<void> => {
  const { tenant_id } = of(event);
  const { channel_id, dedup_key } = event.data;
  await writePlanned(db);
  await db
    .updateTable('deliveries')
    .set({
      state: 'pending',
      due_at: event.metadata.occurred_at,
      ended_at: null,
      attempts: null,
      detail: null,
      reference: null,
    })
    .where('tenant_id', '=', tenant_id)
    .where('channel_id', '=', channel_id)
    .where('dedup_key', '=', dedup_key)
    .execute();
  await db
    .deleteFrom('_claims')
    .where('tenant_id', '=', tenant_id)
    .where('channel_id', '=', channel_id)
    .where('dedup_key', '=', dedup_key)
    .execute();
};

const escalated = async (event: Of<'NotificationEscalated'>, db: Db): Promise<void> => {
  const { tenant_id, id } = of(event);
  const { episode, from_route, to_route } = event.data;
  await writePlanned(db);
  await db
    .deleteFrom('escalations')
    .where('tenant_id', '=', tenant_id)
    .where('alert_id', '=', id)
    .where('episode', '=', episode)
    .where('from_route', '=', from_route)
    .execute();
  const alert = watchedOf(db, tenant_id, id);
  if (alert === null) return;
  const at = event.metadata.occurred_at;
  const plan = planEscalated(alert, { episode, to_route, at }, await reachOf(db, tenant_id));
  enqueue(db, plan.notices, event);
  escalateLater(db, alert, plan.escalations, event);
};

const configured = async (event: Of<'ChannelConfigured'>, db: Db): Promise<void> => {
  const { tenant_id, id } = of(event);
  const row = {
    settings: JSON.stringify(event.data.settings) as never,
    updated_at: event.metadata.occurred_at,
    revision: `${event.revision}`,
  };
  forgetReach(db, tenant_id);
  await db
    .insertInto('channels')
    .values({ tenant_id, channel_id: id, ...row })
    .onConflict((on) => on.columns(['tenant_id', 'channel_id']).doUpdateSet(row))
    .execute();
};

/** Plans the notice that somebody requested for one channel. */
const requested = async (
  event: Of<'ChannelTested' | 'ReportRequested'>,
  db: Db,
  notice: PlannedNotice,
): Promise<void> => {
  const { tenant_id, id } = of(event);
  enqueue(db, [notice], event);
  // A user's next change of the channel is based on the displayed revision.
  await db
    .updateTable('channels')
    .set({ revision: `${event.revision}` })
    .where('tenant_id', '=', tenant_id)
    .where('channel_id', '=', id)
    .execute();
};

const removed = async (event: Of<'ChannelRemoved'>, db: Db): Promise<void> => {
  const { tenant_id, id } = of(event);
  forgetReach(db, tenant_id);
  await writePlanned(db);
  await db.deleteFrom('channels').where('tenant_id', '=', tenant_id).where('channel_id', '=', id).execute();
  await db
    .updateTable('deliveries')
    .set({ state: 'dropped', ended_at: event.metadata.occurred_at, detail: 'the channel was removed' })
    .where('tenant_id', '=', tenant_id)
    .where('channel_id', '=', id)
    .where('state', '=', 'pending')
    .execute();
};

const rerouted = async (event: Of<'AlertRoutesChanged'>, db: Db): Promise<void> => {
  const { tenant_id } = of(event);
  const row = {
    routes: JSON.stringify(event.data.routes) as never,
    critical_to: event.data.critical_to ?? 'everyone',
    updated_at: event.metadata.occurred_at,
    revision: `${event.revision}`,
  };
  forgetReach(db, tenant_id);
  await db
    .insertInto('routes')
    .values({ tenant_id, ...row })
    .onConflict((on) => on.column('tenant_id').doUpdateSet(row))
    .execute();
};

const bundleChanged = async (event: Of<RolloutEvent['type']>, db: Db): Promise<void> => {
  const { tenant_id } = of(event);
  const detail = bundleChangeText(event.type, event.data);
  if (detail === null) return;
  const id = uuidV5('bundle-change', event.id);
  enqueue(
    db,
    planBundleChange(tenant_id, id, detail, event.metadata.occurred_at, await reachOf(db, tenant_id)),
    event,
  );
};

/** Events that change the known state of an alert, or depend on it. */
const watching = [
  'AlertFired',
  'AlertAcknowledged',
  'AlertResolved',
  'AlertSilenced',
  'NotificationEscalated',
] as const;

/**
 * The queue of notices: alerts × routes, and the outcome of each. It depends only on the log; the
 * worker tracks attempts in progress.
 */
export const deliveriesProjection = defineProjection<DeliveriesDatabase, DeliveriesEvent>({
  name: 'deliveries',
  version: 3,
  prefixes: [
    'alert-',
    'channel-',
    'route-',
    'rota-',
    'delivery-',
    'rollout-',
    'webhook-',
    'access-',
    'action-',
    'tenant-',
    'person-',
  ],
  migrations: [deliveriesTables, rotaTables, noticeCauses, webhookTables],
  retained: [
    {
      kind: 'deliveries',
      table: 'deliveries',
      at: 'created_at',
      key: ['tenant_id', 'channel_id', 'dedup_key'],
      // The channels that were notified of an episode's beginning are also notified of its end.
      ended: `t.state <> 'pending' and not exists (select from \${schema}.watched w where w.tenant_id = t.tenant_id and w.alert_id = t.alert_id
        and (w.alert ->> 'episode')::int = t.episode and w.alert ->> 'status' <> 'resolved')`,
      besides: '_claims',
    },
  ],
  load: (events, db) =>
    watched.load(
      db,
      eventsOf(events, watching).map((event) => {
        const { tenant_id, id } = of(event);
        return { tenant_id, alert_id: id };
      }),
    ),
  handlers: {
    AlertFired: fired,
    AlertAcknowledged: (event, db) =>
      followed(event, db, 'acknowledge', { by: event.data.by ?? null, detail: null, superseded: false }),
    AlertResolved: (event, db) =>
      followed(event, db, 'resolve', {
        by: event.data.by ?? null,
        detail: event.data.detail ?? null,
        superseded: event.data.superseded === true,
      }),
    AlertSilenced: silenced,
    ChannelConfigured: configured,
    ChannelRemoved: removed,
    ChannelTested: (event, db) =>
      requested(event, db, planTest(of(event).tenant_id, event.data, event.metadata.occurred_at)),
    ReportRequested: (event, db) =>
      requested(event, db, planReport(of(event).tenant_id, event.data, event.metadata.occurred_at)),
    AlertRoutesChanged: rerouted,
    NotificationDelivered: ended,
    NotificationFailed: ended,
    NotificationReplayed: replayed,
    NotificationEscalated: escalated,
    ...webhookHandlers,
    ...handlersFor(rotaTypes, rotaChanged),
    ...handlersFor(['BundleActivated', 'CanaryPromoted', 'BundleRolledBack'] as const, bundleChanged),
  },
  flush: async (db) => {
    await writePlanned(db);
    await watched.flush(db);
  },
});
