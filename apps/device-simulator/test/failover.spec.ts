import { describe, expect, it } from '@jest/globals';
import {
  childElements,
  diffConfig,
  elementBuilder,
  NETCONF_NS,
  parseXml,
  type XmlElement,
} from '@interlock/netconf';
import type { KpiSample } from '@interlock/contracts';
import {
  bindTo,
  buildTopology,
  exactLibrary,
  observe,
  ownBinding,
  planFailover,
  profiles,
  type Device,
  type DeviceProfile,
  type Leaves,
} from '@interlock/network';
import { cellConfigs, initialConfig } from '../src/cells.js';
import { applyEdit } from '../src/device/edit.js';
import { ranKeys, ranSchema } from '../src/device/schema.js';
import { createRan, degrade, demoFleet, kpis, step, type RanModel } from '../src/index.js';

const fleet = demoFleet();
const nc = elementBuilder(NETCONF_NS);
const profile = profiles['3gpp'] as DeviceProfile;
const bound = bindTo(ownBinding, exactLibrary(ownBinding));

const inventory = fleet.map((device) => ({
  device_id: device.device_id,
  site_id: device.site_id,
  cells: device.cells.map((cell) => ({ cell_id: cell.cell_id, neighbours: cell.neighbours })),
})) as unknown as Device[];

const leavesOf = (config: readonly XmlElement[]): Leaves =>
  Object.fromEntries(
    diffConfig(nc('data'), nc('data', ...config), ranKeys).map((leaf) => [leaf.path, leaf.after ?? '']),
  );

const samples = (
  model: RanModel,
  config: readonly XmlElement[],
  cells: readonly string[],
  from: number,
): KpiSample[] =>
  [0, 2, 4, 6].flatMap((seconds) => {
    const figures = kpis(step(model, from + seconds), cellConfigs(config));
    return cells.map(
      (cell) =>
        ({
          entity_id: cell,
          at: new Date(1_000 * (from + seconds)).toISOString(),
          kpis: figures[cell],
        }) as unknown as KpiSample,
    );
  });

/** Applies the handler's own plan as the device does, and judges it by the handler's own limits. */
const play = (index: number): ReturnType<typeof observe> => {
  const device = fleet[index];
  const failing = device?.cells[0]?.cell_id;
  if (device === undefined || failing === undefined) throw new Error('the fleet is too small');
  const model = degrade(createRan(11, device.cells), failing);
  const before = initialConfig(device.cells);
  const plan = planFailover(
    failing,
    { power_raise_db: 3, cell_individual_offset: 3 },
    leavesOf(before),
    buildTopology(inventory, '1'),
    profile,
    bound,
  );
  expect(plan.violations).toEqual([]);
  const after = applyEdit(
    before,
    childElements(parseXml(`<config>${plan.edit_xml}</config>`)),
    ranSchema,
    'merge',
  );
  expect(
    diffConfig(nc('data', ...before), nc('data', ...after), ranKeys)
      .map(({ path }) => path)
      .sort(),
  ).toEqual(plan.changes.map(({ path }) => path).sort());
  const back = applyEdit(
    after,
    childElements(parseXml(`<config>${plan.inverse_xml}</config>`)),
    ranSchema,
    'merge',
  );
  expect(diffConfig(nc('data', ...before), nc('data', ...back), ranKeys)).toEqual([]);
  const cells = [failing, ...plan.neighbours];
  return observe(samples(model, before, cells, 0), samples(model, after, cells, 10), plan.neighbours);
};

describe('a planned failover on the simulated network', () => {
  it.each([0, 1, 2])('at device %d is within every limit and reduces drops', (index) => {
    const seen = play(index);
    expect(seen.breaches).toEqual([]);
    expect(seen.delta['drop_rate_pct']).toBeLessThan(-2);
  });

  it('at the device whose neighbours are nearly full breaches the limits', () => {
    expect(play(3).breaches.map((one) => one.code)).toEqual(
      expect.arrayContaining(['drops', 'latency', 'neighbour-overloaded']),
    );
  });
});
