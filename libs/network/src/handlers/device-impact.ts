import type { ImpactEstimate } from '@interlock/contracts';
import type { Topology } from '../topology.js';

/** Returns the impact of a change of one device that no user notices. */
export const deviceImpact = (deviceId: string, topology: Topology): ImpactEstimate => ({
  affected_entity_count: 1,
  device_id: topology.devices.has(deviceId) ? deviceId : null,
  site_id: topology.devices.get(deviceId)?.site_id ?? null,
  neighbours: [],
  kpis: [],
  users_affected: 0,
  connection_drops: 0,
  latency_increase_ms: {},
  topology_version: topology.version,
});
