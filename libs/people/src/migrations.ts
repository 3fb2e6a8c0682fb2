import { tenantBound, type Migration } from '@interlock/postgres';

/**
 * One schema for all services, like that of the jobs. It is not a read model: its data exist
 * nowhere else.
 */
export const peopleSchema = 'people';

/** Frozen: never edit a migration. */
export const peopleMigrations: readonly Migration[] = [
  {
    name: '0001_people',
    sql: `create table \${schema}.people (
    tenant_id text not null, person_id uuid not null, subject_mac bytea not null, subject text not null, key_id text not null, wrapped_key bytea not null, created_at timestamptz not null,
    primary key (tenant_id, person_id), unique (tenant_id, subject_mac));
  create index people_newest on \${schema}.people (created_at desc);
  create table \${schema}.erasures (
    tenant_id text not null, person_id uuid not null, erased_by jsonb not null, erased_at timestamptz not null,
    primary key (tenant_id, person_id));
  ${tenantBound('people')}
  ${tenantBound('erasures')}`,
  },
  {
    name: '0002_namesakes',
    sql: `alter table \${schema}.people add column name_mac bytea, add column namesake_id uuid;
  create index people_names on \${schema}.people (tenant_id, name_mac);`,
  },
  {
    name: '0003_names_that_look_alike',
    sql: `drop index \${schema}.people_names;
  alter table \${schema}.people drop column name_mac, add column name_macs bytea[];
  update \${schema}.people set namesake_id = null;
  create index people_names on \${schema}.people using gin (name_macs);`,
  },
];
