import type { Transaction } from 'kysely';
import { comparePositions, type Position } from '@interlock/kernel';

/** Rows of one table that are kept; few, for some are large. */
const mostKept = 500;

/**
 * The rows that one instance last read or wrote, kept from one of its batches to the next, so that what changes often is not read each time.
 * INVARIANT: rows are made of the log alone, so they hold as long as the checkpoint stands, in the same tables, where this instance's last batch put it; where
 * another instance or a rebuild moved it, or the batch failed, none holds.
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

/** Lets a batch's transaction use what its instance keeps. */
export const useKept = <DB>(transaction: Transaction<DB>, kept: KeptRows): void => {
  ofTransaction.set(transaction, kept);
};
export const keptOf = <DB>(transaction: Transaction<DB>): KeptRows | undefined =>
  ofTransaction.get(transaction);
