import { Injectable } from '@nestjs/common';
import { severities, type Severity } from '@interlock/contracts';
import { ProblemError, type Position } from '@interlock/kernel';
import { needsAttention } from '@interlock/alerting';
import { nowText } from '@interlock/platform';
import { decodeCursor, iso, keysetPage, pageLimit, withTenant, type Page } from '@interlock/postgres';
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

/** Queries on alerts and incidents, limited to a tenant by the database too. */
@Injectable()
export class NoticesQueries {
  constructor(private readonly runner: AlertingRunner) {}

  async atLeast(position: Position | null): Promise<void> {
    if (position !== null) await this.runner.waitFor(position);
  }

  async alerts(tenantId: string, query: ListAlertsQuery): Promise<Page<AlertDto>> {
    const limit = pageLimit(query.limit);
    const rows = await withTenant(this.runner.db(), tenantId, (db) => {
      let select = db.selectFrom('alerts').selectAll().where('tenant_id', '=', tenantId);
      if (query.name !== undefined) select = select.where('name', '=', query.name);
      if (query.silenced === 'true') select = select.where('silenced_until', '>', sql<Date>`now()`);
      if (query.silenced === 'false')
        select = select.where((where) =>
          where.or([where('silenced_until', 'is', null), where('silenced_until', '<=', sql<Date>`now()`)]),
        );
      return paged(select, query, limit).execute();
    });
    const page = keysetPage(rows, limit, (row) => [iso(row.opened_at), row.id]);
    return { items: page.items.map(alertView), next: page.next };
  }

  async incidents(tenantId: string, query: ListNoticesQuery): Promise<Page<IncidentDto>> {
    const limit = pageLimit(query.limit);
    const rows = await withTenant(this.runner.db(), tenantId, (db) =>
      paged(db.selectFrom('incidents').selectAll().where('tenant_id', '=', tenantId), query, limit).execute(),
    );
    const page = keysetPage(rows, limit, (row) => [iso(row.opened_at), row.id]);
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

/**
 * Returns one page of a list, newest first. Throws `validation-failed` for a cursor of another
 * list.
 */
const paged = <Table extends NoticeKind>(
  select: SelectQueryBuilder<AlertingDatabase, Table, AlertingDatabase[Table]>,
  query: ListNoticesQuery,
  limit: number,
): SelectQueryBuilder<AlertingDatabase, Table, AlertingDatabase[Table]> => {
  let all = select as unknown as SelectQueryBuilder<AlertingDatabase, 'alerts', AlertsTable>;
  if (query.status !== undefined) all = all.where('status', '=', query.status);
  if (query.severity !== undefined) all = all.where('severity', '=', query.severity);
  if (query.cursor !== undefined) {
    const [openedAt = '', id = ''] = decodeCursor(query.cursor, 2).map(String);
    if (Number.isNaN(Date.parse(openedAt)) || !uuid.test(id))
      throw new ProblemError('validation-failed', 'the cursor is invalid for this list', {
        violations: [{ pointer: '/query/cursor', detail: 'must be the `next` of an earlier page' }],
      });
    all = all.where((where) => where(where.refTuple('opened_at', 'id'), '<', where.tuple(openedAt, id)));
  }
  return all
    .orderBy('opened_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1) as unknown as SelectQueryBuilder<AlertingDatabase, Table, AlertingDatabase[Table]>;
};
