import type { Actor } from '@interlock/contracts';

/** One person in one tenant. Dropping the row drops the key: what was sealed with it is gone. */
export type PersonRow = {
  readonly tenant_id: string;
  readonly person_id: string;
  /** What the person is found by, under the master key `key_id`. */
  readonly subject_mac: Buffer;
  /** The token's subject, sealed with the person's own key. */
  readonly subject: string;
  readonly key_id: string;
  /** The person's data key under the master key. */
  readonly wrapped_key: Buffer;
  readonly created_at: string;
  /**
   * What people of the same name are found by, one for each form of it (`nameKeys`), under the same
   * master key; null until an older row is named.
   */
  readonly name_macs: Buffer[] | null;
  /**
   * The `person_id` of the first in the tenant whose name reads the same; the person's own where
   * nobody was before.
   */
  readonly namesake_id: string;
};

/** An erasure whose event is not in the log yet. */
export type Erasure = {
  readonly tenant_id: string;
  readonly person_id: string;
  readonly erased_by: Actor;
  readonly erased_at: string;
};

/**
 * Where people are kept. The in-memory twin is for tests of what needs no database. Every method
 * but the first throws where the database is away.
 */
export interface PeopleTable {
  /**
   * Makes the tables where `migrate` says so; throws `database-unavailable` where they are not
   * there.
   */
  prepare(migrate: boolean): Promise<void>;
  /** The master keys that any row is under. */
  keyIds(): Promise<readonly string[]>;
  /** The newest, of all tenants. */
  newest(limit: number): Promise<readonly PersonRow[]>;
  /** By any of these, one for each master key. */
  bySubject(tenantId: string, macs: readonly Buffer[]): Promise<PersonRow | undefined>;
  byIds(tenantId: string, personIds: readonly string[]): Promise<readonly PersonRow[]>;
  /**
   * Adds a person unless one is there under any of these; answers who is, with the namesake that
   * any of the names has. Durable when it resolves.
   */
  add(row: PersonRow, macs: readonly Buffer[], nameMacs: readonly Buffer[]): Promise<PersonRow>;
  /** Rows of before there were names, the oldest first. */
  unnamed(limit: number): Promise<readonly PersonRow[]>;
  /**
   * Names such a row by `own`, and finds its namesake by any of `nameMacs`; a row that has a name
   * keeps it.
   */
  name(row: PersonRow, own: Buffer[], nameMacs: readonly Buffer[]): Promise<void>;
  /** A tenant's people by id, after one. */
  page(tenantId: string, after: string | null, limit: number): Promise<readonly PersonRow[]>;
  /** Drops the row and notes the erasure, both or neither, durably; false where there is none. */
  erase(tenantId: string, personId: string, by: Actor, at: string): Promise<boolean>;
  /** Erasures that are not settled, oldest first. */
  unsettled(): Promise<readonly Erasure[]>;
  /** The erasure's event is in the log. */
  settle(tenantId: string, personId: string): Promise<void>;
}
