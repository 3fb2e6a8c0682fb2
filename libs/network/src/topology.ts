import type { DeviceDrift } from './device-drift.js';
import type { CellNeighbour, Device } from './device-settings.js';

/** The place of a cell in the network. */
export type TopologyCell = {
  readonly cell_id: string;
  readonly device_id: string;
  readonly site_id: string;
  readonly neighbours: readonly CellNeighbour[];
};
type TopologyDevice = {
  readonly site_id: string;
  /** The drift that the last check found; null if it found none. */
  readonly drift: DeviceDrift | null;
};
/** The flat topology from the inventory. A later read model replaces its source, not this type. */
export type Topology = {
  /** The log position (or any text) that it was built from. */
  readonly version: string;
  readonly cells: ReadonlyMap<string, TopologyCell>;
  readonly devices: ReadonlyMap<string, TopologyDevice>;
};

/**
 * Builds the topology: devices with their drift, and the cells of all devices by entity id. A cell
 * that two devices claim belongs to the one whose id sorts first.
 */
export const buildTopology = (
  devices: Iterable<Device>,
  version: string,
  driftOf: (deviceId: string) => DeviceDrift | null = () => null,
): Topology => {
  const known = new Map<string, TopologyDevice>();
  const cells = new Map<string, TopologyCell>();
  for (const device of [...devices].sort((a, b) => (a.device_id < b.device_id ? -1 : 1))) {
    known.set(device.device_id, { site_id: device.site_id, drift: driftOf(device.device_id) });
    for (const { cell_id, neighbours } of device.cells) {
      if (!cells.has(cell_id))
        cells.set(cell_id, { cell_id, neighbours, device_id: device.device_id, site_id: device.site_id });
    }
  }
  return { version, cells, devices: known };
};

/** Returns the other cells of a cell's site, ordered by id. */
export const siteMates = (topology: Topology, cell: TopologyCell): readonly TopologyCell[] =>
  [...topology.cells.values()].filter(
    (other) => other.site_id === cell.site_id && other.cell_id !== cell.cell_id,
  );
