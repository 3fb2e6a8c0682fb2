import { cosignedNote, parseCheckpoint, parseNote, type Checkpoint } from '@interlock/tree';
import type { Transaction } from 'kysely';
import { mostWitnesses } from '../mirrors/witness-mirror.js';
import type { CheckpointRow, TreeDatabase } from '../tree/tables.js';

type Db = Transaction<TreeDatabase>;
/** A signed checkpoint with the cosignatures so far. */
export type Signed = {
  readonly size: number;
  readonly root: string;
  readonly checkpoint: Checkpoint;
  readonly position: string;
  readonly publishedAt: Date;
  readonly logNote: string;
  readonly note: string;
  readonly witnesses: readonly string[];
};

/** Returns the checkpoint of a size, or the latest if the size is null. Null if there is none. */
export const signedAt = async (db: Db, size: number | null): Promise<Signed | null> => {
  const query = db.selectFrom('checkpoints').selectAll();
  const row = await (
    size === null ? query.orderBy('size', 'desc').limit(1) : query.where('size', '=', size)
  ).executeTakeFirst();
  return row === undefined ? null : ((await signedOf(db, [row]))[0] ?? null);
};

/** Converts rows of checkpoints and adds their cosignatures. */
export const signedOf = async (db: Db, rows: readonly CheckpointRow[]): Promise<readonly Signed[]> => {
  if (rows.length === 0) return [];
  const all = await db
    .selectFrom('cosignatures')
    .select(['size', 'witness', 'line'])
    .where(
      'size',
      'in',
      rows.map(({ size }) => size),
    )
    .orderBy('witness')
    .execute();
  return rows.map(({ size, root, position, note, published_at }) => {
    const cosigned = all.filter((one) => Number(one.size) === Number(size)).slice(0, mostWitnesses);
    return {
      size: Number(size),
      root,
      checkpoint: parseCheckpoint(parseNote(note)!.text)!,
      position,
      publishedAt: new Date(published_at),
      logNote: note,
      note: cosignedNote(
        note,
        cosigned.map(({ line }) => line),
      ),
      witnesses: cosigned.map(({ witness }) => witness),
    };
  });
};
