import type { Position } from '@interlock/kernel';
import {
  iso,
  tablePages,
  withTenant,
  type Page,
  type PageAsked,
  type ProjectionRunner,
} from '@interlock/postgres';
import { sql } from 'kysely';
import type { GatewayDatabase, KpiSampleTable, TransactionTable } from './transactions.projection.js';

const newestFirst = tablePages('transactions', 'desc', { accepted_at: 'timestamptz', tx_id: 'text' });
const oldestFirst = tablePages('samples', 'asc', {
  'kpi_samples.at': 'timestamptz',
  'kpi_samples.tx_id': 'text',
  'kpi_samples.entity_id': 'text',
  'each_kpi.kpi': 'text',
});

export type SamplesFilter = PageAsked & {
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
  async transactions(tenantId: string, deviceId: string, asked: PageAsked): Promise<Page<ShownTransaction>> {
    const page = await withTenant(this.runner.db(), tenantId, (db) =>
      newestFirst.read(
        db
          .selectFrom('transactions')
          .selectAll()
          .where('tenant_id', '=', tenantId)
          .where('device_id', '=', deviceId),
        asked,
      ),
    );
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
    const { after } = oldestFirst.asked(filter);
    const page = await withTenant(this.runner.db(), tenantId, (db) => {
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
      // With the time alone, the database reads only the partitions of later samples.
      if (after !== undefined) select = select.where('kpi_samples.at', '>=', String(after[0]));
      return oldestFirst.read(select, filter);
    });
    return {
      items: page.items.map(({ tx_id, ...row }) => ({ action_id: tx_id, ...row, at: iso(row.at) })),
      next: page.next,
    };
  }
}
