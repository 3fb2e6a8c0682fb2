import { ProblemError, type Position } from '@interlock/kernel';
import {
  decodeCursor,
  iso,
  keysetPage,
  pageLimit,
  withTenant,
  type Page,
  type ProjectionRunner,
} from '@interlock/postgres';
import { sql } from 'kysely';
import type { GatewayDatabase, KpiSampleTable, TransactionTable } from './transactions.projection.js';

const badCursor = (): ProblemError =>
  new ProblemError('validation-failed', 'the cursor is invalid for this list', {
    violations: [{ pointer: '/query/cursor', detail: 'must be the `next` of an earlier page' }],
  });

export type SamplesFilter = {
  readonly limit?: string;
  readonly cursor?: string;
  readonly entity_id?: string;
  readonly kpi?: string;
  readonly action_id?: string;
};

/** A row with its times as texts. */
export type ShownTransaction = Omit<TransactionTable, 'accepted_at' | 'updated_at'> & {
  readonly accepted_at: string;
  readonly updated_at: string;
};
/** One KPI of one reading. */
export type ShownSample = Pick<KpiSampleTable, 'entity_id' | 'moment'> & {
  readonly action_id: string;
  readonly kpi: string;
  readonly at: string;
  readonly value: number;
};

/**
 * Queries of transactions and KPI samples. Row security in the database bounds them by tenant too.
 */
export class TransactionsQueries {
  constructor(private readonly runner: ProjectionRunner<GatewayDatabase>) {}

  async atLeast(position: Position | null): Promise<void> {
    if (position !== null) await this.runner.waitFor(position);
  }

  /** Returns a device's transactions, latest first. */
  async transactions(
    tenantId: string,
    deviceId: string,
    filter: { readonly limit?: string; readonly cursor?: string },
  ): Promise<Page<ShownTransaction>> {
    const limit = pageLimit(filter.limit);
    const rows = await withTenant(this.runner.db(), tenantId, (db) => {
      let select = db
        .selectFrom('transactions')
        .selectAll()
        .where('tenant_id', '=', tenantId)
        .where('device_id', '=', deviceId);
      if (filter.cursor !== undefined) {
        const [at, id] = decodeCursor(filter.cursor, 2).map(String) as [string, string];
        if (Number.isNaN(Date.parse(at))) throw badCursor();
        select = select.where((where) =>
          where(where.refTuple('accepted_at', 'tx_id'), '<', where.tuple(at, id)),
        );
      }
      return select
        .orderBy('accepted_at', 'desc')
        .orderBy('tx_id', 'desc')
        .limit(limit + 1)
        .execute();
    });
    const page = keysetPage(rows, limit, (row) => [iso(row.accepted_at), row.tx_id]);
    return {
      items: page.items.map((row) => ({
        ...row,
        accepted_at: iso(row.accepted_at),
        updated_at: iso(row.updated_at),
      })),
      next: page.next,
    };
  }

  /** Returns KPI samples of a device's transactions, earliest first. */
  async samples(tenantId: string, deviceId: string, filter: SamplesFilter): Promise<Page<ShownSample>> {
    const limit = pageLimit(filter.limit);
    const rows = await withTenant(this.runner.db(), tenantId, (db) => {
      let select = db
        .selectFrom('kpi_samples')
        .innerJoin('transactions', (join) =>
          join
            .onRef('transactions.tenant_id', '=', 'kpi_samples.tenant_id')
            .onRef('transactions.tx_id', '=', 'kpi_samples.tx_id'),
        )
        // A row holds all KPIs of one reading.
        .innerJoinLateral(
          () =>
            sql<{
              kpi: string;
              value: number;
            }>`(select key as kpi, value::float8 as value from jsonb_each_text(${sql.ref('kpi_samples.kpis')}))`.as(
              'each_kpi',
            ),
          (join) => join.onTrue(),
        )
        .select([
          'kpi_samples.tx_id',
          'kpi_samples.entity_id',
          'each_kpi.kpi',
          'kpi_samples.moment',
          'kpi_samples.at',
          'each_kpi.value',
        ])
        .where('kpi_samples.tenant_id', '=', tenantId)
        .where('transactions.device_id', '=', deviceId);
      if (filter.entity_id !== undefined)
        select = select.where('kpi_samples.entity_id', '=', filter.entity_id);
      if (filter.kpi !== undefined) select = select.where('each_kpi.kpi', '=', filter.kpi);
      if (filter.action_id !== undefined) select = select.where('kpi_samples.tx_id', '=', filter.action_id);
      if (filter.cursor !== undefined) {
        const [at, tx, entity, kpi] = decodeCursor(filter.cursor, 4).map(String) as [
          string,
          string,
          string,
          string,
        ];
        if (Number.isNaN(Date.parse(at))) throw badCursor();
        select = select
          .where('kpi_samples.at', '>=', at)
          .where((where) =>
            where(
              where.refTuple('kpi_samples.at', 'kpi_samples.tx_id', 'kpi_samples.entity_id', 'each_kpi.kpi'),
              '>',
              where.tuple(at, tx, entity, kpi),
            ),
          );
      }
      return select
        .orderBy('kpi_samples.at')
        .orderBy('kpi_samples.tx_id')
        .orderBy('kpi_samples.entity_id')
        .orderBy('each_kpi.kpi')
        .limit(limit + 1)
        .execute();
    });
    const page = keysetPage(rows, limit, (row) => [iso(row.at), row.tx_id, row.entity_id, row.kpi]);
    return {
      items: page.items.map(({ tx_id, ...row }) => ({ action_id: tx_id, ...row, at: iso(row.at) })),
      next: page.next,
    };
  }
}
