import { Inject, Injectable } from '@nestjs/common';
import { ProblemError, type Position } from '@interlock/kernel';
import { decodeCursor, iso, keysetPage, pageLimit, withTenant, type Page } from '@interlock/postgres';
import type { NoticeKind, NoticeTable } from './alerting.projection.js';
import type { NoticeDto } from './notices-answers.dto.js';
import type { ListNoticesQuery } from './notices.dto.js';
import { AlertingRunner } from './runners.js';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

const view = (row: NoticeTable): NoticeDto => ({
  ...row,
  opened_at: iso(row.opened_at),
  updated_at: iso(row.updated_at),
});

/** Queries on alerts and incidents, bounded by tenant in the database too. */
@Injectable()
export class NoticesQueries {
  constructor(@Inject(AlertingRunner) private readonly runner: AlertingRunner) {}

  async atLeast(position: Position | null): Promise<void> {
    if (position !== null) await this.runner.waitFor(position);
  }

  async list(kind: NoticeKind, tenantId: string, query: ListNoticesQuery): Promise<Page<NoticeDto>> {
    const limit = pageLimit(query.limit);
    const rows = await withTenant(this.runner.db(), tenantId, (db) => {
      let select = db.selectFrom(kind).selectAll().where('tenant_id', '=', tenantId);
      if (query.status !== undefined) select = select.where('status', '=', query.status);
      if (query.severity !== undefined) select = select.where('severity', '=', query.severity);
      if (query.cursor !== undefined) {
        const [openedAt, id] = decodeCursor(query.cursor, 2).map(String) as [string, string];
        if (Number.isNaN(Date.parse(openedAt)) || !uuid.test(id))
          throw new ProblemError('validation-failed', 'the cursor is not one of this list', {
            violations: [{ pointer: '/query/cursor', detail: 'must be `next` of a page before' }],
          });
        select = select.where((where) =>
          where(where.refTuple('opened_at', 'id'), '<', where.tuple(openedAt, id)),
        );
      }
      return select
        .orderBy('opened_at', 'desc')
        .orderBy('id', 'desc')
        .limit(limit + 1)
        .execute();
    });
    const page = keysetPage(rows, limit, (row) => [iso(row.opened_at), row.id]);
    return { items: page.items.map(view), next: page.next };
  }

  /** Throws `not-found`. */
  async one(kind: NoticeKind, tenantId: string, id: string): Promise<NoticeDto> {
    const row = !uuid.test(id)
      ? undefined
      : await withTenant(this.runner.db(), tenantId, (db) =>
          db
            .selectFrom(kind)
            .selectAll()
            .where('tenant_id', '=', tenantId)
            .where('id', '=', id)
            .executeTakeFirst(),
        );
    if (row === undefined)
      throw new ProblemError('not-found', `there is no \`${id.slice(0, 64)}\` among the ${kind}`);
    return view(row);
  }
}
