import type { JsonObject } from '@interlock/contracts';
import type { Topology, TopologyCell } from '../topology.js';

/**
 * Parameters of `cell_failover`. Without `neighbours`, every enabled covering neighbour takes part.
 */
export type FailoverParameters = {
  readonly neighbours?: readonly string[];
  readonly power_raise_db: number;
  readonly cell_individual_offset: number;
};

const strings = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string');

/**
 * Reads parameters that passed the catalogue's schema, with its defaults (power 3 dB, offset 3 dB).
 */
export const readFailoverParameters = (parameters: JsonObject): FailoverParameters => {
  const { neighbours, power_raise_db: power, cell_individual_offset: offset } = parameters;
  return {
    ...(strings(neighbours) ? { neighbours } : {}),
    power_raise_db: typeof power === 'number' ? power : 3,
    cell_individual_offset: typeof offset === 'number' ? offset : 3,
  };
};

/**
 * The covering neighbours that take part where none is named: those on the cell's own device, which
 * one atomic edit reaches, or those on other devices where its own has none. Best coverage first,
 * then by id.
 */
export const coveringNeighbours = (cell: TopologyCell, topology: Topology): readonly string[] => {
  const covering = cell.neighbours
    .filter((one) => one.coverage !== 'NO' && topology.cells.has(one.cell_id))
    .toSorted((a, b) =>
      a.coverage === b.coverage ? (a.cell_id < b.cell_id ? -1 : 1) : a.coverage === 'FULL' ? -1 : 1,
    )
    .map((one) => one.cell_id);
  const near = covering.filter((name) => topology.cells.get(name)?.device_id === cell.device_id);
  return near.length > 0 ? near : covering;
};

/** The devices that the change is read and planned on, the cell's own first. */
export const failoverDevices = (
  entityId: string,
  { neighbours }: FailoverParameters,
  topology: Topology,
): readonly string[] => {
  const cell = topology.cells.get(entityId);
  if (cell === undefined) return [];
  const chosen = neighbours ?? coveringNeighbours(cell, topology);
  return [
    ...new Set([cell.device_id, ...chosen.flatMap((name) => topology.cells.get(name)?.device_id ?? [])]),
  ];
};
