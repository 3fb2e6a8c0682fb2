/** Frozen. */
export const webhookTables = {
  name: '0004_webhooks',
  sql: `
  create table \${schema}.webhooks (
    tenant_id text not null, channel_id text not null, owner text not null, requesters jsonb not null, settings jsonb not null, stopped text,
    created_at timestamptz not null,
    primary key (tenant_id, channel_id));
  create index webhooks_owner on \${schema}.webhooks (tenant_id, owner);
  alter table \${schema}.webhooks enable row level security;
  alter table \${schema}.webhooks force row level security;
  create policy webhooks_tenant on \${schema}.webhooks
    using (tenant_id = current_setting('app.tenant_id', true) or current_setting('app.tenant_id', true) = '_all')
    with check (tenant_id = current_setting('app.tenant_id', true) or current_setting('app.tenant_id', true) = '_all');`,
};
