import { demandFactor } from './random.js';
import type { CellCondition, CellConfig, Coverage, RanConfig, RanModel } from './model.js';

/**
 * The measured values of one cell. The module `interlock-ran` defines the figures of a locked cell.
 */
export type CellKpis = {
  readonly cell_id: string;
  readonly operational_state: 'ENABLED' | 'DISABLED';
  readonly users: number;
  readonly load_pct: number;
  readonly throughput_mbps: number;
  readonly latency_ms: number;
  readonly availability_pct: number;
  readonly drop_rate_pct: number;
};

const REACH: Readonly<Record<Coverage, number>> = { FULL: 0.7, PARTIAL: 0.35, NO: 0.02 };
const DEGRADED = { capacity: 0.55, drop_pct: 18, latency_ms: 45, availability_pct: 82 };
const WORSENED = { drop_pct: 12, latency_ms: 30, availability_pct: 96 };

const UNCONFIGURED: CellConfig = { locked: true, tx_power: 0, relations: {}, admitted: 1 };

type Move = { readonly target: string; readonly users: number; readonly mbps: number };
type Spread = { readonly covered: number; readonly moves: readonly Move[] };

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

const homeUsers = (model: RanModel, id: string, cell: CellCondition): number =>
  cell.spec.users * demandFactor(model.seed, id, model.elapsed_s);

/** Returns where the users of a locked cell go, and how many of them find another cell. */
const spread = (model: RanModel, config: RanConfig, id: string, cell: CellCondition): Spread => {
  const own = config[id] ?? UNCONFIGURED;
  const reaches: { target: string; reach: number }[] = [];
  for (const neighbour of cell.spec.neighbours) {
    const relation = own.relations[neighbour.cell_id];
    const target = config[neighbour.cell_id];
    const plan = model.cells[neighbour.cell_id];
    if (relation?.ho_allowed !== true || target === undefined || target.locked || plan === undefined)
      continue;
    const raisedDb = (target.tx_power - plan.spec.tx_power) / 10;
    const help = clamp(1 + raisedDb * 0.08 + relation.offset_db * 0.02, 0.2, 1.6);
    reaches.push({ target: neighbour.cell_id, reach: clamp(REACH[neighbour.coverage] * help, 0, 1) });
  }
  const total = reaches.reduce((sum, { reach }) => sum + reach, 0);
  const covered = 1 - reaches.reduce((missed, { reach }) => missed * (1 - reach), 1);
  const users = homeUsers(model, id, cell);
  const moves = reaches.map(({ target, reach }) => {
    const part = (users * covered * reach) / total;
    return { target, users: part, mbps: part * cell.spec.mbps_per_user };
  });
  return { covered, moves };
};

type ServedLoad = { readonly users: number; readonly ratio: number; readonly kpis: CellKpis };

const serve = (
  id: string,
  cell: CellCondition,
  admitted: number,
  users: number,
  mbps: number,
): ServedLoad => {
  const capacity = cell.spec.capacity_mbps * (cell.degraded ? DEGRADED.capacity : 1);
  const offered = mbps * admitted;
  const ratio = offered / capacity;
  const overload = Math.max(0, ratio - 0.9);
  let drop = 0.3 + overload * 110;
  let latency =
    9 + (3 * Math.min(ratio, 0.95)) / (1 - Math.min(ratio, 0.95)) + Math.max(0, ratio - 0.95) * 200;
  let availability = 99.95 - Math.max(0, ratio - 1) * 20;
  if (cell.degraded) {
    drop += DEGRADED.drop_pct;
    latency += DEGRADED.latency_ms;
    availability = Math.min(availability, DEGRADED.availability_pct);
  }
  if (cell.worsened) {
    drop += WORSENED.drop_pct;
    latency += WORSENED.latency_ms;
    availability = Math.min(availability, WORSENED.availability_pct);
  }
  drop = clamp(drop, 0, 100);
  return {
    users,
    ratio,
    kpis: {
      cell_id: id,
      operational_state: 'ENABLED',
      users: Math.round(users * admitted),
      load_pct: clamp(ratio * 100, 0, 100),
      throughput_mbps: Math.min(offered, capacity) * (1 - drop / 100),
      latency_ms: latency,
      availability_pct: clamp(availability, 0, 100),
      drop_rate_pct: drop,
    },
  };
};

const locked = (id: string, parts: Spread, served: ReadonlyMap<string, ServedLoad>): CellKpis => {
  const moved = parts.moves.reduce((sum, move) => sum + move.users, 0);
  const latency = parts.moves.reduce(
    (sum, move) => sum + move.users * (served.get(move.target)?.kpis.latency_ms ?? 0),
    0,
  );
  return {
    cell_id: id,
    operational_state: 'DISABLED',
    users: 0,
    load_pct: 0,
    throughput_mbps: 0,
    latency_ms: moved > 0 ? latency / moved : 0,
    availability_pct: parts.covered * 100,
    drop_rate_pct: (1 - parts.covered) * 100,
  };
};

/**
 * Returns every cell's figures under a configuration. They react at once, without memory. A cell
 * that the configuration does not name counts as locked.
 */
export const kpis = (model: RanModel, config: RanConfig): Readonly<Record<string, CellKpis>> => {
  const cells = Object.entries(model.cells);
  const off = new Map<string, Spread>();
  for (const [id, cell] of cells)
    if ((config[id] ?? UNCONFIGURED).locked) off.set(id, spread(model, config, id, cell));
  const extra = new Map<string, { users: number; mbps: number }>();
  for (const { moves } of off.values()) {
    for (const move of moves) {
      const had = extra.get(move.target) ?? { users: 0, mbps: 0 };
      extra.set(move.target, { users: had.users + move.users, mbps: had.mbps + move.mbps });
    }
  }
  const served = new Map<string, ServedLoad>();
  for (const [id, cell] of cells) {
    if (off.has(id)) continue;
    const users = homeUsers(model, id, cell);
    const more = extra.get(id) ?? { users: 0, mbps: 0 };
    served.set(
      id,
      serve(
        id,
        cell,
        config[id]?.admitted ?? 1,
        users + more.users,
        users * cell.spec.mbps_per_user + more.mbps,
      ),
    );
  }
  const result: Record<string, CellKpis> = {};
  for (const [id] of cells) {
    const parts = off.get(id);
    const kpi = parts === undefined ? served.get(id)?.kpis : locked(id, parts, served);
    if (kpi !== undefined) result[id] = kpi;
  }
  return result;
};
