import { actorKey, type IntentRefused, type SessionRevoked } from '@interlock/contracts';
import { webhookChannel, type WebhookEvent } from '@interlock/notify';
import { handlersFor, perBatch, type ProjectedEvent } from '@interlock/postgres';
import {
  acceptedMessage,
  endEventTypes,
  outcomeMessage,
  refusedMessage,
  type ActionEndEvent,
  type IntentAcceptedData,
  type TenantEvent,
} from '@interlock/rails';
import type { Transaction } from 'kysely';
import type { DeliveriesDatabase, UpstreamNotice } from '../deliveries.tables.js';
import { enqueueRows, of, writePlanned } from '../planned-rows.js';

type Db = Transaction<DeliveriesDatabase>;
type Accepted = { readonly type: 'IntentAccepted'; readonly data: IntentAcceptedData };
type Ended = { readonly type: 'PersonErased'; readonly data: { readonly person_id: string } };
/** The events of other services on which webhooks depend. */
export type UpstreamCause =
  | Accepted
  | ActionEndEvent
  | IntentRefused
  | Ended
  | SessionRevoked
  | Extract<TenantEvent, { readonly type: 'CredentialRevoked' | 'TenantRemoved' }>;
type Of<Type extends UpstreamCause['type'] | WebhookEvent['type']> = ProjectedEvent<
  Extract<UpstreamCause | WebhookEvent, { readonly type: Type }>
>;

type Active = { readonly channel_id: string; readonly requesters: readonly string[] };
const known = perBatch<DeliveriesDatabase, Map<string, readonly Active[]>>(() => new Map());

/** Returns a tenant's active webhooks, read once per batch and again after a change. */
const activeOf = async (db: Db, tenant: string): Promise<readonly Active[]> => {
  const found =
    known(db).get(tenant) ??
    (await db
      .selectFrom('webhooks')
      .select(['channel_id', 'requesters'])
      .where('tenant_id', '=', tenant)
      .where('stopped', 'is', null)
      .orderBy('channel_id')
      .execute());
  known(db).set(tenant, found);
  return found;
};

const enqueueNotice = (
  db: Db,
  channels: readonly string[],
  of: { readonly tenant_id: string; readonly action_id: string; readonly episode: number },
  notice: UpstreamNotice,
  event: ProjectedEvent<UpstreamCause>,
): void => {
  enqueueRows(
    db,
    channels.map((channel_id) => ({
      tenant_id: of.tenant_id,
      channel_id,
      dedup_key: notice.event.id,
      alert_id: of.action_id,
      episode: of.episode,
      what: notice.what,
      route: 'webhook',
      notice,
      due_at: event.metadata.occurred_at,
    })),
    event,
  );
};

/** Returns the active webhooks that receive the notices of a requester's intents. */
const channelsOf = async (db: Db, tenant: string, requester: string): Promise<readonly string[]> =>
  (await activeOf(db, tenant))
    .filter(({ requesters }) => requesters.includes(requester))
    .map(({ channel_id }) => channel_id);

const accepted = async (event: Of<'IntentAccepted'>, db: Db): Promise<void> => {
  const { tenant_id, id: action_id } = of(event);
  const { requester, intent } = event.data;
  const channels = await channelsOf(db, tenant_id, requester);
  if (channels.length === 0) return;
  const { intent_id, action_type, entity_id, dry_run } = intent;
  const notice: UpstreamNotice = {
    what: 'accepted',
    event: acceptedMessage(event),
    intent: {
      intent_id,
      tenant_id,
      action_type,
      entity_id,
      ...(dry_run === undefined ? {} : { dry_run }),
    },
  };
  enqueueNotice(db, channels, { tenant_id, action_id, episode: 1 }, notice, event);
};

/** A refused intent has no action, so its deliveries belong to the record of the refusal. */
const refused = async (event: Of<'IntentRefused'>, db: Db): Promise<void> => {
  const { tenant_id } = of(event);
  const channels = await channelsOf(db, tenant_id, actorKey(event.metadata.actor));
  if (channels.length === 0) return;
  const notice: UpstreamNotice = { what: 'refused', event: refusedMessage(tenant_id, event) };
  enqueueNotice(db, channels, { tenant_id, action_id: event.id, episode: 1 }, notice, event);
};

/** Sends an outcome to the existing webhooks that received the acceptance. */
const ended = async (event: ProjectedEvent<ActionEndEvent>, db: Db): Promise<void> => {
  const { tenant_id, id: action_id } = of(event);
  const active = (await activeOf(db, tenant_id)).map(({ channel_id }) => channel_id);
  if (active.length === 0) return;
  await writePlanned(db);
  const rows = await db
    .selectFrom('deliveries')
    .select(['channel_id', 'notice'])
    .where('tenant_id', '=', tenant_id)
    .where('alert_id', '=', action_id)
    .where('what', '=', 'accepted')
    .where('channel_id', 'in', active)
    .orderBy('channel_id')
    .execute();
  const [first] = rows;
  if (first === undefined) return;
  const { intent } = first.notice as Extract<UpstreamNotice, { readonly what: 'accepted' | 'outcome' }>;
  const message = outcomeMessage(intent, action_id, event);
  enqueueNotice(
    db,
    rows.map(({ channel_id }) => channel_id),
    { tenant_id, action_id, episode: message.data.sequence },
    { what: 'outcome', event: message, intent },
    event,
  );
};

const registered = async (event: Of<'WebhookRegistered'>, db: Db): Promise<void> => {
  const { tenant_id } = of(event);
  const { webhook_id, owner, requesters, url } = event.data;
  known(db).delete(tenant_id);
  await db
    .insertInto('webhooks')
    .values({
      tenant_id,
      channel_id: webhookChannel(webhook_id),
      owner,
      requesters: JSON.stringify(requesters) as never,
      settings: JSON.stringify({ kind: 'outcomes', url }) as never,
      stopped: null,
      created_at: event.metadata.occurred_at,
    })
    .onConflict((on) => on.columns(['tenant_id', 'channel_id']).doNothing())
    .execute();
};

/** Drops notices for webhooks that are not sent yet. */
const drop = async (
  db: Db,
  tenant_id: string,
  channels: readonly string[],
  { at, detail }: { readonly at: string; readonly detail: string },
): Promise<void> => {
  known(db).delete(tenant_id);
  if (channels.length === 0) return;
  await writePlanned(db);
  await db
    .updateTable('deliveries')
    .set({ state: 'dropped', ended_at: at, detail })
    .where('tenant_id', '=', tenant_id)
    .where('channel_id', 'in', channels)
    .where('state', '=', 'pending')
    .execute();
};

const stopped = async (event: Of<'WebhookStopped'>, db: Db): Promise<void> => {
  const { tenant_id } = of(event);
  const { webhook_id, detail } = event.data;
  const channel = webhookChannel(webhook_id);
  await db
    .updateTable('webhooks')
    .set({ stopped: detail })
    .where('tenant_id', '=', tenant_id)
    .where('channel_id', '=', channel)
    .execute();
  await drop(db, tenant_id, [channel], { at: event.metadata.occurred_at, detail });
};

const removed = async (event: Of<'WebhookRemoved'>, db: Db): Promise<void> => {
  const { tenant_id } = of(event);
  const channel = webhookChannel(event.data.webhook_id);
  await db
    .deleteFrom('webhooks')
    .where('tenant_id', '=', tenant_id)
    .where('channel_id', '=', channel)
    .execute();
  const { occurred_at: at } = event.metadata;
  await drop(db, tenant_id, [channel], { at, detail: 'the webhook was removed' });
};

/**
 * Removes the webhooks of an owner. INVARIANT: an owner without access to their outcomes receives
 * nothing more. Null removes every webhook of the tenant.
 */
const ownerLeft = async (
  event: ProjectedEvent<UpstreamCause>,
  db: Db,
  tenant_id: string,
  owner: string | null,
): Promise<void> => {
  let leaving = db.deleteFrom('webhooks').where('tenant_id', '=', tenant_id);
  if (owner !== null) leaving = leaving.where('owner', '=', owner);
  const rows = await leaving.returning('channel_id').execute();
  const channels = rows.map(({ channel_id }) => channel_id);
  const detail = 'the credential of its owner was revoked';
  await drop(db, tenant_id, channels, { at: event.metadata.occurred_at, detail });
};

const personOf = ({ data }: Of<'PersonErased' | 'SessionRevoked'>): string =>
  actorKey({ kind: 'person', person_id: data.person_id });

/** The handlers of webhooks, for the projection of deliveries. */
export const webhookHandlers = {
  WebhookRegistered: registered,
  WebhookStopped: stopped,
  WebhookRemoved: removed,
  IntentAccepted: accepted,
  IntentRefused: refused,
  ...handlersFor([...endEventTypes] as ActionEndEvent['type'][], ended),
  CredentialRevoked: (event: Of<'CredentialRevoked'>, db: Db) =>
    ownerLeft(event, db, of(event).tenant_id, event.data.credential),
  TenantRemoved: (event: Of<'TenantRemoved'>, db: Db) => ownerLeft(event, db, of(event).tenant_id, null),
  PersonErased: (event: Of<'PersonErased'>, db: Db) =>
    ownerLeft(event, db, of(event).tenant_id, personOf(event)),
  SessionRevoked: async (event: Of<'SessionRevoked'>, db: Db) => {
    if (event.data.because === 'removed') await ownerLeft(event, db, of(event).tenant_id, personOf(event));
  },
};
