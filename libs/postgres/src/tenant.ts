import { sql, type Kysely, type Transaction } from 'kysely';
import { reading } from './errors.js';

/**
 * The value of `app.tenant_id` that means every tenant: for the service's own writes and its
 * sweeps.
 */
export const allTenants = '_all';

/** Sets the tenant whose rows the transaction's statements see, until it ends. */
export const setTenant = async <DB>(transaction: Transaction<DB>, tenantId: string): Promise<void> => {
  await sql`select set_config('app.tenant_id', ${tenantId}, true)`.execute(transaction);
};

/**
 * Runs reads in a transaction that row-level security limits to one tenant. A lost database is
 * `database-unavailable`.
 */
export const withTenant = <DB, T>(
  db: Kysely<DB>,
  tenantId: string,
  work: (transaction: Transaction<DB>) => Promise<T>,
): Promise<T> =>
  reading(() =>
    db.transaction().execute(async (transaction) => {
      await setTenant(transaction, tenantId);
      return work(transaction);
    }),
  );

/**
 * SQL that limits a table of `${schema}` to the tenant of the session; for migrations. The owner is
 * limited too (FORCE). INVARIANT: frozen, because migrations that have run contain it.
 */
export const tenantBound = (table: string): string => `
alter table \${schema}.${table} enable row level security;
alter table \${schema}.${table} force row level security;
create policy ${table}_tenant on \${schema}.${table}
  using (tenant_id = current_setting('app.tenant_id', true) or current_setting('app.tenant_id', true) = '_all')
  with check (tenant_id = current_setting('app.tenant_id', true) or current_setting('app.tenant_id', true) = '_all');`;
