import type { Transaction } from 'kysely';
import { comparePositions, type Position } from '@interlock/kernel';

/** The number of rows of one table that are kept; small, because some rows are large. */
const mostKept = 500;

/**
 * The rows that one instance last read or wrote. It keeps them from one of its batches to the next,
 * so that frequently changed rows are not read each time. INVARIANT: rows follow from the log
 * alone. So they are valid while the checkpoint, in the same tables, stays where this instance's
 * last batch put it. If another instance or a rebuild moved it, or the batch failed, none is valid.
 */
export class KeptRows {
  readonly #tables = new Map<string, Map<string, object>>();
  #at: Position | null = null;
  #checkpoint = '';

  /** Begins a batch at a stored checkpoint. */
  begin(at: Position | null, checkpoint: string): void {
    const holds =
      this.#checkpoint === checkpoint &&
      at !== null &&
      this.#at !== null &&
      comparePositions(at, this.#at) === 0;
    if (!holds) this.forget();
    this.#checkpoint = checkpoint;
  }

  /** The batch has been committed. */
  committed(at: Position): void {
    this.#at = at;
  }

  forget(): void {
    this.#tables.clear();
    this.#at = null;
  }

  get(table: string, key: string): object | undefined {
    return this.#tables.get(table)?.get(key);
  }

  set(table: string, key: string, row: object | undefined): void {
    const rows = this.#tables.get(table) ?? new Map<string, object>();
    this.#tables.set(table, rows);
    rows.delete(key);
    if (row !== undefined) rows.set(key, row);
    if (rows.size > mostKept) rows.delete(rows.keys().next().value!);
  }
}

const ofTransaction = new WeakMap<object, KeptRows>();

/** Gives a batch's transaction the rows that its instance keeps. */
export const useKept = <DB>(transaction: Transaction<DB>, kept: KeptRows): void => {
  ofTransaction.set(transaction, kept);
};
export const keptOf = <DB>(transaction: Transaction<DB>): KeptRows | undefined =>
  ofTransaction.get(transaction);
