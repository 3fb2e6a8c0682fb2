import pg from 'pg';

export type TenantTable = { readonly name: string; readonly bound: boolean };

const withClient = async <T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
};

/**
 * Every table with tenants, whether row-level security binds even its owner, and the rights of the
 * services' role.
 */
export const tenantTables = (
  url: string,
): Promise<{ readonly rows: readonly object[]; readonly tables: readonly TenantTable[] }> =>
  withClient(url, async (client) => {
    const { rows } = await client.query<{ rolsuper: boolean; rolbypassrls: boolean }>(
      'select rolsuper, rolbypassrls from pg_roles where rolname = current_user',
    );
    const { rows: tables } = await client.query<TenantTable>(`
    select format('%I', n.nspname) || '."' || c.relname || '"' as name, c.relrowsecurity and c.relforcerowsecurity as bound
    from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
    where c.relkind in ('r', 'p') and a.attname = 'tenant_id' and not a.attisdropped and not c.relispartition and n.nspname not in ('pg_catalog', 'information_schema') order by 1`);
    return { rows, tables };
  });

/** Every row of every table, of all tenants, as text. */
export const everyRow = (url: string): Promise<string> =>
  withClient(url, async (client) => {
    await client.query("begin; set local app.tenant_id = '_all'");
    const { rows: tables } = await client.query<{ name: string }>(
      "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema') order by 1",
    );
    let text = '';
    for (const { name } of tables) {
      const { rows } = await client.query<{ row: string }>(`select t::text as row from ${name} t`);
      text += `${name}\n${rows.map(({ row }) => row).join('\n')}\n`;
    }
    await client.query('rollback');
    return text;
  });

/** How many rows a statement affects in a tenant's session; the transaction is rolled back. */
export const asTenant = (url: string, tenant: string, statement: string): Promise<number> =>
  withClient(url, async (client) => {
    await client.query('begin');
    await client.query("select set_config('app.tenant_id', $1, true)", [tenant]);
    try {
      return (await client.query(statement)).rowCount ?? 0;
    } finally {
      await client.query('rollback');
    }
  });
