import { parseStream } from '@interlock/contracts';
import { positionText, type RecordedEvent } from '@interlock/kernel';
import { defineProjection } from '@interlock/postgres';
import type { AlertFired, IncidentOpened } from '@interlock/alerting';
import type { Transaction } from 'kysely';
import { alertingTables } from './migrations/0001-alerting.js';

export type NoticeTable = {
  tenant_id: string; id: string; status: string; severity: string; name: string; title: string; detail: string; action_id: string | null; entity_id: string | null; fingerprint: string | null; fired: number; cause: string | object;
  acknowledged_by: string | null; note: string | null; opened_at: string | Date; updated_at: string | Date; position: string;
};
export type AlertingDatabase = { alerts: NoticeTable; incidents: NoticeTable };
export type NoticeKind = keyof AlertingDatabase;
type Handler = (event: RecordedEvent, db: Transaction<AlertingDatabase>) => Promise<unknown>;

const at = (event: RecordedEvent): { tenant_id: string; id: string } => {
  const stream = parseStream(event.stream)!;
  return { tenant_id: stream.tenant, id: stream.id };
};
const moment = (event: RecordedEvent): { updated_at: string; position: string } => ({ updated_at: event.metadata.occurred_at, position: positionText(event.position) });

const changed = (table: NoticeKind, status: string): Handler => (event, db) => {
  const { tenant_id, id } = at(event);
  const { by, note } = event.data as { by?: string; note?: string | null };
  return db.updateTable(table).set({ status, ...moment(event), ...(by === undefined ? {} : { acknowledged_by: by }), ...(note === undefined ? {} : { note }) }).where('tenant_id', '=', tenant_id).where('id', '=', id).execute();
};

const fired: Handler = (event, db) => {
  const { name, severity, detail, fingerprint, cause } = event.data as AlertFired;
  const now = moment(event);
  return db.insertInto('alerts').values({
    ...at(event), status: 'firing', severity, name, title: name, detail, action_id: null, entity_id: null, fingerprint, fired: 1, cause: JSON.stringify(cause), acknowledged_by: null, note: null, opened_at: event.metadata.occurred_at, ...now,
  }).onConflict((conflict) => conflict.columns(['tenant_id', 'id']).doUpdateSet((row) => ({
    status: row.case().when('alerts.status', '=', 'acknowledged').then('acknowledged').else('firing').end(), detail, fired: row('alerts.fired', '+', 1), cause: JSON.stringify(cause), ...now,
  }))).execute();
};

const opened: Handler = (event, db) => {
  const { severity, title, detail, cause, action_id, entity_id } = event.data as IncidentOpened;
  return db.insertInto('incidents').values({
    ...at(event), status: 'open', severity, name: 'incident', title, detail, action_id, entity_id, fingerprint: null, fired: 1, cause: JSON.stringify(cause), acknowledged_by: null, note: null,
    opened_at: event.metadata.occurred_at, ...moment(event),
  }).onConflict((conflict) => conflict.doNothing()).execute();
};

/** Alerts and incidents as they stand. */
export const alertingProjection = defineProjection<AlertingDatabase>({
  name: 'alerting', version: 1, prefixes: ['alert-', 'incident-'], migrations: [alertingTables],
  handlers: {
    AlertFired: fired, AlertAcknowledged: changed('alerts', 'acknowledged'), AlertResolved: changed('alerts', 'resolved'),
    IncidentOpened: opened, IncidentAcknowledged: changed('incidents', 'acknowledged'), IncidentResolved: changed('incidents', 'resolved'),
  },
});
