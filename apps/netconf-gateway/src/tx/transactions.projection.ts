import {
  parseStream,
  type KpiSample,
  type Observation,
  type Reason,
  type TxState,
} from '@interlock/contracts';
import { positionText, type RecordedEvent } from '@interlock/kernel';
import type { DeviceTxEvent } from '@interlock/network';
import { defineProjection, heldRows, insertRows, perBatch, type ProjectedEvent } from '@interlock/postgres';
import { sql, type Transaction } from 'kysely';
import { transactionTables } from '../migrations/0001-transactions.js';

export type TransactionTable = {
  tenant_id: string;
  tx_id: string;
  device_id: string;
  entity_id: string;
  action_type: string;
  state: TxState;
  reasons: readonly Reason[];
  observation: Observation | null;
  accepted_at: string | Date;
  updated_at: string | Date;
  position: string;
};
/** One reading of one entity, taken before the edit or during the soak. */
export type KpiSampleTable = {
  tenant_id: string;
  tx_id: string;
  entity_id: string;
  moment: 'before' | 'soak';
  at: string | Date;
  kpis: KpiSample['kpis'];
};
export type GatewayDatabase = { transactions: TransactionTable; kpi_samples: KpiSampleTable };

type Handler<Event extends DeviceTxEvent = DeviceTxEvent> = (
  event: ProjectedEvent<Event>,
  db: Transaction<GatewayDatabase>,
) => void;
type Of<Type extends DeviceTxEvent['type']> = Extract<DeviceTxEvent, { readonly type: Type }>;

const rows = heldRows<GatewayDatabase, TransactionTable>('transactions', ['tenant_id', 'tx_id']);
const samples = perBatch<GatewayDatabase, KpiSampleTable[]>(() => []);

const keyOf = (event: RecordedEvent): { readonly tenant_id: string; readonly tx_id: string } => {
  const stream = parseStream(event.stream)!;
  return { tenant_id: stream.tenant, tx_id: stream.id };
};
const moved = (event: RecordedEvent): { readonly updated_at: string; readonly position: string } => ({
  updated_at: event.metadata.occurred_at,
  position: positionText(event.position),
});

const reaches =
  (state: TxState): Handler =>
  (event, db) => {
    const row = rows.get(db, keyOf(event));
    if (row === undefined) return;
    const reasons = 'reasons' in event.data ? event.data.reasons : [];
    rows.put(db, { ...row, state, ...moved(event), reasons: [...row.reasons, ...reasons] });
  };

const keep = (
  event: RecordedEvent,
  db: Transaction<GatewayDatabase>,
  moment: 'before' | 'soak',
  taken: readonly KpiSample[],
): void => {
  const key = keyOf(event);
  for (const { at, entity_id, kpis } of taken) samples(db).push({ ...key, entity_id, moment, at, kpis });
};

const accepted =
  (state: TxState): Handler<Of<'ApplyAccepted' | 'TurnAccepted'>> =>
  (event, db) => {
    const row = rows.get(db, keyOf(event));
    if (row !== undefined) {
      rows.put(db, { ...row, state, ...moved(event) });
      return;
    }
    const { device_id, entity_id, action_type } = event.data;
    rows.put(db, {
      ...keyOf(event),
      device_id,
      entity_id,
      action_type,
      state,
      reasons: [],
      observation: null,
      accepted_at: event.metadata.occurred_at,
      ...moved(event),
    });
  };

const observed: Handler<Of<'KpisObserved'>> = (event, db) => {
  const { observation, samples: taken } = event.data;
  keep(event, db, 'soak', taken);
  const row = rows.get(db, keyOf(event));
  if (row !== undefined) rows.put(db, { ...row, state: 'OBSERVED', observation, ...moved(event) });
};

const flush = async (db: Transaction<GatewayDatabase>): Promise<void> => {
  await rows.flush(db);
  const taken = samples(db);
  const days = [...new Set(taken.map(({ at }) => new Date(at).toISOString().slice(0, 10)))];
  if (days.length > 0)
    await sql`select make_kpi_partition(day) from unnest(${days}::date[]) as days (day)`.execute(db);
  await insertRows(db, 'kpi_samples', taken);
};

/** The state of device transactions, and the KPIs before and after each. */
export const transactionsProjection = defineProjection<GatewayDatabase, DeviceTxEvent>({
  name: 'transactions',
  version: 3,
  prefixes: ['device_tx-'],
  migrations: [transactionTables],
  retained: [
    {
      kind: 'kpis',
      table: 'kpi_samples',
      at: 'at',
      key: ['tenant_id', 'tx_id', 'entity_id', 'at'],
      ended: `exists (select from \${schema}.transactions x where x.tenant_id = t.tenant_id and x.tx_id = t.tx_id
        and x.state in ('STALE', 'CONFIRMED', 'ROLLED_BACK', 'REFUSED', 'FAILED'))`,
      byDay: true,
    },
  ],
  load: (events, db) => rows.load(db, events.map(keyOf)),
  handlers: {
    TurnAccepted: accepted('QUEUED'),
    TurnTaken: reaches('READY'),
    TurnLapsed: reaches('STALE'),
    ApplyAccepted: accepted('PREPARING'),
    ChangePrepared: (event, db) => keep(event, db, 'before', event.data.samples_before),
    TentativeCommitApplied: reaches('TENTATIVE'),
    KpisObserved: observed,
    ChangeConfirmed: reaches('CONFIRMED'),
    ChangeRolledBack: reaches('ROLLED_BACK'),
    ApplyRefused: reaches('REFUSED'),
    ApplyFailed: reaches('FAILED'),
    RollbackFailed: reaches('ROLLBACK_FAILED'),
  },
  flush,
});
