import { tenantBound } from '@interlock/postgres';

/**
 * Frozen. One row for each event about access, overrides and reads, and the last sealed name of
 * each person.
 */
export const recordTables = {
  name: '0001_records',
  sql: `create table \${schema}.records (
    tenant_id text not null, place numeric(20) not null, event_id text not null, list text not null, type text not null, at timestamptz not null,
    actor jsonb not null, person_id text, stream text not null, data jsonb not null, primary key (tenant_id, list, place, event_id));
  create index records_by_time on \${schema}.records (tenant_id, list, at);
  create table \${schema}.names (tenant_id text not null, person_id text not null, name text not null, primary key (tenant_id, person_id));
  ${tenantBound('records')}${tenantBound('names')}`,
};
