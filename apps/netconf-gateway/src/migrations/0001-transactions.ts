export const bound = (table: string): string => `
alter table \${schema}.${table} enable row level security;
alter table \${schema}.${table} force row level security;
create policy ${table}_tenant on \${schema}.${table}
  using (tenant_id = current_setting('app.tenant_id', true) or current_setting('app.tenant_id', true) = '_all')
  with check (tenant_id = current_setting('app.tenant_id', true) or current_setting('app.tenant_id', true) = '_all');`;

/**
 * Frozen at version 2. A row of `kpi_samples` is one reading of one entity, with all its KPIs. Rows
 * are range-partitioned by day. The partition of a day is created with its first sample, in the
 * schema of the batch that calls the function, whatever its current name. The tenant's row security
 * applies to partitions too.
 */
export const transactionTables = {
  name: '0001_transactions',
  sql: `
create table \${schema}.transactions (
  tenant_id text not null, tx_id text not null, device_id text not null, entity_id text not null, action_type text not null, state text not null, reasons jsonb not null default '[]',
  observation jsonb, accepted_at timestamptz not null, updated_at timestamptz not null, position text not null, primary key (tenant_id, tx_id));
create index transactions_of_device on \${schema}.transactions (tenant_id, device_id, accepted_at desc, tx_id desc);
${bound('transactions')}
create table \${schema}.kpi_samples (
  tenant_id text not null, tx_id text not null, entity_id text not null, moment text not null, at timestamptz not null, kpis jsonb not null,
  primary key (tenant_id, tx_id, entity_id, at)) partition by range (at);
${bound('kpi_samples')}
create function \${schema}.make_kpi_partition(day date) returns void language plpgsql as $$
declare part text := 'kpi_samples_' || to_char(day, 'YYYYMMDD');
begin
  if to_regclass(format('%I.%I', current_schema(), part)) is null then
    execute format('create table %I partition of kpi_samples for values from (%L) to (%L)', part, day::text || ' 00:00:00+00', (day + 1)::text || ' 00:00:00+00');
    execute format('alter table %I enable row level security', part);
    execute format('alter table %I force row level security', part);
  end if;
end $$;`,
};
