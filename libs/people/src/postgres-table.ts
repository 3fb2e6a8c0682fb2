import { createHash } from 'node:crypto';
import type { Actor } from '@interlock/contracts';
import { ProblemError } from '@interlock/kernel';
import { allTenants, iso, pendingMigrations, runMigrations, withTenant } from '@interlock/postgres';
import { Kysely, PostgresDialect, sql, type Transaction } from 'kysely';
import type { Pool } from 'pg';

import { peopleMigrations, peopleSchema } from './migrations.js';
import type { Erasure, PeopleTable, PersonRow } from './table.js';

type People = Omit<PersonRow, 'created_at' | 'namesake_id'> & {
  readonly created_at: string | Date;
  readonly namesake_id: string | null;
};
type Erasures = {
  readonly tenant_id: string;
  readonly person_id: string;
  readonly erased_by: string | Actor;
  readonly erased_at: string | Date;
};
/** The tables as kysely types. */
export type PeopleDatabase = { people: People; erasures: Erasures };
type Db = Transaction<PeopleDatabase>;

const rowOf = (row: People): PersonRow => ({
  ...row,
  created_at: iso(row.created_at),
  namesake_id: row.namesake_id ?? row.person_id,
});

/** Creates the tables or migrates them; for `interlock migrate`. */
export const migratePeople = (pool: Pool): Promise<readonly string[]> =>
  runMigrations(pool, peopleSchema, peopleMigrations);

export const peopleDatabase = (pool: Pool): Kysely<PeopleDatabase> =>
  new Kysely<PeopleDatabase>({ dialect: new PostgresDialect({ pool }) }).withSchema(peopleSchema);

/**
 * The number of the lock under which one person is created per subject, with any master key. It is
 * never stored.
 */
const subjectLock = (tenantId: string, macs: readonly Buffer[]): readonly string[] =>
  macs
    .map((mac) => createHash('sha256').update(tenantId).update(mac).digest().readBigInt64BE(0).toString())
    .sort();

/**
 * INVARIANT: a person is on disk before an event names them, and an erasure is permanent, whatever
 * the server's setting for read models.
 */
const durably = async (db: Db): Promise<void> => {
  await sql`set local synchronous_commit = on`.execute(db);
};

/**
 * Waits for others that create a person with the same subject or name. Locks are taken in one
 * order, so two callers never deadlock.
 */
const locked = async (db: Db, tenantId: string, macs: readonly Buffer[]): Promise<void> => {
  for (const lock of subjectLock(tenantId, macs))
    await sql`select pg_advisory_xact_lock(${lock}::bigint)`.execute(db);
};

class PostgresPeopleTable implements PeopleTable {
  readonly #db: Kysely<PeopleDatabase>;

  constructor(private readonly pool: Pool) {
    this.#db = peopleDatabase(pool);
  }

  async prepare(migrate: boolean): Promise<void> {
    if (migrate) await migratePeople(this.pool);
    const pending = await pendingMigrations(this.pool, peopleSchema, peopleMigrations);
    if (pending.length > 0)
      throw new ProblemError('database-unavailable', `the people's tables lack ${pending.length} steps`, {
        remedy: 'run `interlock migrate`',
      });
  }

  keyIds(): Promise<readonly string[]> {
    return withTenant(this.#db, allTenants, async (db) =>
      (await db.selectFrom('people').select('key_id').distinct().execute()).map(({ key_id }) => key_id),
    );
  }

  newest(limit: number): Promise<readonly PersonRow[]> {
    return withTenant(this.#db, allTenants, async (db) =>
      (await db.selectFrom('people').selectAll().orderBy('created_at', 'desc').limit(limit).execute()).map(
        rowOf,
      ),
    );
  }

  bySubject(tenantId: string, macs: readonly Buffer[]): Promise<PersonRow | undefined> {
    return withTenant(this.#db, tenantId, (db) => this.#find(db, tenantId, macs));
  }

  byIds(tenantId: string, personIds: readonly string[]): Promise<readonly PersonRow[]> {
    return withTenant(this.#db, tenantId, async (db) =>
      (
        await db
          .selectFrom('people')
          .selectAll()
          .where('tenant_id', '=', tenantId)
          .where('person_id', 'in', [...personIds])
          .execute()
      ).map(rowOf),
    );
  }

  add(row: PersonRow, macs: readonly Buffer[], nameMacs: readonly Buffer[]): Promise<PersonRow> {
    return withTenant(this.#db, row.tenant_id, async (db) => {
      await durably(db);
      await locked(db, row.tenant_id, [...macs, ...nameMacs]);
      const present = await this.#find(db, row.tenant_id, macs);
      if (present !== undefined) return present;
      const added = {
        ...row,
        namesake_id: (await this.#namesake(db, row.tenant_id, nameMacs)) ?? row.namesake_id,
      };
      await db.insertInto('people').values(added).execute();
      return added;
    });
  }

  unnamed(limit: number): Promise<readonly PersonRow[]> {
    return withTenant(this.#db, allTenants, async (db) =>
      (
        await db
          .selectFrom('people')
          .selectAll()
          .where('name_macs', 'is', null)
          .orderBy('created_at')
          .orderBy('person_id')
          .limit(limit)
          .execute()
      ).map(rowOf),
    );
  }

  async name({ tenant_id, person_id }: PersonRow, own: Buffer[], nameMacs: readonly Buffer[]): Promise<void> {
    await withTenant(this.#db, tenant_id, async (db) => {
      await durably(db);
      await locked(db, tenant_id, nameMacs);
      const namesake_id = (await this.#namesake(db, tenant_id, nameMacs)) ?? person_id;
      await db
        .updateTable('people')
        .set({ name_macs: own, namesake_id })
        .where('tenant_id', '=', tenant_id)
        .where('person_id', '=', person_id)
        .where('name_macs', 'is', null)
        .execute();
    });
  }

  page(tenantId: string, after: string | null, limit: number): Promise<readonly PersonRow[]> {
    return withTenant(this.#db, tenantId, async (db) => {
      const all = db.selectFrom('people').selectAll().where('tenant_id', '=', tenantId);
      return (
        await (after === null ? all : all.where('person_id', '>', after))
          .orderBy('person_id')
          .limit(limit)
          .execute()
      ).map(rowOf);
    });
  }

  erase(tenantId: string, personId: string, by: Actor, at: string): Promise<boolean> {
    return withTenant(this.#db, tenantId, async (db) => {
      await durably(db);
      const { numDeletedRows } = await db
        .deleteFrom('people')
        .where('tenant_id', '=', tenantId)
        .where('person_id', '=', personId)
        .executeTakeFirst();
      if (numDeletedRows === 0n) return false;
      await db
        .insertInto('erasures')
        .values({ tenant_id: tenantId, person_id: personId, erased_by: JSON.stringify(by), erased_at: at })
        .execute();
      return true;
    });
  }

  unsettled(): Promise<readonly Erasure[]> {
    return withTenant(this.#db, allTenants, async (db) =>
      (await db.selectFrom('erasures').selectAll().orderBy('erased_at').limit(1000).execute()).map((row) => ({
        ...row,
        erased_by: row.erased_by as Actor,
        erased_at: iso(row.erased_at),
      })),
    );
  }

  async settle(tenantId: string, personId: string): Promise<void> {
    await withTenant(this.#db, tenantId, (db) =>
      db.deleteFrom('erasures').where('tenant_id', '=', tenantId).where('person_id', '=', personId).execute(),
    );
  }

  async #namesake(db: Db, tenantId: string, nameMacs: readonly Buffer[]): Promise<string | undefined> {
    const row = await db
      .selectFrom('people')
      .selectAll()
      .where('tenant_id', '=', tenantId)
      .where(sql<boolean>`name_macs && ${[...nameMacs]}::bytea[]`)
      .orderBy('created_at')
      .orderBy('person_id')
      .limit(1)
      .executeTakeFirst();
    return row === undefined ? undefined : rowOf(row).namesake_id;
  }

  async #find(db: Db, tenantId: string, macs: readonly Buffer[]): Promise<PersonRow | undefined> {
    const row = await db
      .selectFrom('people')
      .selectAll()
      .where('tenant_id', '=', tenantId)
      .where('subject_mac', 'in', [...macs])
      .executeTakeFirst();
    return row === undefined ? undefined : rowOf(row);
  }
}

/** People in Postgres, which also separates tenants. The caller owns the pool. */
export const postgresPeopleTable = (pool: Pool): PeopleTable => new PostgresPeopleTable(pool);
