import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { networkHandlerOf } from '@interlock/network';
import type { Gateway } from '../src/gateway.js';
import type { FindHandler } from '../src/handlers.js';
import { startSimulator, type TestSimulator } from './simulator.js';
import { World } from './world.js';

/** The failover as an action that may be made without a confirmed commit. */
const withoutDemand: FindHandler = (type) => {
  const handler = networkHandlerOf(type);
  return handler === undefined ? undefined : { ...handler, needs: 'inverse-edit' };
};

/** Each class of device: whether the device itself takes an unconfirmed change back. */
const classes = [
  ['3gpp', true],
  ['nokia', true],
  ['huawei', true],
  ['juniper', true],
  ['plain-commit', false],
  ['ericsson', false],
] as const;

describe.each(classes)('a device of class %s', (profile, isTentative) => {
  const sites = ['kept', 'undone', 'repaired', 'lying', 'refusing'];
  let simulator: TestSimulator;
  let world: World;
  let gateway: Gateway;
  beforeAll(async () => {
    simulator = await startSimulator(sites, profile);
    world = new World(simulator);
    gateway = await world.gateway({ handler: withoutDemand });
    await world.register(gateway, { profile });
  });
  afterAll(async () => {
    await world.stop();
    await simulator.stop();
  });
  const configOf = async (site: string): Promise<string> => (await simulator.running(`gnb-${site}`)).config;
  const observed = async (site: string) => {
    const action = await world.started(gateway, `${site}-1`);
    await world.observed(gateway, action);
    expect(await world.locked(`${site}-1`)).toBe(true);
    expect((await simulator.running(`gnb-${site}`)).tentative).toBe(isTentative);
    return action;
  };
  const confirmed = async (site: string) => {
    const action = await observed(site);
    await world.confirmed(gateway, action);
    return action;
  };

  it('keeps a change that is confirmed, also over its restart', async () => {
    await confirmed('kept');
    const config = await configOf('kept');
    await simulator.restart('gnb-kept');
    expect(await simulator.running('gnb-kept')).toMatchObject({ config, tentative: false });
  });

  it('has its old configuration after a change that failed', async () => {
    const before = await configOf('undone');
    const action = await observed('undone');
    await world.undone(gateway, action);
    expect(await simulator.running('gnb-undone')).toMatchObject({ config: before, tentative: false });
  });

  it('is repaired after a change that was confirmed, also over its restart', async () => {
    const before = await configOf('repaired');
    const action = await confirmed('repaired');
    await gateway.undo(await world.rollback(action));
    await world.reaches(gateway, action, 'ROLLED_BACK');
    await simulator.restart('gnb-repaired');
    expect(await simulator.running('gnb-repaired')).toMatchObject({ config: before, tentative: false });
  });

  it('that refuses the change is as before', async () => {
    const before = await configOf('refusing');
    const action = await world.started(gateway, 'refusing-1');
    await simulator.fault('gnb-refusing', {
      kind: 'rpc_error',
      operation: profile === 'ericsson' ? 'edit-config' : 'commit',
      error_tag: 'invalid-value',
    });
    await world.apply(gateway, action);
    const { reasons } = await world.reaches(gateway, action, 'FAILED');
    expect(reasons.map(({ code }) => code)).toEqual(['device-refused']);
    expect(await simulator.running('gnb-refusing')).toMatchObject({ config: before, tentative: false });
  });

  it('that says ok and changes nothing is found out', async () => {
    const before = await configOf('lying');
    const action = await world.started(gateway, 'lying-1');
    await simulator.fault('gnb-lying', { kind: 'commit_noop' });
    await world.apply(gateway, action);
    const { reasons } = await world.reaches(gateway, action, 'FAILED');
    expect(reasons.map(({ code }) => code)).toEqual(['commit-without-effect']);
    expect(await configOf('lying')).toBe(before);
  });
});
