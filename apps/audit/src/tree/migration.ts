import { tenantBound } from '@interlock/postgres';

/**
 * The Merkle trees as tiles (C2SP tlog-tiles). Each tree has its size, its hashes and the positions
 * of its leaves. The whole log's tree also has its entries, checkpoints, the tenants' heads at each
 * checkpoint, and the findings.
 */
export const treeTables = {
  name: '0001_tree',
  sql:
    `create table \${schema}.trees (
    tenant_id text not null, tree text primary key, size bigint not null, substance bigint not null, tenant_key bytea, published_size bigint not null default 0, published_at timestamptz);
  create table \${schema}.tiles (
    tenant_id text not null, tree text not null, level smallint not null, place bigint not null, hashes bytea not null, primary key (tree, level, place));
  alter table \${schema}.tiles alter column hashes set storage external;
  create table \${schema}.leaves (
    tenant_id text not null, tree text not null, place bigint not null, first_commit numeric(20) not null, first_prepare numeric(20) not null, positions bytea not null, primary key (tree, place));
  create index leaves_by_position on \${schema}.leaves (tree, first_commit, first_prepare);
  create table \${schema}.entries (tenant_id text not null, leaf bigint primary key, entry text not null);
  create table \${schema}.checkpoints (
    tenant_id text not null, size bigint primary key, root text not null, position text not null, note text not null, published_at timestamptz not null);
  create table \${schema}.tenant_heads (
    tenant_id text not null, tree text not null, log_size bigint not null, size bigint not null, root text not null, primary key (tree, log_size));
  create table \${schema}.cosignatures (
    tenant_id text not null, size bigint not null, witness text not null, line text not null, at timestamptz not null, primary key (size, witness));
  create table \${schema}.findings (
    tenant_id text primary key, size bigint not null, detail text not null, found_at timestamptz not null);
  create table \${schema}.said_findings (tenant_id text not null, found_by text primary key, size bigint not null, detail text not null);
  create table \${schema}.log_keys (place int primary key, key text not null, rotation text);` +
    [
      'trees',
      'tiles',
      'leaves',
      'entries',
      'checkpoints',
      'tenant_heads',
      'cosignatures',
      'findings',
      'said_findings',
    ]
      .map(tenantBound)
      .join(''),
};
