import type { DeviceDrift } from './device-drift.js';
import type { CellNeighbour, Coverage, Device } from './device-settings.js';
import { canonicalSlice, hasSlices, type CellSlice } from './slices.js';

/** The place of a cell in the network. */
export type TopologyCell = {
  readonly cell_id: string;
  readonly device_id: string;
  readonly site_id: string;
  readonly neighbours: readonly CellNeighbour[];
  /** The slices that it serves; null if nobody has registered them. */
  readonly slices: readonly CellSlice[] | null;
};
type TopologyDevice = {
  readonly site_id: string;
  /** Whether its entry names the slices of any of its cells. */
  readonly has_slices: boolean;
  /** The ids of the cells that its entry names, also those that another device has. */
  readonly cells: readonly string[];
  /** The drift that the last check found; null if it found none. */
  readonly drift: DeviceDrift | null;
};
/** The topology of one tenant at one time. */
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
  devices: Iterable<Pick<Device, 'device_id' | 'site_id' | 'cells'>>,
  version: string,
  driftOf: (deviceId: string) => DeviceDrift | null = () => null,
): Topology => {
  const known = new Map<string, TopologyDevice>();
  const cells = new Map<string, TopologyCell>();
  for (const device of [...devices].sort((a, b) => (a.device_id < b.device_id ? -1 : 1))) {
    known.set(device.device_id, {
      site_id: device.site_id,
      has_slices: hasSlices(device),
      cells: device.cells.map(({ cell_id }) => cell_id),
      drift: driftOf(device.device_id),
    });
    const { device_id, site_id } = device;
    for (const { cell_id, neighbours, slices = null } of device.cells)
      if (!cells.has(cell_id)) cells.set(cell_id, { cell_id, neighbours, slices, device_id, site_id });
  }
  return { version, cells, devices: known };
};

/** Returns the other cells of a cell's site, ordered by id. */
export const siteMates = (topology: Topology, cell: TopologyCell): readonly TopologyCell[] =>
  [...topology.cells.values()].filter(
    (other) => other.site_id === cell.site_id && other.cell_id !== cell.cell_id,
  );

/**
 * Returns the registered slices that one of a cell's RRM policies serves; null if the entry of the
 * cell's device names no slices at all.
 */
export const slicesOfPolicy = (
  { cells, devices }: Topology,
  cellId: string,
  policy: string,
): readonly CellSlice[] | null => {
  const cell = cells.get(cellId);
  if (cell === undefined || devices.get(cell.device_id)?.has_slices !== true) return null;
  return (cell.slices ?? []).filter(({ policies }) => policies.includes(policy));
};

/**
 * How a cell is related to a changed entity: it is changed itself, it serves a changed slice, a
 * changed cell names it as a neighbour, it names a changed cell, or it is on the same site.
 */
const relations = ['itself', 'serves', 'neighbour', 'neighbour_of', 'same_site'] as const;
export type AffectedRelation = (typeof relations)[number];

/** A cell that a change may affect. */
type AffectedCell = {
  readonly cell_id: string;
  /** The device and site of the cell; null if no device has it. */
  readonly device_id: string | null;
  readonly site_id: string | null;
  readonly relation: AffectedRelation;
  /** How far it covers a changed cell, or is covered by one; null without such a relation. */
  readonly coverage: Coverage | null;
  /** The slices that the cell serves; null if nobody has registered them. */
  readonly slices: readonly string[] | null;
};

/** What a change of an entity may affect. */
export type AffectedScope = {
  readonly kind: 'cell' | 'device' | 'site' | 'slice';
  /** The changed devices, also those without a cell. */
  readonly devices: readonly string[];
  readonly cells: readonly AffectedCell[];
};

const coverages: readonly (Coverage | null)[] = ['FULL', 'PARTIAL', 'NO', null];

const serves = ({ slices }: TopologyCell, sliceId: string): boolean =>
  slices?.some(({ slice_id }) => canonicalSlice(slice_id) === canonicalSlice(sliceId)) === true;

/** Returns the entity's kind, devices and cells; undefined if the topology has no such entity. */
const entityIn = (
  { cells, devices }: Topology,
  entityId: string,
): (Omit<AffectedScope, 'cells'> & { readonly own: readonly TopologyCell[] }) | undefined => {
  const cell = cells.get(entityId);
  if (cell !== undefined) return { kind: 'cell', devices: [cell.device_id], own: [cell] };
  const isSite = !devices.has(entityId);
  const found = [...devices].filter(([id, { site_id }]) => (isSite ? site_id : id) === entityId);
  if (found.length === 0) {
    const own = [...cells.values()].filter((one) => serves(one, entityId));
    return own.length === 0
      ? undefined
      : { kind: 'slice', devices: [...new Set(own.map(({ device_id }) => device_id))], own };
  }
  return {
    kind: isSite ? 'site' : 'device',
    devices: found.map(([id]) => id),
    own: found.flatMap(([, device]) => device.cells.flatMap((id) => cells.get(id) ?? [])),
  };
};

/**
 * Returns what a change of an entity may affect. For a cell, a device or a site, these are its own
 * cells, their neighbours in both directions, and the other cells of their sites; the closest
 * relation of each cell counts. For a slice, they are the cells that serve it, whose resources it
 * shares with their other slices. Undefined if the topology has no such entity.
 */
export const affectedBy = (topology: Topology, entityId: string): AffectedScope | undefined => {
  const entity = entityIn(topology, entityId);
  if (entity === undefined) return undefined;
  const own = new Set(entity.own.map(({ cell_id }) => cell_id));
  const sites = new Set(entity.own.map(({ site_id }) => site_id));
  const found = new Map<string, AffectedCell>();
  const add = (cellId: string, relation: AffectedRelation, coverage: Coverage | null): void => {
    const { device_id = null, site_id = null, slices = null } = topology.cells.get(cellId) ?? {};
    const known = found.get(cellId);
    if (known !== undefined) {
      const isCloser =
        known.relation === relation && coverages.indexOf(coverage) < coverages.indexOf(known.coverage);
      if (!isCloser) return;
    }
    found.set(cellId, {
      cell_id: cellId,
      device_id,
      site_id,
      relation,
      coverage,
      slices: slices === null ? null : slices.map(({ slice_id }) => slice_id).toSorted(),
    });
  };
  const isSlice = entity.kind === 'slice';
  for (const { cell_id } of entity.own) add(cell_id, isSlice ? 'serves' : 'itself', null);
  if (!isSlice) {
    for (const { neighbours } of entity.own)
      for (const { cell_id, coverage } of neighbours) add(cell_id, 'neighbour', coverage);
    for (const { cell_id, neighbours } of topology.cells.values())
      for (const one of neighbours) if (own.has(one.cell_id)) add(cell_id, 'neighbour_of', one.coverage);
    for (const { cell_id, site_id } of topology.cells.values())
      if (sites.has(site_id)) add(cell_id, 'same_site', null);
  }
  const orderOf = ({ relation }: AffectedCell): number => relations.indexOf(relation);
  return {
    kind: entity.kind,
    devices: entity.devices,
    cells: [...found.values()].sort((a, b) => orderOf(a) - orderOf(b) || (a.cell_id < b.cell_id ? -1 : 1)),
  };
};
