/**
 * Frozen, of version 1 of the read model `plans`. Its columns are the filters and the order of
 * lists.
 */
export const plansTable = {
  name: '0003_plans',
  sql: `create table \${schema}.plans (
    tenant_id text not null, plan_id uuid not null, submission_id text not null, state text not null, failure_rule text not null, dry_run boolean not null,
    nodes integer not null, submitted_at timestamptz not null, ended_at timestamptz, revision numeric(20) not null,
    primary key (tenant_id, plan_id));
  create index plans_recent on \${schema}.plans (tenant_id, submitted_at desc, plan_id desc);
  alter table \${schema}.plans enable row level security;
  alter table \${schema}.plans force row level security;
  create policy plans_tenant on \${schema}.plans
    using (tenant_id = current_setting('app.tenant_id', true) or current_setting('app.tenant_id', true) = '_all')
    with check (tenant_id = current_setting('app.tenant_id', true) or current_setting('app.tenant_id', true) = '_all');`,
};
