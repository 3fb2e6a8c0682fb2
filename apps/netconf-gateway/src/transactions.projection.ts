import { parseStream, type KpiSample, type TxState } from '@interlock/contracts';
import { positionText, type RecordedEvent } from '@interlock/kernel';
import type { DeviceTxEvent } from '@interlock/network';
import { defineProjection } from '@interlock/postgres';
import { sql, type Transaction } from 'kysely';
import { transactionTables } from './migrations/0001-transactions.js';
import { kpiPartitions } from './migrations/0002-kpi-partitions.js';

export type TransactionTable = {
  tenant_id: string; tx_id: string; device_id: string; entity_id: string; action_type: string; state: string; reasons: string | object; observation: string | object | null;
  accepted_at: string | Date; updated_at: string | Date; position: string;
};
/** `moment` says whether the sample was taken before the edit or over the soak. */
export type KpiSampleTable = { tenant_id: string; tx_id: string; entity_id: string; kpi: string; moment: 'before' | 'soak'; at: string | Date; value: number };
export type GatewayDatabase = { transactions: TransactionTable; kpi_samples: KpiSampleTable };

type Data<Type extends DeviceTxEvent['type']> = Extract<DeviceTxEvent, { type: Type }>['data'];
type Handler = (event: RecordedEvent, db: Transaction<GatewayDatabase>) => Promise<unknown>;

const keyOf = (event: RecordedEvent): { readonly tenant_id: string; readonly tx_id: string } => {
  const stream = parseStream(event.stream)!;
  return { tenant_id: stream.tenant, tx_id: stream.id };
};
const moved = (event: RecordedEvent): { readonly updated_at: string; readonly position: string } => ({ updated_at: event.metadata.occurred_at, position: positionText(event.position) });

const reaches = (state: TxState): Handler => (event, db) => {
  const { tenant_id, tx_id } = keyOf(event);
  const { reasons } = event.data as { readonly reasons?: readonly object[] };
  return db.updateTable('transactions').set({ state, ...moved(event), ...(reasons === undefined ? {} : { reasons: sql<string>`reasons || ${JSON.stringify(reasons)}::jsonb` }) })
    .where('tenant_id', '=', tenant_id).where('tx_id', '=', tx_id).execute();
};

const insertSamples = async (event: RecordedEvent, db: Transaction<GatewayDatabase>, moment: 'before' | 'soak', samples: readonly KpiSample[]): Promise<void> => {
  const rows = samples.flatMap(({ at, entity_id, kpis }) => Object.entries(kpis).map(([kpi, value]) => ({ ...keyOf(event), entity_id, kpi, moment, at, value })));
  if (rows.length === 0) return;
  for (const day of new Set(rows.map(({ at }) => at.slice(0, 10)))) await sql`select make_kpi_partition(${day}::date)`.execute(db);
  for (let i = 0; i < rows.length; i += 1000) await db.insertInto('kpi_samples').values(rows.slice(i, i + 1000)).onConflict((conflict) => conflict.doNothing()).execute();
};

const accepted: Handler = (event, db) => {
  const { device_id, entity_id, action_type } = event.data as Data<'ApplyAccepted'>;
  return db.insertInto('transactions').values({
    ...keyOf(event), device_id, entity_id, action_type, state: 'PREPARING', reasons: '[]', observation: null, accepted_at: event.metadata.occurred_at, ...moved(event),
  }).onConflict((conflict) => conflict.doNothing()).execute();
};

const observed: Handler = async (event, db) => {
  const { observation, samples } = event.data as Data<'KpisObserved'>;
  const { tenant_id, tx_id } = keyOf(event);
  await insertSamples(event, db, 'soak', samples);
  await db.updateTable('transactions').set({ state: 'OBSERVED', observation: JSON.stringify(observation), ...moved(event) }).where('tenant_id', '=', tenant_id).where('tx_id', '=', tx_id).execute();
};

/** Device transactions as they stand, and the KPIs before and after each. */
export const transactionsProjection = defineProjection<GatewayDatabase>({
  name: 'transactions', version: 1, prefixes: ['device_tx-'], migrations: [transactionTables, kpiPartitions],
  handlers: {
    ApplyAccepted: accepted,
    ChangePrepared: (event, db) => insertSamples(event, db, 'before', (event.data as Data<'ChangePrepared'>).samples_before),
    TentativeCommitApplied: reaches('TENTATIVE'), KpisObserved: observed, ChangeConfirmed: reaches('CONFIRMED'), ChangeRolledBack: reaches('ROLLED_BACK'),
    ApplyRefused: reaches('REFUSED'), ApplyFailed: reaches('FAILED'), RollbackFailed: reaches('ROLLBACK_FAILED'),
  },
});
