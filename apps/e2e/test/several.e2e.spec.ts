import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { tenant } from './names.js';
import { failedOver, site, type RunningConfig } from './network.js';
import { World } from './world.js';

const names = ['sv01', 'sv02'];
/** A site whose three cells are on three devices: `gnb-<name>a`, `gnb-<name>b`, `gnb-<name>c`. */
const spread = (name: string): readonly object[] => {
  const { cells, ...device } = site(name) as { readonly cells: readonly object[] };
  return cells.map((cell, i) => ({ ...device, device_id: `gnb-${name}${'abc'[i]}`, cells: [cell] }));
};
const world = new World({ args: ['--no-demo'], devices: names.flatMap(spread) });
const devicesOf = (name: string): readonly string[] => ['a', 'b', 'c'].map((one) => `gnb-${name}${one}`);

/** The cells of a site, read from all of its devices. */
const running = async (name: string): Promise<RunningConfig> => {
  const configs: RunningConfig[] = [];
  for (const device of devicesOf(name)) configs.push(await world.network.running(device));
  return Object.assign({}, ...configs) as RunningConfig;
};

const parts = async (actionId: string): Promise<readonly (readonly string[])[]> => {
  const journals: (readonly string[])[] = [];
  for (const number of [1, 2, 3])
    journals.push((await world.stream(`device_tx-${tenant}:${actionId}.${number}`)).map(({ type }) => type));
  return journals;
};

const replayed = async (): Promise<unknown> => {
  const { code, stdout } = await world.stack.cli('--tenant', tenant, 'audit', 'replay', '--live', '--json');
  return [code, (JSON.parse(stdout) as { readonly difference: unknown }).difference];
};

beforeAll(async () => {
  await world.start();
  await world.provision();
});
afterAll(() => world.end());

describe('a failover of a cell whose neighbours are on other devices', () => {
  it('goes through all gates, is made on every device, and is made again from the log', async () => {
    const [name] = names;
    const cell = `cell-${name}-1`;
    const before = await running(name!);
    await world.network.degrade(cell);
    await world.teach(cell);
    const id = await world.publish(world.intent(cell));
    expect(await world.ends(id)).toMatchObject({ state: 'COMPLETED' });
    expect(await running(name!)).toEqual(failedOver(before, cell));
    for (const device of devicesOf(name!)) expect(await world.network.tentative(device)).toBe(false);
    for (const journal of await parts(id)) expect(journal.at(-1)).toBe('ChangeConfirmed');
    expect(await replayed()).toEqual([0, null]);
  });

  it('leaves all devices as they were where the last one refuses its commit, and the log says so', async () => {
    const [, name] = names;
    const cell = `cell-${name}-1`;
    const before = await running(name!);
    await world.network.degrade(cell);
    await world.network.fault(`gnb-${name}a`, {
      kind: 'rpc_error',
      operation: 'commit',
      error_tag: 'invalid-value',
      times: 1,
    });
    const id = await world.publish(world.intent(cell));
    expect(await world.ends(id)).toMatchObject({ state: 'ROLLED_BACK' });
    expect(await running(name!)).toEqual(before);
    for (const device of devicesOf(name!)) expect(await world.network.tentative(device)).toBe(false);
    expect((await parts(id)).map((journal) => journal.at(-1))).toEqual([
      'ChangeRolledBack',
      'ChangeRolledBack',
      'ApplyFailed',
    ]);
    expect(await replayed()).toEqual([0, null]);
  });
});
