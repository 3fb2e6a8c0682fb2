/** Frozen. One row per evaluation, indexed by the policies that it used. */
export const evaluationsTable = {
  name: '0001_evaluations',
  sql: `create table \${schema}.evaluations (
    tenant_id text not null, evaluation_id uuid not null, at timestamptz not null, recorded_at timestamptz not null, action_id text, agent text not null, action_type text not null, decision text not null,
    confidence double precision not null, explanation text not null, trace_id text not null, bundle_version text, rule_id text, dry_run boolean not null,
    policy_ids text[] not null, matched jsonb not null, input jsonb not null, position text not null,
    primary key (tenant_id, evaluation_id));
  create index evaluations_recent on \${schema}.evaluations (tenant_id, at desc, evaluation_id desc);
  create index evaluations_recorded on \${schema}.evaluations (tenant_id, recorded_at desc, evaluation_id desc);
  create index evaluations_policies on \${schema}.evaluations using gin (policy_ids);
  alter table \${schema}.evaluations enable row level security;
  alter table \${schema}.evaluations force row level security;
  create policy evaluations_tenant on \${schema}.evaluations
    using (tenant_id = current_setting('app.tenant_id', true) or current_setting('app.tenant_id', true) = '_all')
    with check (tenant_id = current_setting('app.tenant_id', true) or current_setting('app.tenant_id', true) = '_all');`,
};
