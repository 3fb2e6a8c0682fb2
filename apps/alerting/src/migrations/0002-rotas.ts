/** Frozen. */
export const rotaTables = {
  name: '0002_rotas',
  sql: `
  alter table \${schema}.routes add column critical_to text not null default 'everyone';
  create table \${schema}.rotas (
    tenant_id text not null, rota_id text not null, state jsonb not null, updated_at timestamptz not null, revision text not null,
    primary key (tenant_id, rota_id));
  alter table \${schema}.rotas enable row level security;
  alter table \${schema}.rotas force row level security;
  create policy rotas_tenant on \${schema}.rotas
    using (tenant_id = current_setting('app.tenant_id', true) or current_setting('app.tenant_id', true) = '_all')
    with check (tenant_id = current_setting('app.tenant_id', true) or current_setting('app.tenant_id', true) = '_all');`,
};
