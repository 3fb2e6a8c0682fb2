import { bound } from './0001-transactions.js';

/**
 * Frozen. Each row is a device's place in the network from `since` until `until`, which is null
 * while it holds. Times are those of the events.
 */
export const topologyTables = {
  name: '0001_topology',
  sql: `
create table \${schema}.topology_devices (
  tenant_id text not null, device_id text not null, revision bigint not null, since timestamptz not null, until timestamptz,
  site_id text not null, profile text not null, cells jsonb not null, primary key (tenant_id, device_id, revision));
create unique index topology_devices_now on \${schema}.topology_devices (tenant_id, device_id) where until is null;
create index topology_devices_of_site on \${schema}.topology_devices (tenant_id, site_id);
${bound('topology_devices')}`,
};
