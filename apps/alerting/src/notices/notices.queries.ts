import { Injectable } from '@nestjs/common';
import { severities, type Severity } from '@interlock/contracts';
import { ProblemError, type Position } from '@interlock/kernel';
import { needsAttention } from '@interlock/alerting';
import { nowText } from '@interlock/platform';
import { iso, tablePages, withTenant, type Page } from '@interlock/postgres';
import { sql, type SelectQueryBuilder } from 'kysely';
import type {
  AlertingDatabase,
  AlertsTable,
  TimelineTable,
  IncidentsTable,
  NoticeKind,
} from '../alerting.projection.js';
import type { AlertDto, TimelineEntryDto, IncidentDto } from './notices-answers.dto.js';
import type { ListAlertsQuery, ListNoticesQuery } from './notices.dto.js';
import { AlertingRunner } from '../runners.js';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** The largest number of rows read at once. Longer lists are read in pages. */
const mostAtOnce = 1000;

const alertView = (row: AlertsTable): AlertDto => {
  const silenced_until = row.silenced_until === null ? null : iso(row.silenced_until);
  return {
    ...row,
    opened_at: iso(row.opened_at),
    updated_at: iso(row.updated_at),
    silenced_until,
    needs_attention: needsAttention({ ...row, silenced_until }, nowText()),
  };
};
const incidentView = (row: IncidentsTable): IncidentDto => ({
  ...row,
  opened_at: iso(row.opened_at),
  updated_at: iso(row.updated_at),
});
const timelineView = ({
  at,
  id,
  type,
  actor,
  severity,
  text,
  event_id,
  position,
}: TimelineTable): TimelineEntryDto => ({
  at: iso(at),
  id,
  type,
  actor,
  severity,
  text,
  event_id,
  position,
});

const notFound = (kind: NoticeKind, id: string): ProblemError =>
  new ProblemError('not-found', `there is no \`${id.slice(0, 64)}\` among the ${kind}`);

const byOpening = { opened_at: 'timestamptz', id: 'uuid' } as const;
const alertPages = tablePages('alerts', 'desc', byOpening);
const incidentPages = tablePages('incidents', 'desc', byOpening);

/** Queries on alerts and incidents, limited to a tenant by the database too. */
@Injectable()
export class NoticesQueries {
  constructor(private readonly runner: AlertingRunner) {}

  async atLeast(position: Position | null): Promise<void> {
    if (position !== null) await this.runner.waitFor(position);
  }

  async alerts(tenantId: string, query: ListAlertsQuery): Promise<Page<AlertDto>> {
    const page = await withTenant(this.runner.db(), tenantId, (db) => {
      let select = db.selectFrom('alerts').selectAll().where('tenant_id', '=', tenantId);
      if (query.name !== undefined) select = select.where('name', '=', query.name);
      if (query.silenced === 'true') select = select.where('silenced_until', '>', sql<Date>`now()`);
      if (query.silenced === 'false')
        select = select.where((where) =>
          where.or([where('silenced_until', 'is', null), where('silenced_until', '<=', sql<Date>`now()`)]),
        );
      return alertPages.read(filtered(select, query), query);
    });
    return { items: page.items.map(alertView), next: page.next };
  }

  async incidents(tenantId: string, query: ListNoticesQuery): Promise<Page<IncidentDto>> {
    const page = await withTenant(this.runner.db(), tenantId, (db) =>
      incidentPages.read(
        filtered(db.selectFrom('incidents').selectAll().where('tenant_id', '=', tenantId), query),
        query,
      ),
    );
    return { items: page.items.map(incidentView), next: page.next };
  }

  /** Lists the active alerts of a tenant, up to the limit of one report. */
  async holding(tenantId: string): Promise<readonly AlertDto[]> {
    const rows = await withTenant(this.runner.db(), tenantId, (db) =>
      db
        .selectFrom('alerts')
        .selectAll()
        .where('tenant_id', '=', tenantId)
        .where('status', 'in', ['firing', 'acknowledged'])
        .orderBy('opened_at', 'desc')
        .orderBy('id', 'desc')
        .limit(mostAtOnce)
        .execute(),
    );
    return rows.map(alertView);
  }

  /** Counts the active alerts by tenant, name and severity. */
  async counts(): Promise<
    readonly {
      readonly tenant_id: string;
      readonly name: string;
      readonly severity: Severity;
      readonly count: number;
    }[]
  > {
    const rows = await withTenant(this.runner.db(), '_all', (db) =>
      db
        .selectFrom('alerts')
        .select(({ fn }) => ['tenant_id', 'name', 'severity', fn.countAll<string>().as('count')])
        .where('status', 'in', ['firing', 'acknowledged'])
        .groupBy(['tenant_id', 'name', 'severity'])
        .execute(),
    );
    return rows
      .filter(({ severity }) => severities.includes(severity))
      .map((row) => ({ ...row, count: Number(row.count) }));
  }

  /** Returns one alert. Throws `not-found`. */
  async alert(tenantId: string, id: string): Promise<AlertDto> {
    const row = !uuid.test(id)
      ? undefined
      : await withTenant(this.runner.db(), tenantId, (db) =>
          db
            .selectFrom('alerts')
            .selectAll()
            .where('tenant_id', '=', tenantId)
            .where('id', '=', id)
            .executeTakeFirst(),
        );
    if (row === undefined) throw notFound('alerts', id);
    return alertView(row);
  }

  /** Returns one incident. Throws `not-found`. */
  async incident(tenantId: string, id: string): Promise<IncidentDto> {
    const row = !uuid.test(id)
      ? undefined
      : await withTenant(this.runner.db(), tenantId, (db) =>
          db
            .selectFrom('incidents')
            .selectAll()
            .where('tenant_id', '=', tenantId)
            .where('id', '=', id)
            .executeTakeFirst(),
        );
    if (row === undefined) throw notFound('incidents', id);
    return incidentView(row);
  }

  /** Returns the history of these alerts and incidents in order of time. */
  async timeline(tenantId: string, ids: readonly string[]): Promise<readonly TimelineEntryDto[]> {
    const rows = await withTenant(this.runner.db(), tenantId, (db) =>
      db
        .selectFrom('happenings')
        .selectAll()
        .where('tenant_id', '=', tenantId)
        .where('id', 'in', [...ids])
        .orderBy('at')
        .orderBy('id')
        .orderBy('revision')
        .limit(mostAtOnce)
        .execute(),
    );
    return rows.map(timelineView);
  }
}

/** Adds the filters that alerts and incidents have in common. */
const filtered = <Table extends NoticeKind, Row>(
  select: SelectQueryBuilder<AlertingDatabase, Table, Row>,
  { status, severity }: ListNoticesQuery,
): SelectQueryBuilder<AlertingDatabase, Table, Row> => {
  let all = select as unknown as SelectQueryBuilder<AlertingDatabase, 'alerts', Row>;
  if (status !== undefined) all = all.where('status', '=', status);
  if (severity !== undefined) all = all.where('severity', '=', severity);
  return all as unknown as SelectQueryBuilder<AlertingDatabase, Table, Row>;
};
