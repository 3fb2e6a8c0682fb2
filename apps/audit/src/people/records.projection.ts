import { parseStream, type Actor } from '@interlock/contracts';
import { forgeryIn, type RecordedEvent } from '@interlock/kernel';
import { defineProjection, handlersFor, insertRows } from '@interlock/postgres';
import type { Transaction } from 'kysely';
import { listOf, recordedPrefixes, recordedTypes, type RecordList } from '@interlock/replay';
import { recordTables } from './records.migration.js';

export type RecordRow = {
  tenant_id: string;
  place: string;
  event_id: string;
  list: RecordList;
  type: string;
  at: string | Date;
  actor: Actor;
  /** The person that the event concerns; null if it concerns nobody. */
  person_id: string | null;
  stream: string;
  data: object;
};
/** `name` is sealed. */
type NameRow = { tenant_id: string; person_id: string; name: string };
export type RecordsDatabase = { records: RecordRow; names: NameRow };

const memberOf = (data: object, name: string): string | null => {
  const value: unknown = (data as { readonly [name: string]: unknown })[name];
  return typeof value === 'string' ? value : null;
};

const nameOf = async (
  db: Transaction<RecordsDatabase>,
  tenant_id: string,
  { data }: RecordedEvent,
): Promise<void> => {
  const [person_id, name] = [memberOf(data, 'person_id'), memberOf(data, 'name')];
  if (person_id === null || name === null) return;
  await db
    .insertInto('names')
    .values({ tenant_id, person_id, name })
    .onConflict((on) => on.columns(['tenant_id', 'person_id']).doUpdateSet({ name }))
    .execute();
};

/**
 * Records an event. A forged event proves nothing about anybody, so it is skipped. The checks of
 * the log report it.
 */
const record = async (event: RecordedEvent, db: Transaction<RecordsDatabase>): Promise<void> => {
  const of = parseStream(event.stream);
  const list = listOf(event);
  if (of === undefined || list === null || forgeryIn(event) !== null) return;
  const { id, type, data, metadata, position, stream } = event;
  await insertRows<RecordsDatabase, RecordRow>(db, 'records', [
    {
      tenant_id: of.tenant,
      place: `${position.commit}`,
      event_id: id,
      list,
      type,
      at: metadata.occurred_at,
      actor: metadata.actor,
      person_id: of.category === 'person' ? of.id : memberOf(data, 'person_id'),
      stream,
      data,
    },
  ]);
  if (of.category === 'person') await nameOf(db, of.tenant, event);
};

/** Three lists: access that people received, guards that they overrode, and data that they read. */
export const recordsProjection = defineProjection<RecordsDatabase>({
  name: 'people_records',
  version: 2,
  prefixes: recordedPrefixes,
  migrations: [recordTables],
  retained: [
    {
      kind: 'sessions',
      table: 'records',
      at: 'at',
      key: ['tenant_id', 'list', 'place', 'event_id'],
      ended: `t.list = 'who' and (t.type in ('SessionEnded', 'SessionRevoked')
        or (t.type = 'SessionStarted' and (t.data ->> 'expires_at')::timestamptz < now()))`,
    },
  ],
  handlers: handlersFor(recordedTypes, record),
});
