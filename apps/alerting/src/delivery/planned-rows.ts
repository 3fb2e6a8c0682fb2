import { parseStream } from '@interlock/contracts';
import type { RecordedEvent } from '@interlock/kernel';
import type { PlannedNotice } from '@interlock/notify';
import { insertRows, perBatch } from '@interlock/postgres';
import type { Transaction } from 'kysely';
import type { DeliveriesDatabase, DeliveryTable, NoticeCause } from './deliveries.tables.js';

type Db = Transaction<DeliveriesDatabase>;

/** Returns the tenant and the id of an event's stream. */
export const of = (event: RecordedEvent): { readonly tenant_id: string; readonly id: string } => {
  const stream = parseStream(event.stream);
  if (stream === undefined) throw new Error(`\`${event.stream}\` is not a stream of this projection`);
  return { tenant_id: stream.tenant, id: stream.id };
};

export const causeOf = ({ id, metadata }: RecordedEvent): NoticeCause => ({
  event_id: id,
  correlation_id: metadata.$correlationId,
  traceparent: metadata.traceparent ?? null,
});

/** Rows that the batch has planned and not yet written. */
export const planned = perBatch<
  DeliveriesDatabase,
  { deliveries: DeliveryTable[]; escalations: DeliveriesDatabase['escalations'][] }
>(() => ({ deliveries: [], escalations: [] }));

/**
 * Writes the planned rows, before a statement that reads these tables and at the end of the batch.
 */
export const writePlanned = async (db: Db): Promise<void> => {
  const { deliveries, escalations } = planned(db);
  await insertRows(db, 'deliveries', deliveries.splice(0));
  await insertRows(db, 'escalations', escalations.splice(0));
};

/** A delivery that an event causes, before its first attempt. */
type NewDelivery = Pick<
  DeliveryTable,
  'tenant_id' | 'channel_id' | 'dedup_key' | 'alert_id' | 'episode' | 'what' | 'route' | 'notice' | 'due_at'
>;

/** Plans deliveries, in the order in which the event causes them. */
export const enqueueRows = (db: Db, rows: readonly NewDelivery[], event: RecordedEvent): void => {
  for (const [i, row] of rows.entries())
    planned(db).deliveries.push({
      ...row,
      state: 'pending',
      created_at: event.metadata.occurred_at,
      ended_at: null,
      attempts: null,
      detail: null,
      reference: null,
      // Sorts by position, and within one event in the planned order, so that notices of an alert
      // keep their order.
      place: `${event.position.commit.toString().padStart(20, '0')}/${event.position.prepare.toString().padStart(20, '0')}/${String(i).padStart(4, '0')}`,
      cause: causeOf(event),
    });
};

export const enqueue = (db: Db, notices: readonly PlannedNotice[], event: RecordedEvent): void => {
  enqueueRows(
    db,
    notices.map(({ channel_id, route, due_at, notice }) => ({
      tenant_id: notice.tenant_id,
      channel_id,
      dedup_key: notice.dedup_key,
      alert_id: notice.alert_id,
      episode: notice.episode,
      what: notice.what,
      route,
      notice,
      due_at,
    })),
    event,
  );
};
