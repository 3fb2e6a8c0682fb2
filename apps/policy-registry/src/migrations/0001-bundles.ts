/**
 * Frozen. The current bundles. `detail` is the folded state of the bundle's own stream; the rest
 * comes from the rollout.
 */
export const bundlesTable = {
  name: '0001_bundles',
  sql: `create table \${schema}.bundles (
    tenant_id text not null, bundle_id uuid not null, version text not null, status text not null, active boolean not null, canary_pct int not null,
    activated_at timestamptz, activated_by text, approval_id text, detail jsonb not null, created_at timestamptz not null, updated_at timestamptz not null,
    revision numeric(20) not null, position text not null,
    primary key (tenant_id, bundle_id));
  create unique index bundles_version on \${schema}.bundles (tenant_id, version);
  create unique index bundles_active on \${schema}.bundles (tenant_id) where active;
  create index bundles_recent on \${schema}.bundles (tenant_id, created_at desc, bundle_id desc);
  alter table \${schema}.bundles enable row level security;
  alter table \${schema}.bundles force row level security;
  create policy bundles_tenant on \${schema}.bundles
    using (tenant_id = current_setting('app.tenant_id', true) or current_setting('app.tenant_id', true) = '_all')
    with check (tenant_id = current_setting('app.tenant_id', true) or current_setting('app.tenant_id', true) = '_all');`,
};
