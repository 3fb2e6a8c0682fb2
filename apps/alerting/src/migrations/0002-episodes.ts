/** Frozen. */
export const episodeTables = {
  name: '0002_episodes',
  sql: `
  alter table \${schema}.alerts
    add column episode int not null default 1,
    add column evidence jsonb,
    add column runbook text,
    add column manual_intervention_required boolean not null default false,
    add column silenced_until timestamptz,
    add column silenced_by text;
  alter table \${schema}.incidents add column links jsonb not null default '[]', add column stands boolean not null default false;
  create table \${schema}.happenings (
    tenant_id text not null, id uuid not null, revision bigint not null, position text not null, event_id text not null, type text not null, at timestamptz not null,
    actor text not null, severity text, text text,
    primary key (tenant_id, id, revision));
  alter table \${schema}.happenings enable row level security;
  alter table \${schema}.happenings force row level security;
  create policy happenings_tenant on \${schema}.happenings
    using (tenant_id = current_setting('app.tenant_id', true) or current_setting('app.tenant_id', true) = '_all')
    with check (tenant_id = current_setting('app.tenant_id', true) or current_setting('app.tenant_id', true) = '_all');`,
};
