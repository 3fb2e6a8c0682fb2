/** How far a neighbour covers a cell's area. */
export type Coverage = 'FULL' | 'PARTIAL' | 'NO';

/** A neighbour in the radio plan. */
export type Neighbour = { readonly cell_id: string; readonly coverage: Coverage };

/**
 * A cell's part in the demo; `none` for a bystander, `failing` for one that drops calls from the
 * start.
 */
export type CellScript = 'low_risk' | 'ordinary' | 'overloaded_neighbours' | 'failing' | 'none';

/** One cell as planned. Powers in 0.1 dBm, demand and capacity in Mbit/s. */
export type CellSpec = {
  readonly cell_id: string;
  readonly users: number;
  readonly mbps_per_user: number;
  readonly capacity_mbps: number;
  readonly tx_power: number;
  /** The maximum power of the carrier's licence. */
  readonly max_tx_power: number;
  readonly neighbours: readonly Neighbour[];
  readonly script: CellScript;
};

export type CellCondition = {
  readonly spec: CellSpec;
  readonly degraded: boolean;
  /** Set by the fault `kpi_worsens`. */
  readonly worsened: boolean;
};

/** The network at one moment. Pure data: time passes only through `step`. */
export type RanModel = {
  readonly seed: number;
  readonly elapsed_s: number;
  readonly cells: Readonly<Record<string, CellCondition>>;
};

/** The part of a device's running configuration that concerns one cell. */
export type CellConfig = {
  readonly locked: boolean;
  readonly tx_power: number;
  readonly relations: Readonly<Record<string, { readonly ho_allowed: boolean; readonly offset_db: number }>>;
  /** Share of admitted connections, 0 to 1; below 1 if a slice is throttled. */
  readonly admitted: number;
};

export type RanConfig = Readonly<Record<string, CellConfig>>;

/** A network at time zero. Every cell is healthy except those whose script is `failing`. */
export const createRan = (seed: number, specs: readonly CellSpec[]): RanModel => ({
  seed,
  elapsed_s: 0,
  cells: Object.fromEntries(
    specs.map((spec) => [spec.cell_id, { spec, degraded: spec.script === 'failing', worsened: false }]),
  ),
});

/** Advances the time. */
export const step = (model: RanModel, seconds: number): RanModel => ({
  ...model,
  elapsed_s: model.elapsed_s + seconds,
});

const change = (model: RanModel, cellId: string, changes: Partial<CellCondition>): RanModel => {
  const cell = model.cells[cellId];
  return cell === undefined
    ? model
    : { ...model, cells: { ...model.cells, [cellId]: { ...cell, ...changes } } };
};

/** Makes the cell drop calls. */
export const degrade = (model: RanModel, cellId: string): RanModel =>
  change(model, cellId, { degraded: true });

/** Makes the cell healthy again. */
export const heal = (model: RanModel, cellId: string): RanModel => change(model, cellId, { degraded: false });

/** Sets the number of the cell's users. */
export const load = (model: RanModel, cellId: string, users: number): RanModel => {
  const spec = model.cells[cellId]?.spec;
  return spec === undefined ? model : change(model, cellId, { spec: { ...spec, users } });
};

/** Makes the cell perform badly without a cause in the configuration, or ends that. */
export const worsen = (model: RanModel, cellId: string, worsened: boolean): RanModel =>
  change(model, cellId, { worsened });
