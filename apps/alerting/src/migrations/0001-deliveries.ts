const bound = (table: string): string => `
  alter table \${schema}.${table} enable row level security;
  alter table \${schema}.${table} force row level security;
  create policy ${table}_tenant on \${schema}.${table}
    using (tenant_id = current_setting('app.tenant_id', true) or current_setting('app.tenant_id', true) = '_all')
    with check (tenant_id = current_setting('app.tenant_id', true) or current_setting('app.tenant_id', true) = '_all');`;

/**
 * Frozen. `_claims` belongs to the worker and is not in the log: who works on what, and when the
 * next attempt is due.
 */
export const deliveriesTables = {
  name: '0001_deliveries',
  sql: `
  create table \${schema}.channels (
    tenant_id text not null, channel_id text not null, settings jsonb not null, updated_at timestamptz not null, revision text not null,
    primary key (tenant_id, channel_id));
  create table \${schema}.routes (
    tenant_id text not null primary key, routes jsonb not null, updated_at timestamptz not null, revision text not null);
  create table \${schema}.watched (
    tenant_id text not null, alert_id text not null, alert jsonb not null,
    primary key (tenant_id, alert_id));
  create table \${schema}.deliveries (
    tenant_id text not null, channel_id text not null, dedup_key text not null, alert_id text not null, episode int not null, what text not null, route text not null,
    notice jsonb not null, state text not null, created_at timestamptz not null, due_at timestamptz not null, ended_at timestamptz, attempts int, detail text, reference text,
    place text not null,
    primary key (tenant_id, channel_id, dedup_key));
  create index deliveries_due on \${schema}.deliveries (due_at) where state = 'pending';
  create index deliveries_alert on \${schema}.deliveries (tenant_id, alert_id, channel_id);
  create index deliveries_recent on \${schema}.deliveries (tenant_id, created_at desc, channel_id desc, dedup_key desc);
  create table \${schema}.escalations (
    tenant_id text not null, alert_id text not null, episode int not null, from_route text not null, to_route text not null, due_at timestamptz not null,
    primary key (tenant_id, alert_id, episode, from_route));
  create index escalations_due on \${schema}.escalations (due_at);
  create table \${schema}._claims (
    tenant_id text not null, channel_id text not null, dedup_key text not null, attempts int not null default 0, first_at timestamptz not null, next_at timestamptz not null,
    claimed_until timestamptz, claimed_by text, last_detail text,
    primary key (tenant_id, channel_id, dedup_key));
${['channels', 'routes', 'watched', 'deliveries', 'escalations', '_claims'].map(bound).join('\n')}`,
};
