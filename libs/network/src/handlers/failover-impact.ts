import type { ImpactEstimate } from '@interlock/contracts';
import type { Kpis } from '../kpi.js';
import type { Topology, TopologyCell } from '../topology.js';
import { coveringNeighbours, type FailoverParameters } from './failover-scope.js';

/**
 * Returns the KPIs that a failover changes: those of the cell, and of every cell that covers it, on
 * any device.
 */
const movedBy = ({ cell_id, neighbours }: TopologyCell): readonly string[] => [
  `availability_pct:${cell_id}`,
  `users:${cell_id}`,
  ...neighbours
    .filter(({ coverage }) => coverage !== 'NO')
    .flatMap((one) => ['users', 'load_pct', 'latency_ms'].map((kpi) => `${kpi}:${one.cell_id}`))
    .toSorted(),
];

/**
 * Estimates a failover's effect on users, from the topology and the cells' current KPIs. Without
 * KPIs it returns zeros. The failing cell's users move to the covering neighbours in proportion to
 * their free capacity. The remaining users are dropped. Latency grows with the neighbour's load.
 */
export const estimateFailover = (
  entityId: string,
  parameters: FailoverParameters,
  topology: Topology,
  kpis: ReadonlyMap<string, Kpis>,
): ImpactEstimate => {
  const cell = topology.cells.get(entityId);
  if (cell === undefined) {
    return {
      affected_entity_count: 0,
      device_id: null,
      site_id: null,
      neighbours: [],
      kpis: [],
      users_affected: 0,
      connection_drops: 0,
      latency_increase_ms: {},
      topology_version: topology.version,
    };
  }
  const neighbours = parameters.neighbours ?? coveringNeighbours(cell, topology);
  const users = kpis.get(entityId)?.['users'] ?? 0;
  const room = neighbours.map((name) => {
    const load = kpis.get(name)?.['load_pct'] ?? 0;
    const served = kpis.get(name)?.['users'] ?? 0;
    const perUser = served > 0 && load > 0 ? load / served : 1;
    return { name, load, perUser, users: Math.max(0, 100 - load) / perUser };
  });
  const total = room.reduce((sum, one) => sum + one.users, 0);
  const moved = Math.min(users, total);
  const latency = room.map(({ name, load, perUser, users: space }) => {
    const added = total === 0 ? 0 : ((moved * space) / total) * perUser;
    const after = Math.min(99, load + added);
    const base = kpis.get(name)?.['latency_ms'] ?? 10;
    return [name, Math.round(base * ((100 - Math.min(99, load)) / (100 - after) - 1) * 10) / 10] as const;
  });
  return {
    affected_entity_count: 1 + neighbours.length,
    device_id: cell.device_id,
    site_id: cell.site_id,
    neighbours,
    kpis: movedBy(cell),
    users_affected: Math.round(users),
    connection_drops: Math.round(users - moved),
    latency_increase_ms: Object.fromEntries(latency),
    topology_version: topology.version,
  };
};
