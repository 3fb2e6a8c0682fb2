import type { ExpectedChange, ImpactEstimate } from '@interlock/contracts';
import { aggregate, arePlausible, failoverLimits, limitUse, type Kpis } from '../kpi.js';
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

/** A neighbour with the users that move to it, and its load and latency before and after. */
type Target = {
  readonly name: string;
  readonly moved: number;
  readonly load_after: number;
  readonly latency: number;
  readonly latency_after: number;
};

/** Returns the load in per cent that a user of a cell makes; undefined if it serves nobody. */
const loadPerUser = (kpis: Kpis | undefined): number | undefined => {
  const { load_pct: load = 0, users = 0 } = kpis ?? {};
  return users > 0 && load > 0 ? load / users : undefined;
};

/**
 * Moves the users of a cell to neighbours, in proportion to their free capacity. Latency grows with
 * the load. `leastPerUser` is the least load that a user makes in any of them.
 */
const moveUsers = (
  users: number,
  neighbours: readonly string[],
  kpis: ReadonlyMap<string, Kpis>,
  leastPerUser = 0,
): readonly Target[] => {
  const room = neighbours.map((name) => {
    const load = kpis.get(name)?.['load_pct'] ?? 0;
    const perUser = Math.max(leastPerUser, loadPerUser(kpis.get(name)) ?? 1);
    return { name, load, perUser, users: Math.max(0, 100 - load) / perUser };
  });
  const total = room.reduce((sum, one) => sum + one.users, 0);
  const moved = Math.min(users, total);
  return room.map(({ name, load, perUser, users: space }) => {
    const part = total === 0 ? 0 : (moved * space) / total;
    const load_after = Math.min(99, load + part * perUser);
    const latency = kpis.get(name)?.['latency_ms'] ?? 10;
    return {
      name,
      moved: part,
      load_after: Math.max(load, load_after),
      latency,
      latency_after: (latency * (100 - Math.min(99, load))) / (100 - load_after),
    };
  });
};

/** The KPIs of each cell of the group that the model starts from. */
const required = {
  cell: ['users', 'latency_ms', 'drop_rate_pct', 'availability_pct'],
  neighbour: ['users', 'load_pct', 'latency_ms', 'drop_rate_pct', 'availability_pct'],
} as const;

/** Returns the KPIs of the locked cell's users, who are served by its neighbours or not at all. */
const kpisElsewhere = (users: number, targets: readonly Target[], after: ReadonlyMap<string, Kpis>): Kpis => {
  const moved = targets.reduce((sum, one) => sum + one.moved, 0);
  const served = users === 0 ? 1 : moved / users;
  const mean = (kpi: string): number =>
    targets.reduce((sum, one) => sum + (after.get(one.name)?.[kpi] ?? 0) * (moved === 0 ? 1 : one.moved), 0) /
    (moved === 0 ? targets.length : moved);
  return {
    users: 0,
    latency_ms: mean('latency_ms'),
    drop_rate_pct: served * mean('drop_rate_pct') + (1 - served) * 100,
    availability_pct: served * mean('availability_pct'),
  };
};

/** Below this, a cell does not serve its users, so it takes no others. */
const leastAvailabilityPct = 90;

/** True if a cell reports these KPIs, and each of its KPIs is plausible. */
const reports = (kpis: Kpis | undefined, needed: readonly string[]): kpis is Kpis =>
  kpis !== undefined && needed.every((kpi) => kpis[kpi] !== undefined) && arePlausible(kpis);

/** Returns the KPIs that the model reads; throughput is not modelled. */
const modelled = ({ throughput_mbps: _, ...known }: Kpis): Kpis => known;

/**
 * Returns the change of the KPIs of the cell and of the neighbours that take its users. A model
 * must not invent room: only neighbours that cover the whole cell and serve users count, and a user
 * makes at least the load that one makes in the failing cell or in any of them. Undefined if a
 * neighbour does not report the KPIs, or if none of them counts.
 */
const expectedChange = (
  cell: TopologyCell,
  neighbours: readonly string[],
  kpis: ReadonlyMap<string, Kpis>,
): ExpectedChange | undefined => {
  const own = kpis.get(cell.cell_id);
  if (!reports(own, required.cell)) return undefined;
  const was = new Map([[cell.cell_id, modelled(own)]]);
  for (const name of neighbours) {
    const known = kpis.get(name);
    if (!reports(known, required.neighbour)) return undefined;
    was.set(name, modelled(known));
  }
  const takers = neighbours.filter(
    (name) =>
      cell.neighbours.some((one) => one.cell_id === name && one.coverage === 'FULL') &&
      was.get(name)!['availability_pct']! >= leastAvailabilityPct &&
      loadPerUser(was.get(name)) !== undefined,
  );
  if (takers.length === 0) return undefined;
  const users = own['users']!;
  const leastPerUser = Math.max(...[cell.cell_id, ...takers].map((name) => loadPerUser(was.get(name)) ?? 0));
  const targets = moveUsers(users, takers, was, leastPerUser);
  const is = new Map(was);
  for (const { name, moved, load_after, latency_after } of targets) {
    const before = was.get(name)!;
    is.set(name, {
      ...before,
      users: before['users']! + moved,
      load_pct: load_after,
      latency_ms: latency_after,
    });
  }
  is.set(cell.cell_id, kpisElsewhere(users, targets, is));
  const home = new Map([...was].map(([name, known]) => [name, known['users']!]));
  const before = aggregate(was, neighbours, home);
  const after = aggregate(is, neighbours, home);
  return { before, after, limit_use: limitUse(before, after, failoverLimits) };
};

/**
 * Estimates a failover's effect on users, from the topology and the cells' current KPIs. Without
 * KPIs it returns zeros. The failing cell's users move to the covering neighbours, and those
 * without room are dropped.
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
  const targets = moveUsers(users, neighbours, kpis);
  const moved = targets.reduce((sum, one) => sum + one.moved, 0);
  const expected = expectedChange(cell, neighbours, kpis);
  return {
    affected_entity_count: 1 + neighbours.length,
    device_id: cell.device_id,
    site_id: cell.site_id,
    neighbours,
    kpis: movedBy(cell),
    users_affected: Math.round(users),
    connection_drops: Math.round(users - moved),
    latency_increase_ms: Object.fromEntries(
      targets.map((one) => [one.name, Math.round((one.latency_after - one.latency) * 10) / 10]),
    ),
    topology_version: topology.version,
    ...(expected === undefined ? {} : { expected }),
  };
};
