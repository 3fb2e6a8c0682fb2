import { Inject, Injectable } from '@nestjs/common';
import type { Position } from '@interlock/kernel';
import { openTexts, SERVICE_CONTEXT, type ServiceContext } from '@interlock/platform';
import { iso, tablePages, withTenant, type Page } from '@interlock/postgres';
import type { RecordList } from '@interlock/replay';
import type { PersonRecordDto, RecordsQuery } from './records.dto.js';
import type { RecordRow } from './records.projection.js';
import { RecordsRunner } from './records.runner.js';

const newestFirst = (list: RecordList) =>
  tablePages(`${list}-records`, 'desc', { place: 'numeric', event_id: 'text' });

const personIn = ({ actor }: Pick<RecordRow, 'actor'>): string | null =>
  actor.kind === 'person' ? actor.person_id : null;

/**
 * Serves the lists of people and access, newest first. Row-level security also limits them to the
 * tenant.
 */
@Injectable()
export class RecordsQueries {
  constructor(
    private readonly runner: RecordsRunner,
    @Inject(SERVICE_CONTEXT) private readonly context: ServiceContext,
  ) {}

  /** Waits until the lists include a position. Returns at once for null. */
  async atLeast(position: Position | null): Promise<void> {
    if (position !== null) await this.runner.waitFor(position);
  }

  /** Returns the last known names of a tenant's people by `person_id`, decrypted. */
  async names(tenantId: string): Promise<ReadonlyMap<string, string>> {
    const rows = await withTenant(this.runner.db(), tenantId, (db) =>
      db.selectFrom('names').select(['person_id', 'name']).where('tenant_id', '=', tenantId).execute(),
    );
    const opened = await openTexts(this.context.people, [tenantId], rows);
    return new Map(opened.map(({ person_id, name }) => [person_id, name]));
  }

  async page(tenantId: string, list: RecordList, query: RecordsQuery): Promise<Page<PersonRecordDto>> {
    const { since, person } = query;
    const page = await withTenant(this.runner.db(), tenantId, async (db) => {
      let select = db
        .selectFrom('records')
        .selectAll()
        .where('tenant_id', '=', tenantId)
        .where('list', '=', list);
      if (since !== undefined) select = select.where('at', '>=', new Date(since));
      if (person !== undefined)
        select = select.where((where) =>
          where.or([
            where('person_id', '=', person),
            where(where.ref('actor', '->>').key('person_id'), '=', person),
          ]),
        );
      const { items, next } = await newestFirst(list).read(select, query);
      const ids = [...new Set(items.flatMap((row) => [row.person_id, personIn(row)]))];
      const names = await db
        .selectFrom('names')
        .select(['person_id', 'name'])
        .where('tenant_id', '=', tenantId)
        .where('person_id', 'in', ['', ...ids.filter((id) => id !== null)])
        .execute();
      const nameOf = new Map(names.map(({ person_id, name }) => [person_id, name]));
      return { items: items.map((row) => viewOf(row, nameOf)), next };
    });
    return openTexts(this.context.people, [tenantId], page);
  }
}

const viewOf = (row: RecordRow, nameOf: ReadonlyMap<string, string>): PersonRecordDto => {
  const { type, actor, person_id, stream, event_id, data } = row;
  return {
    at: iso(row.at),
    type,
    actor,
    actor_name: nameOf.get(personIn(row) ?? '') ?? null,
    person_id,
    person_name: nameOf.get(person_id ?? '') ?? null,
    stream,
    position: row.place,
    event_id,
    data,
  };
};
