import type { RunningConfig } from './network.js';
import type { World } from './world.js';

export type FailingCell = { readonly cell: string; readonly device: string; readonly before: RunningConfig };

/** Makes the first cell of a site fail; also returns its device's configuration. */
export const failingCell = async (world: World, name: string): Promise<FailingCell> => {
  const [cell, device] = [`cell-${name}-1`, `gnb-${name}`];
  await world.network.degrade(cell);
  await world.teach(cell);
  return { cell, device, before: await world.network.running(device) };
};
