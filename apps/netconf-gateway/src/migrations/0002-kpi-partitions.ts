/** Frozen. The function makes partitions in the schema of the batch that calls it, whatever that is named by then: a rebuild gives the schema another name. */
export const kpiPartitions = {
  name: '0002_kpi_partitions',
  sql: `
create or replace function \${schema}.make_kpi_partition(day date) returns void language plpgsql security invoker as $$
declare part text := 'kpi_samples_' || to_char(day, 'YYYYMMDD');
begin
  if to_regclass(format('%I.%I', current_schema(), part)) is null then
    execute format('create table %I partition of kpi_samples for values from (%L) to (%L)', part, day::text || ' 00:00:00+00', (day + 1)::text || ' 00:00:00+00');
    execute format('alter table %I enable row level security', part);
    execute format('alter table %I force row level security', part);
  end if;
end $$;`,
};
