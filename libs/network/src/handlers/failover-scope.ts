import { isTexts } from '@interlock/kernel';
import type { JsonObject } from '@interlock/contracts';
import type { Topology, TopologyCell } from '../topology.js';

/**
 * The parameters of `cell_failover`. Without `neighbours`, every enabled covering neighbour takes
 * part.
 */
export type FailoverParameters = {
  readonly neighbours?: readonly string[];
  readonly power_raise_db: number;
  readonly cell_individual_offset: number;
};

/**
 * Reads parameters that passed the catalogue's schema, with its defaults (power 3 dB, offset 3 dB).
 */
export const readFailoverParameters = (parameters: JsonObject): FailoverParameters => {
  const { neighbours, power_raise_db: power, cell_individual_offset: offset } = parameters;
  return {
    ...(isTexts(neighbours) ? { neighbours } : {}),
    power_raise_db: typeof power === 'number' ? power : 3,
    cell_individual_offset: typeof offset === 'number' ? offset : 3,
  };
};

/**
 * Returns the covering neighbours that take part if the parameters name none. They are those on the
 * cell's own device, which one atomic edit reaches. If it has none, they are those on other
 * devices. The best coverage comes first, then ids in order.
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

/** Returns the devices that the change is planned on, the cell's own device first. */
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
