import { parseStream } from '@interlock/contracts';
import { positionText, type RecordedEvent } from '@interlock/kernel';
import { defineProjection, heldRows, type ProjectedEvent } from '@interlock/postgres';
import type { AlertEvent, IncidentEvent } from '@interlock/alerting';
import type { Transaction } from 'kysely';
import { alertingTables } from './migrations/0001-alerting.js';

export type NoticeTable = {
  tenant_id: string;
  id: string;
  status: string;
  severity: string;
  name: string;
  title: string;
  detail: string;
  action_id: string | null;
  entity_id: string | null;
  fingerprint: string | null;
  fired: number;
  cause: object;
  acknowledged_by: string | null;
  note: string | null;
  opened_at: string | Date;
  updated_at: string | Date;
  position: string;
};
export type AlertingDatabase = { alerts: NoticeTable; incidents: NoticeTable };
export type NoticeKind = keyof AlertingDatabase;
type NoticeEvent = AlertEvent | IncidentEvent;
type Handler<Type extends NoticeEvent['type']> = (
  event: ProjectedEvent<Extract<NoticeEvent, { readonly type: Type }>>,
  db: Transaction<AlertingDatabase>,
) => void;

const rows = {
  alerts: heldRows<AlertingDatabase, NoticeTable>('alerts', ['tenant_id', 'id']),
  incidents: heldRows<AlertingDatabase, NoticeTable>('incidents', ['tenant_id', 'id']),
};
const kinds: readonly NoticeKind[] = ['alerts', 'incidents'];
const kindOf = (category: string): NoticeKind => (category === 'alert' ? 'alerts' : 'incidents');

const at = (event: RecordedEvent): { tenant_id: string; id: string } => {
  const stream = parseStream(event.stream)!;
  return { tenant_id: stream.tenant, id: stream.id };
};
const moment = (event: RecordedEvent): { updated_at: string; position: string } => ({
  updated_at: event.metadata.occurred_at,
  position: positionText(event.position),
});

const changed =
  (
    table: NoticeKind,
    status: string,
  ): Handler<Exclude<NoticeEvent['type'], 'AlertFired' | 'IncidentOpened'>> =>
  (event, db) => {
    const row = rows[table].get(db, at(event));
    if (row === undefined) return;
    rows[table].put(db, {
      ...row,
      status,
      ...moment(event),
      ...('by' in event.data ? { acknowledged_by: event.data.by } : {}),
      ...('note' in event.data ? { note: event.data.note } : {}),
    });
  };

const fired: Handler<'AlertFired'> = (event, db) => {
  const { name, severity, detail, fingerprint, cause } = event.data;
  const row = rows.alerts.get(db, at(event));
  rows.alerts.put(
    db,
    row === undefined
      ? {
          ...at(event),
          status: 'firing',
          severity,
          name,
          title: name,
          detail,
          action_id: null,
          entity_id: null,
          fingerprint,
          fired: 1,
          cause,
          acknowledged_by: null,
          note: null,
          opened_at: event.metadata.occurred_at,
          ...moment(event),
        }
      : {
          ...row,
          status: row.status === 'acknowledged' ? 'acknowledged' : 'firing',
          detail,
          fired: row.fired + 1,
          cause,
          ...moment(event),
        },
  );
};

const opened: Handler<'IncidentOpened'> = (event, db) => {
  if (rows.incidents.get(db, at(event)) !== undefined) return;
  const { severity, title, detail, cause, action_id, entity_id } = event.data;
  rows.incidents.put(db, {
    ...at(event),
    status: 'open',
    severity,
    name: 'incident',
    title,
    detail,
    action_id,
    entity_id,
    fingerprint: null,
    fired: 1,
    cause,
    acknowledged_by: null,
    note: null,
    opened_at: event.metadata.occurred_at,
    ...moment(event),
  });
};

/** Alerts and incidents as they stand. */
export const alertingProjection = defineProjection<AlertingDatabase, NoticeEvent>({
  name: 'alerting',
  version: 1,
  prefixes: ['alert-', 'incident-'],
  migrations: [alertingTables],
  load: async (events, db) => {
    for (const kind of kinds) {
      const own = events.filter(({ stream }) => kindOf(parseStream(stream)?.category ?? '') === kind);
      if (own.length > 0) await rows[kind].load(db, own.map(at));
    }
  },
  handlers: {
    AlertFired: fired,
    AlertAcknowledged: changed('alerts', 'acknowledged'),
    AlertResolved: changed('alerts', 'resolved'),
    IncidentOpened: opened,
    IncidentAcknowledged: changed('incidents', 'acknowledged'),
    IncidentResolved: changed('incidents', 'resolved'),
  },
  flush: async (db) => {
    for (const kind of kinds) await rows[kind].flush(db);
  },
});
