import { keepsEpisodes } from '@interlock/contracts';
import type { RecordedEvent } from '@interlock/kernel';
import type { PlannedEscalation, WatchedAlert } from '@interlock/notify';
import type { Transaction } from 'kysely';
import type { DeliveriesDatabase } from './deliveries.tables.js';
import { causeOf, planned, writePlanned } from './planned-rows.js';

// The changes of the queue of notices that follow from an alert's episode.

type Db = Transaction<DeliveriesDatabase>;

/** Plans the escalations of an alert's episode. */
export const escalateLater = (
  db: Db,
  { tenant_id, alert_id, episode }: WatchedAlert,
  escalations: readonly PlannedEscalation[],
  event: RecordedEvent,
): void => {
  const cause = causeOf(event);
  for (const one of escalations)
    planned(db).escalations.push({ tenant_id, alert_id, episode, ...one, cause });
};

/** Drops the planned escalations of an alert. */
export const endEscalations = async (db: Db, { tenant_id, alert_id }: WatchedAlert): Promise<void> => {
  await writePlanned(db);
  await db
    .deleteFrom('escalations')
    .where('tenant_id', '=', tenant_id)
    .where('alert_id', '=', alert_id)
    .execute();
};

/** Drops the notices of an episode that quiet hours still hold back. */
export const dropHeld = async (
  db: Db,
  alert: WatchedAlert,
  event: RecordedEvent,
  detail: string,
): Promise<void> => {
  await writePlanned(db);
  await db
    .updateTable('deliveries')
    .set({ state: 'dropped', ended_at: event.metadata.occurred_at, detail })
    .where('tenant_id', '=', alert.tenant_id)
    .where('alert_id', '=', alert.alert_id)
    .where('episode', '=', alert.episode)
    .where('state', '=', 'pending')
    .where('due_at', '>', event.metadata.occurred_at)
    .execute();
};

/**
 * Returns the channels to which an episode was sent, or is about to be sent. `superseded`: the
 * alert continues in a next episode, so only receivers that keep episodes open get the end of this
 * one.
 */
export const channelsOfEpisode = async (
  db: Db,
  { tenant_id, alert_id, episode }: WatchedAlert,
  superseded: boolean,
): Promise<readonly { readonly channel_id: string; readonly route: string }[]> => {
  await writePlanned(db);
  const rows = await db
    .selectFrom('deliveries as d')
    .innerJoin('channels as c', (on) =>
      on.onRef('c.tenant_id', '=', 'd.tenant_id').onRef('c.channel_id', '=', 'd.channel_id'),
    )
    .select(['d.channel_id', 'd.route', 'c.settings'])
    .distinctOn('d.channel_id')
    .where('d.tenant_id', '=', tenant_id)
    .where('d.alert_id', '=', alert_id)
    .where('d.episode', '=', episode)
    .where('d.what', '=', 'trigger')
    .where('d.state', 'in', ['pending', 'delivered'])
    .orderBy('d.channel_id')
    .orderBy('d.place')
    .execute();
  return rows.filter(({ settings }) => !superseded || keepsEpisodes(settings.kind));
};
