/**
 * Frozen. The current rollouts with the counts of their stages. `state` is folded by the decider;
 * `busy` means that something may become due.
 * `counted` holds the actions counted for running stages, `decided` the bundle and stage that
 * decided an action, and `incidents` the open incidents.
 */
export const rolloutsTables = {
  name: '0001_rollouts',
  sql: `create table \${schema}.rollouts (
    tenant_id text not null, scope text not null, state jsonb not null, busy boolean not null, revision numeric(20) not null, position text not null,
    primary key (tenant_id, scope));
  create index rollouts_busy on \${schema}.rollouts (tenant_id, scope) where busy;
  create table \${schema}.stages (
    tenant_id text not null, bundle_id uuid not null, stage text not null, scope text not null, bundle_version text not null, pct int not null, since timestamptz not null, ended timestamptz, counts jsonb not null,
    primary key (tenant_id, bundle_id, stage));
  create index stages_running on \${schema}.stages (tenant_id) where ended is null;
  create table \${schema}.counted (
    tenant_id text not null, action_id text not null, bundle_id uuid not null, stage text not null,
    primary key (tenant_id, action_id));
  create index counted_stage on \${schema}.counted (tenant_id, bundle_id, stage);
  create table \${schema}.decided (
    tenant_id text not null, action_id text not null, bundle_id uuid not null, variant text not null, stage text, failed boolean not null,
    primary key (tenant_id, action_id));
  create table \${schema}.incidents (
    tenant_id text not null, incident_id text not null, severity text not null, action_id text, bundle_id uuid, opened_at timestamptz not null,
    primary key (tenant_id, incident_id));
  ${['rollouts', 'stages', 'counted', 'decided', 'incidents']
    .map(
      (table) => `alter table \${schema}.${table} enable row level security;
  alter table \${schema}.${table} force row level security;
  create policy ${table}_tenant on \${schema}.${table}
    using (tenant_id = current_setting('app.tenant_id', true) or current_setting('app.tenant_id', true) = '_all')
    with check (tenant_id = current_setting('app.tenant_id', true) or current_setting('app.tenant_id', true) = '_all');`,
    )
    .join('\n  ')}`,
};
