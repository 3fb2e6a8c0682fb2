import { sealKeysOf, type SealKeys } from './sealing.js';
import { unwrapKey, type MasterKeys } from './master-keys.js';
import type { PersonRow } from './table.js';

/** A row as it was read, or null if there was none; `at` in the clock's milliseconds. */
export type CachedPerson = { readonly row: PersonRow | null; readonly at: number; keys?: SealKeys };

/**
 * This process's memory of people, by subject code and by id. The least recently used are dropped
 * first.
 */
export class KnownPeople {
  readonly #bySubject = new Map<string, CachedPerson>();
  readonly #byId = new Map<string, CachedPerson>();

  constructor(
    private readonly masters: MasterKeys,
    private readonly most: number,
  ) {}

  bySubject(mac: Buffer): CachedPerson | undefined {
    return this.#used(this.#bySubject, mac.toString('hex'));
  }

  byId(tenantId: string, personId: string): CachedPerson | undefined {
    return this.#used(this.#byId, `${tenantId}\n${personId}`);
  }

  /**
   * INVARIANT: a row that was read before an erasure became known is returned to its reader and not
   * kept, so it brings nobody back.
   */
  remember(row: PersonRow, at: number): CachedPerson {
    const before = this.#byId.get(`${row.tenant_id}\n${row.person_id}`);
    if (before?.row === null && before.at >= at) return { row, at };
    const known: CachedPerson = { row, at, ...(before?.keys === undefined ? {} : { keys: before.keys }) };
    this.#keep(this.#byId, `${row.tenant_id}\n${row.person_id}`, known);
    this.#keep(this.#bySubject, row.subject_mac.toString('hex'), known);
    return known;
  }

  /** The person does not exist (any more), so their keys are forgotten too. */
  rememberGone(tenantId: string, personId: string, at: number): CachedPerson {
    this.forget(tenantId, personId);
    const known: CachedPerson = { row: null, at };
    this.#keep(this.#byId, `${tenantId}\n${personId}`, known);
    return known;
  }

  forget(tenantId: string, personId: string): void {
    const row = this.#byId.get(`${tenantId}\n${personId}`)?.row;
    this.#byId.delete(`${tenantId}\n${personId}`);
    if (row !== null && row !== undefined) this.#bySubject.delete(row.subject_mac.toString('hex'));
  }

  forgetSubject(mac: Buffer): void {
    const row = this.#bySubject.get(mac.toString('hex'))?.row;
    this.#bySubject.delete(mac.toString('hex'));
    if (row !== null && row !== undefined) this.#byId.delete(`${row.tenant_id}\n${row.person_id}`);
  }

  /**
   * Derived at first use, so preloading many people costs no cryptography. Throws `internal-error`
   * if the row does not open.
   */
  keysOf(known: CachedPerson & { readonly row: PersonRow }): SealKeys {
    known.keys ??= sealKeysOf(unwrapKey(this.masters, known.row));
    return known.keys;
  }

  #used(map: Map<string, CachedPerson>, key: string): CachedPerson | undefined {
    const known = map.get(key);
    if (known !== undefined) this.#keep(map, key, known);
    return known;
  }

  #keep(map: Map<string, CachedPerson>, key: string, known: CachedPerson): void {
    map.delete(key);
    map.set(key, known);
    if (map.size > this.most) map.delete(map.keys().next().value!);
  }
}
