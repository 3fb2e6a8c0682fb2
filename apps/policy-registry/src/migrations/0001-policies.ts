/** Frozen. The current policies and all their versions. */
export const policiesTables = {
  name: '0001_policies',
  sql: `create table \${schema}.policies (
    tenant_id text not null, policy_id text not null, status text not null, detail jsonb not null, created_at timestamptz not null, created_by text not null,
    updated_at timestamptz not null, updated_by text not null, revision numeric(20) not null, position text not null,
    primary key (tenant_id, policy_id));
  create index policies_recent on \${schema}.policies (tenant_id, created_at desc, policy_id desc);
  create table \${schema}.policy_versions (
    tenant_id text not null, policy_id text not null, version int not null, detail jsonb not null, changed jsonb not null, restored_version int, made_at timestamptz not null, made_by text not null,
    primary key (tenant_id, policy_id, version));
  alter table \${schema}.policies enable row level security;
  alter table \${schema}.policies force row level security;
  create policy policies_tenant on \${schema}.policies
    using (tenant_id = current_setting('app.tenant_id', true) or current_setting('app.tenant_id', true) = '_all')
    with check (tenant_id = current_setting('app.tenant_id', true) or current_setting('app.tenant_id', true) = '_all');
  alter table \${schema}.policy_versions enable row level security;
  alter table \${schema}.policy_versions force row level security;
  create policy policy_versions_tenant on \${schema}.policy_versions
    using (tenant_id = current_setting('app.tenant_id', true) or current_setting('app.tenant_id', true) = '_all')
    with check (tenant_id = current_setting('app.tenant_id', true) or current_setting('app.tenant_id', true) = '_all');`,
};
