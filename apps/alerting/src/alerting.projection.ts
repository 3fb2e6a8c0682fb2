import { actorKey, parseStream, type Severity } from '@interlock/contracts';
import { positionText, type RecordedEvent } from '@interlock/kernel';
import { defineProjection, heldRows, insertRows, perBatch, type ProjectedEvent } from '@interlock/postgres';
import { ruleOf, type AlertEvent, type IncidentEvent, type IncidentLink } from '@interlock/alerting';
import type { Transaction } from 'kysely';
import { timelineEntryOf } from './notices/timeline-entry.js';
import { alertingTables } from './migrations/0001-alerting.js';
import { episodeTables } from './migrations/0002-episodes.js';

type NoticeTable = {
  tenant_id: string;
  id: string;
  status: string;
  severity: Severity;
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
export type AlertsTable = NoticeTable & {
  episode: number;
  evidence: { readonly from: string; readonly to: string } | null;
  runbook: string | null;
  manual_intervention_required: boolean;
  silenced_until: string | Date | null;
  silenced_by: string | null;
};
export type IncidentsTable = NoticeTable & { links: readonly IncidentLink[]; stands: boolean };
/** One entry in the history of an alert or an incident. */
export type TimelineTable = {
  tenant_id: string;
  id: string;
  revision: string;
  position: string;
  event_id: string;
  type: string;
  at: string | Date;
  actor: string;
  severity: string | null;
  text: string | null;
};
export type AlertingDatabase = {
  alerts: AlertsTable;
  incidents: IncidentsTable;
  happenings: TimelineTable;
};
export type NoticeKind = 'alerts' | 'incidents';
type NoticeEvent = AlertEvent | IncidentEvent;
type Db = Transaction<AlertingDatabase>;
type Of<Type extends NoticeEvent['type']> = ProjectedEvent<Extract<NoticeEvent, { readonly type: Type }>>;
type Handler<Type extends NoticeEvent['type']> = (event: Of<Type>, db: Db) => void;

const alerts = heldRows<AlertingDatabase, AlertsTable>('alerts', ['tenant_id', 'id']);
const incidents = heldRows<AlertingDatabase, IncidentsTable>('incidents', ['tenant_id', 'id']);
const timelineRows = perBatch<AlertingDatabase, TimelineTable[]>(() => []);

const at = (event: RecordedEvent): { tenant_id: string; id: string } => {
  const stream = parseStream(event.stream);
  if (stream === undefined) throw new Error(`\`${event.stream}\` is not a stream of a notice`);
  return { tenant_id: stream.tenant, id: stream.id };
};
const moment = (event: RecordedEvent): { updated_at: string; position: string } => ({
  updated_at: event.metadata.occurred_at,
  position: positionText(event.position),
});

/** Records the event for the timeline, then calls the handler. */
const also =
  <Type extends NoticeEvent['type']>(handler: Handler<Type>): Handler<Type> =>
  (event, db) => {
    const { text, severity } = timelineEntryOf(event);
    timelineRows(db).push({
      ...at(event),
      revision: `${event.revision}`,
      position: positionText(event.position),
      event_id: event.id,
      type: event.type,
      at: event.metadata.occurred_at,
      actor: actorKey(event.metadata.actor),
      severity,
      text,
    });
    handler(event, db);
  };
const alertChanged =
  <Type extends NoticeEvent['type']>(
    change: (event: Of<Type>, row: AlertsTable) => Partial<AlertsTable>,
  ): Handler<Type> =>
  (event, db) => {
    const row = alerts.get(db, at(event));
    if (row !== undefined) alerts.put(db, { ...row, ...change(event, row), ...moment(event) });
  };
const incidentChanged =
  <Type extends NoticeEvent['type']>(
    change: (event: Of<Type>, row: IncidentsTable) => Partial<IncidentsTable>,
  ): Handler<Type> =>
  (event, db) => {
    const row = incidents.get(db, at(event));
    if (row !== undefined) incidents.put(db, { ...row, ...change(event, row), ...moment(event) });
  };

const fired: Handler<'AlertFired'> = (event, db) => {
  const { severity, detail, fingerprint, cause, episode, evidence, runbook, manual_intervention_required } =
    event.data;
  const rule = ruleOf(event.data.name);
  const name = rule?.name ?? event.data.name;
  const row = alerts.get(db, at(event));
  const holds = row?.status === 'firing' || row?.status === 'acknowledged';
  const begins = row === undefined || (episode === undefined ? !holds : episode !== row.episode);
  const present = {
    severity,
    name,
    title: name,
    detail,
    fingerprint,
    cause,
    evidence: evidence ?? null,
    runbook: runbook ?? rule?.runbook ?? null,
    manual_intervention_required: manual_intervention_required ?? false,
    ...moment(event),
  };
  alerts.put(
    db,
    begins
      ? {
          ...at(event),
          action_id: null,
          entity_id: null,
          silenced_until: row?.silenced_until ?? null,
          silenced_by: row?.silenced_by ?? null,
          ...present,
          status: 'firing',
          fired: (row?.fired ?? 0) + 1,
          acknowledged_by: null,
          note: null,
          episode: episode ?? (row?.episode ?? 0) + 1,
          opened_at: event.metadata.occurred_at,
        }
      : { ...row, ...present, fired: row.fired + 1 },
  );
};

const opened: Handler<'IncidentOpened'> = (event, db) => {
  if (incidents.get(db, at(event)) !== undefined) return;
  const { severity, title, detail, cause, action_id, entity_id, stands } = event.data;
  incidents.put(db, {
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
    links: [],
    stands: stands ?? false,
    ...moment(event),
  });
};

/** The current alerts and incidents, and the history of each. */
export const alertingProjection = defineProjection<AlertingDatabase, NoticeEvent>({
  name: 'alerting',
  version: 2,
  prefixes: ['alert-', 'incident-'],
  migrations: [alertingTables, episodeTables],
  load: async (events, db) => {
    const own = (category: string): readonly RecordedEvent[] =>
      events.filter(({ stream }) => parseStream(stream)?.category === category);
    const [ofAlerts, ofIncidents] = [own('alert'), own('incident')];
    if (ofAlerts.length > 0) await alerts.load(db, ofAlerts.map(at));
    if (ofIncidents.length > 0) await incidents.load(db, ofIncidents.map(at));
  },
  handlers: {
    AlertFired: also(fired),
    AlertAcknowledged: also(
      alertChanged(({ data: { by, note } }) => ({ status: 'acknowledged', acknowledged_by: by, note })),
    ),
    AlertSilenced: also(
      alertChanged(({ data: { by, until } }) => ({
        silenced_until: until,
        silenced_by: until === null ? null : by,
      })),
    ),
    AlertNoted: also(alertChanged(({ data: { note } }) => ({ note }))),
    AlertResolved: also(alertChanged(() => ({ status: 'resolved' }))),
    IncidentOpened: also(opened),
    IncidentAcknowledged: also(
      incidentChanged(({ data: { by, note } }) => ({ status: 'acknowledged', acknowledged_by: by, note })),
    ),
    IncidentNoted: also(incidentChanged(({ data: { note } }) => ({ note }))),
    IncidentLinked: also(incidentChanged(({ data }, { links }) => ({ links: [...links, data] }))),
    IncidentResolved: also(
      incidentChanged(({ data: { by, note } }) => ({ status: 'resolved', acknowledged_by: by, note })),
    ),
  },
  flush: async (db) => {
    await alerts.flush(db);
    await incidents.flush(db);
    const happened = timelineRows(db).splice(0);
    await insertRows(db, 'happenings', happened);
  },
});
