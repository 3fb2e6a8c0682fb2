import type { Actor } from '@interlock/contracts';

/**
 * One person in one tenant. Deleting the row deletes the key, so texts sealed with it can never be
 * opened.
 */
export type PersonRow = {
  readonly tenant_id: string;
  readonly person_id: string;
  /** The code that the person is found by, under the master key `key_id`. */
  readonly subject_mac: Buffer;
  /** The token's subject, sealed with the person's own key. */
  readonly subject: string;
  readonly key_id: string;
  /** The person's data key, wrapped with the master key. */
  readonly wrapped_key: Buffer;
  readonly created_at: string;
  /**
   * The codes that people with the same name are found by, one for each form of it (`nameKeys`),
   * under the same master key. Null until an older row is named.
   */
  readonly name_macs: Buffer[] | null;
  /**
   * The `person_id` of the first person in the tenant whose name reads the same; the person's own
   * if they are the first.
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
 * The storage of people. The in-memory twin is for tests that need no database. Every method but
 * the first throws if the database is away.
 */
export interface PeopleTable {
  /** Creates the tables if `migrate` is true; throws `database-unavailable` if they are missing. */
  prepare(migrate: boolean): Promise<void>;
  /** The master keys that rows are wrapped with. */
  keyIds(): Promise<readonly string[]>;
  /** The newest people of all tenants. */
  newest(limit: number): Promise<readonly PersonRow[]>;
  /** Finds a person by any of these codes, one for each master key. */
  bySubject(tenantId: string, macs: readonly Buffer[]): Promise<PersonRow | undefined>;
  byIds(tenantId: string, personIds: readonly string[]): Promise<readonly PersonRow[]>;
  /**
   * Adds a person unless one exists under any of these codes. Returns the existing or new person,
   * with the namesake that any of the names has. Durable when it resolves.
   */
  add(row: PersonRow, macs: readonly Buffer[], nameMacs: readonly Buffer[]): Promise<PersonRow>;
  /** Rows written before people had names, oldest first. */
  unnamed(limit: number): Promise<readonly PersonRow[]>;
  /**
   * Gives such a row the codes `own` and finds its namesake by any of `nameMacs`. A row that has a
   * name keeps it.
   */
  name(row: PersonRow, own: Buffer[], nameMacs: readonly Buffer[]): Promise<void>;
  /** A tenant's people by id, after the given one. */
  page(tenantId: string, after: string | null, limit: number): Promise<readonly PersonRow[]>;
  /**
   * Deletes the row and records the erasure, both or neither, durably. Returns false if there is no
   * such person.
   */
  erase(tenantId: string, personId: string, by: Actor, at: string): Promise<boolean>;
  /** Erasures that are not settled, oldest first. */
  unsettled(): Promise<readonly Erasure[]>;
  /** Marks an erasure whose event is in the log. */
  settle(tenantId: string, personId: string): Promise<void>;
}
