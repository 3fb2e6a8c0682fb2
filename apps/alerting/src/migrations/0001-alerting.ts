/** Frozen. */
export const alertingTables = {
  name: '0001_alerting',
  sql: ['alerts', 'incidents']
    .map(
      (table) => `
  create table \${schema}.${table} (
    tenant_id text not null, id uuid not null, status text not null, severity text not null, name text not null, title text not null, detail text not null, action_id text, entity_id text, fingerprint text,
    fired int not null default 1, cause jsonb not null, acknowledged_by text, note text, opened_at timestamptz not null, updated_at timestamptz not null, position text not null,
    primary key (tenant_id, id));
  create index ${table}_recent on \${schema}.${table} (tenant_id, opened_at desc, id desc);
  alter table \${schema}.${table} enable row level security;
  alter table \${schema}.${table} force row level security;
  create policy ${table}_tenant on \${schema}.${table}
    using (tenant_id = current_setting('app.tenant_id', true) or current_setting('app.tenant_id', true) = '_all')
    with check (tenant_id = current_setting('app.tenant_id', true) or current_setting('app.tenant_id', true) = '_all');`,
    )
    .join('\n'),
};
