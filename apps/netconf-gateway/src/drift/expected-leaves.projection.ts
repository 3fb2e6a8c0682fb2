import { actionOfTx, parseStream, type LeafChange } from '@interlock/contracts';
import { positionText, type RecordedEvent } from '@interlock/kernel';
import {
  leavesAdoptedBy,
  leavesLeftBy,
  preparedAfter,
  type DeviceEvent,
  type DeviceTxEvent,
} from '@interlock/network';
import { defineProjection, heldRows, perBatch, upsertRows, type ProjectedEvent } from '@interlock/postgres';
import type { Transaction } from 'kysely';
import { expectedLeavesTables } from '../migrations/0001-expected-leaves.js';

type PreparedTable = {
  tenant_id: string;
  tx_id: string;
  device_id: string;
  binding: string;
  changes: readonly LeafChange[];
};
type ExpectedTable = {
  tenant_id: string;
  device_id: string;
  path: string;
  binding: string;
  value: string | null;
  action_id: string;
  position: string;
};
export type ExpectedDatabase = { prepared_changes: PreparedTable; expected_leaves: ExpectedTable };

type Db = Transaction<ExpectedDatabase>;
type TxEvent = Extract<
  DeviceTxEvent,
  {
    readonly type:
      | 'TurnAccepted'
      | 'ApplyAccepted'
      | 'ChangePrepared'
      | 'ChangeConfirmed'
      | 'ChangeRolledBack'
      | 'RollbackFailed';
  }
>;
type Followed = TxEvent | Extract<DeviceEvent, { readonly type: 'DeviceRemoved' | 'DeviceDriftAdopted' }>;
type Of<Type extends Followed['type']> = ProjectedEvent<Extract<Followed, { readonly type: Type }>>;

const prepared = heldRows<ExpectedDatabase, PreparedTable>('prepared_changes', ['tenant_id', 'tx_id']);
/** The writes of a batch, in order. Removing a device removes its leaves. */
const writes = perBatch<
  ExpectedDatabase,
  (
    | { readonly kind: 'leaf'; readonly row: ExpectedTable; readonly is_taken_back: boolean }
    | { readonly kind: 'removed'; readonly tenant_id: string; readonly device_id: string }
  )[]
>(() => []);

const keyOf = (event: RecordedEvent): { readonly tenant_id: string; readonly tx_id: string } => {
  const stream = parseStream(event.stream)!;
  return { tenant_id: stream.tenant, tx_id: stream.id };
};

/** Keeps the transaction's prepared changes, which its later events refer to. */
const prepare = (event: Of<'TurnAccepted' | 'ApplyAccepted' | 'ChangePrepared'>, db: Db): void => {
  const key = keyOf(event);
  const next = preparedAfter(prepared.get(db, key), event);
  if (next !== undefined) prepared.put(db, { ...key, ...next });
};

/** Writes the values that the transaction left: those from before or from after its changes. */
const left = (event: Of<'ChangeConfirmed' | 'ChangeRolledBack' | 'RollbackFailed'>, db: Db): void => {
  const key = keyOf(event);
  const row = prepared.get(db, key);
  for (const { is_taken_back, ...leaf } of leavesLeftBy(event, row))
    writes(db).push({
      kind: 'leaf',
      is_taken_back,
      row: {
        ...leaf,
        tenant_id: key.tenant_id,
        device_id: row!.device_id,
        action_id: actionOfTx(key.tx_id),
        position: positionText(event.position),
      },
    });
};

const adopted = (event: Of<'DeviceDriftAdopted'>, db: Db): void => {
  const { tenant_id } = keyOf(event);
  const { device_id } = event.data;
  const position = positionText(event.position);
  for (const leaf of leavesAdoptedBy(event))
    writes(db).push({
      kind: 'leaf',
      is_taken_back: false,
      row: { ...leaf, tenant_id, device_id, position },
    });
};

/**
 * Returns true if an earlier action has set a value of the leaf, which stays expected. The leaf's
 * position moves, as with every transaction that touches it.
 */
const isKept = async (
  db: Db,
  { tenant_id, device_id, binding, path, action_id, position }: ExpectedTable,
): Promise<boolean> => {
  const { numUpdatedRows } = await db
    .updateTable('expected_leaves')
    .set({ position })
    .where('tenant_id', '=', tenant_id)
    .where('device_id', '=', device_id)
    .where('binding', '=', binding)
    .where('path', '=', path)
    .where('action_id', '!=', action_id)
    .executeTakeFirstOrThrow();
  return numUpdatedRows > 0n;
};

const flush = async (db: Db): Promise<void> => {
  await prepared.flush(db);
  let rows = new Map<string, ExpectedTable>();
  const write = async (): Promise<void> => {
    await upsertRows(
      db,
      'expected_leaves',
      ['tenant_id', 'device_id', 'binding', 'path'],
      [...rows.values()],
    );
    rows = new Map();
  };
  for (const one of writes(db)) {
    if (one.kind === 'leaf') {
      if (one.is_taken_back) {
        await write();
        if (await isKept(db, one.row)) continue;
      }
      const { tenant_id, device_id, binding, path } = one.row;
      rows.set(JSON.stringify([tenant_id, device_id, binding, path]), one.row);
    } else {
      await write();
      await db
        .deleteFrom('expected_leaves')
        .where('tenant_id', '=', one.tenant_id)
        .where('device_id', '=', one.device_id)
        .execute();
    }
  }
  await write();
};

/**
 * The value that Interlock expects of each leaf that it changed. It is the value that the last
 * transaction left, or one found on the device that a person adopted.
 */
export const expectedLeavesProjection = defineProjection<ExpectedDatabase, Followed>({
  name: 'expected_leaves',
  version: 1,
  prefixes: ['device_tx-', 'device-'],
  migrations: [expectedLeavesTables],
  load: (events, db) =>
    prepared.load(
      db,
      events.filter(({ stream }) => parseStream(stream)?.category === 'device_tx').map(keyOf),
    ),
  handlers: {
    TurnAccepted: prepare,
    ApplyAccepted: prepare,
    ChangePrepared: prepare,
    ChangeConfirmed: left,
    ChangeRolledBack: (event, db) => {
      left(event, db);
      prepared.remove(db, keyOf(event));
    },
    RollbackFailed: left,
    DeviceDriftAdopted: adopted,
    DeviceRemoved: (event, db) => {
      const { tenant_id } = keyOf(event);
      writes(db).push({ kind: 'removed', tenant_id, device_id: event.data.device_id });
    },
  },
  flush,
});
