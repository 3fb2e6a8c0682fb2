import { kpis, type CellKpis } from './kpis.js';
import { createRan, step, type CellSpec, type RanConfig, type RanModel } from './model.js';

/** Cells that can hand users to each other, directly or through others. */
type Region = { model: RanModel; seenAt: number };

const now = (): number => performance.now();

/** Returns the cells in groups without neighbours in other groups. */
const groupsOf = (cells: readonly CellSpec[]): readonly (readonly CellSpec[])[] => {
  const parents = new Map(cells.map(({ cell_id }) => [cell_id, cell_id]));
  const rootOf = (id: string): string => {
    let root = id;
    while (parents.get(root) !== root) root = parents.get(root)!;
    parents.set(id, root);
    return root;
  };
  for (const { cell_id, neighbours } of cells)
    for (const { cell_id: other } of neighbours)
      if (parents.has(other)) parents.set(rootOf(other), rootOf(cell_id));
  return [...Map.groupBy(cells, ({ cell_id }) => rootOf(cell_id)).values()];
};

/**
 * A network of any size. Each region is a separate model, so that the work for one cell does not
 * grow with the network.
 */
export class Regions {
  readonly #regions = new Map<string, Region>();

  constructor(seed: number, cells: readonly CellSpec[]) {
    for (const group of groupsOf(cells)) {
      const region: Region = { model: createRan(seed, group), seenAt: now() };
      for (const { cell_id } of group) this.#regions.set(cell_id, region);
    }
  }

  /**
   * Returns the cells of a cell's region.
   * @throws RangeError if the cell is unknown
   */
  cellsAround(cellId: string): readonly string[] {
    return Object.keys(this.#of(cellId).model.cells);
  }

  /**
   * Changes the model of a cell's region.
   * @throws RangeError if the cell is unknown
   */
  change(cellId: string, how: (model: RanModel, cellId: string) => RanModel): void {
    const region = this.#of(cellId);
    region.model = how(region.model, cellId);
  }

  degraded(cellId: string): boolean {
    return this.#regions.get(cellId)?.model.cells[cellId]?.degraded ?? false;
  }

  /** Returns what is measured now in a cell's region, under the configuration of its cells. */
  kpis(cellId: string, config: RanConfig): Readonly<Record<string, CellKpis>> {
    const region = this.#of(cellId);
    const at = now();
    region.model = step(region.model, (at - region.seenAt) / 1000);
    region.seenAt = at;
    return kpis(region.model, config);
  }

  #of(cellId: string): Region {
    const region = this.#regions.get(cellId);
    if (region === undefined) throw new RangeError(`there is no cell \`${cellId}\``);
    return region;
  }
}
