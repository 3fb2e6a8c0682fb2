import { expect } from '@jest/globals';
import { streamName, type HandlerEnvelope, type TxStatus } from '@interlock/contracts';
import type { Gateway } from '../src/gateway.js';
import type { World } from './world.js';

/** The devices of a spread site, in the order of their locks; the first has the cell that fails. */
const devicesOf = (site: string, count: number): readonly string[] =>
  ['a', 'b', 'c'].slice(0, count).map((letter) => `gnb-${site}${letter}`);

/** An action on the first cell of a spread site, with the devices as they were before. */
export type SpreadAction = {
  readonly world: World;
  readonly gateway: Gateway;
  readonly action: HandlerEnvelope;
  readonly site: string;
  readonly devices: readonly string[];
  readonly before: readonly string[];
};

const configsOf = (world: World, devices: readonly string[]): Promise<readonly string[]> =>
  Promise.all(devices.map(async (id) => (await world.simulator.running(id)).config));

export const spreadAction = async (
  world: World,
  gateway: Gateway,
  site: string,
  count: number,
  over: Parameters<World['started']>[2] = {},
): Promise<SpreadAction> => {
  const devices = devicesOf(site, count);
  await world.register(gateway, {}, { only: devices });
  const before = await configsOf(world, devices);
  const action = await world.started(gateway, `${site}-1`, over);
  return { world, gateway, action, site, devices, before };
};

/** The states in which nothing is left to do. */
export const ends: readonly TxStatus['state'][] = [
  'CONFIRMED',
  'STALE',
  'REFUSED',
  'FAILED',
  'ROLLED_BACK',
  'ROLLBACK_FAILED',
];

/** Follows the action to its end, and confirms it where it was observed. */
export const toItsEnd = async ({ world, action }: SpreadAction, gateway: Gateway): Promise<TxStatus> => {
  const status = await world.reaches(gateway, action, 'OBSERVED', ...ends);
  if (status.state !== 'OBSERVED') return status;
  await gateway.confirm(await world.decide(action, 'ConfirmRequested'));
  return world.reaches(gateway, action, ...ends);
};

/**
 * How the devices stand: all as before, or all changed. None is tentative, and no lock is left, or
 * this throws.
 */
export const standOf = async (
  { world, devices, before }: SpreadAction,
  gateway: Gateway,
): Promise<'old' | 'new'> => {
  const changed: boolean[] = [];
  for (const [i, id] of devices.entries()) {
    const { config, tentative } = await world.simulator.running(id);
    expect({ id, tentative }).toEqual({ id, tentative: false });
    changed.push(config !== before[i]);
    const session = await gateway.sessions.open(gateway.inventory.find('demo', id)!.address);
    for (const target of ['running', 'candidate'] as const) await session.lock(target);
    await session.close();
  }
  if (changed.some((one) => one !== changed[0]))
    throw new Error(`some devices are changed and some are not: ${JSON.stringify({ devices, changed })}`);
  return changed[0] === true ? 'new' : 'old';
};

/** What the journals of all parts say, by device. */
export const told = async ({
  world,
  action,
  devices,
}: SpreadAction): Promise<{ readonly [device: string]: string }> => {
  const said: { [device: string]: string } = {};
  for (let number = 1; number <= devices.length; number += 1) {
    const stream = streamName('device_tx', 'demo', `${action.action_id}.${number}`);
    let device = '';
    for await (const { type, data } of world.store.read(stream)) {
      if (type === 'TurnAccepted') device = (data as { readonly device_id: string }).device_id;
      said[device] = type;
    }
  }
  return said;
};
