import type { ExpectedChange, ImpactEstimate } from '@interlock/contracts';
import { aggregate, failoverLimits, limitUse, type Kpis } from '../kpi.js';
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

/** A neighbour with the users that move to it, and its latency before and after. */
type Target = {
  readonly name: string;
  readonly moved: number;
  readonly load_after: number;
  readonly latency: number;
  readonly latency_after: number;
};

/**
 * Moves the users of a cell to neighbours, in proportion to their free capacity. Latency grows with
 * the load.
 */
const moveUsers = (
  users: number,
  neighbours: readonly string[],
  kpis: ReadonlyMap<string, Kpis>,
): readonly Target[] => {
  const room = neighbours.map((name) => {
    const load = kpis.get(name)?.['load_pct'] ?? 0;
    const served = kpis.get(name)?.['users'] ?? 0;
    const perUser = served > 0 && load > 0 ? load / served : 1;
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

/**
 * Returns the change of the KPIs of the cell and the neighbours that take its users. Undefined if a
 * KPI of them is unknown, or if none of them covers the whole cell.
 */
const expectedChange = (
  cell: TopologyCell,
  targets: readonly Target[],
  kpis: ReadonlyMap<string, Kpis>,
): ExpectedChange | undefined => {
  const names = targets.map(({ name }) => name);
  const knows = (name: string, needed: readonly string[]): boolean =>
    needed.every((kpi) => kpis.get(name)?.[kpi] !== undefined);
  const isCovered = cell.neighbours.some((one) => one.coverage === 'FULL' && names.includes(one.cell_id));
  if (!isCovered || !knows(cell.cell_id, required.cell)) return undefined;
  if (!names.every((name) => knows(name, required.neighbour))) return undefined;
  const was = new Map(
    [cell.cell_id, ...names].map((name) => {
      const { throughput_mbps: _, ...known } = kpis.get(name)!;
      return [name, known] as const;
    }),
  );
  const is = new Map<string, Kpis>(
    targets.map(({ name, moved, load_after, latency_after }) => [
      name,
      {
        ...was.get(name),
        users: was.get(name)!['users']! + moved,
        load_pct: load_after,
        latency_ms: latency_after,
      },
    ]),
  );
  is.set(cell.cell_id, kpisElsewhere(was.get(cell.cell_id)!['users']!, targets, is));
  const home = new Map([...was].map(([name, known]) => [name, known['users']!]));
  const before = aggregate(was, names, home);
  const after = aggregate(is, names, home);
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
  const expected = expectedChange(cell, targets, kpis);
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
