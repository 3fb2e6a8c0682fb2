import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { QualificationCell } from '@interlock/contracts';
import { earnedBy, qualificationState } from '@interlock/network';
import { until } from '@interlock/testing';
import type { Gateway } from '../src/gateway.js';
import type { InventoryEntry } from '../src/inventory.js';
import { startSimulator, type TestSimulator } from './simulator.js';
import { tenant, World } from './world.js';

const device = 'gnb-q';
const context = () => ({
  commandId: `qualify-${performance.now()}`,
  tenantId: tenant,
  actor: { kind: 'person', person_id: 'ines' } as const,
  now: new Date().toISOString(),
  correlationId: 'c',
  causationId: 'c',
});

let simulator: TestSimulator;
let world: World;
let gateway: Gateway;

const begin = async (behaviour: string, profile = behaviour): Promise<void> => {
  simulator = await startSimulator(['q'], behaviour);
  world = new World(simulator);
  gateway = await world.gateway();
  await world.register(gateway, { profile });
  await gateway.current();
};
const start = (): Promise<string> =>
  gateway.qualifications.start(tenant, device, { reason: 'new device', timeoutS: 1 }, context());
const entry = async (of: Gateway = gateway): Promise<InventoryEntry> => {
  await of.current();
  return of.inventory.get(tenant, device);
};
const ended = async (of: Gateway = gateway): Promise<InventoryEntry> => {
  await until(async () => (await entry(of)).qualifying === null, 'the qualification has ended');
  return entry(of);
};
const failed = (cells: readonly QualificationCell[]): readonly string[] =>
  cells.filter(({ result }) => result === 'fail').map(({ way, locks }) => `${way} ${locks}`);
const absent = (cells: readonly QualificationCell[]): readonly string[] => [
  ...new Set(cells.filter(({ result }) => result === 'not_offered').map(({ way }) => way)),
];

afterEach(async () => {
  await world.stop();
  await simulator.stop();
});

describe('a qualification', () => {
  it.each([
    ['3gpp', []],
    ['huawei', []],
    ['juniper', ['cancel', 'other_session']],
  ])(
    'of a device that behaves as %s earns the confirmed commit, and restores it',
    async (profile, without) => {
      await begin(profile);
      const before = await simulator.running(device);
      await start();
      const { qualification, quarantined } = await ended();
      expect(qualification).toMatchObject({ level: 'confirmed-commit', stale: null });
      expect(qualification!.cells).toHaveLength(32);
      expect(absent(qualification!.cells)).toEqual(without);
      expect(quarantined).toBeNull();
      expect(await simulator.running(device)).toMatchObject({ config: before.config, tentative: false });
    },
  );

  it('of a device without a candidate earns the inverse edit', async () => {
    await begin('ericsson');
    const before = await simulator.running(device);
    await start();
    const { qualification } = await ended();
    expect(qualification!.level).toBe('inverse-edit');
    expect(
      qualification!.cells
        .filter(({ result }) => result === 'pass')
        .map(({ way, locks }) => `${way} ${locks}`),
    ).toEqual(['edit_back none', 'edit_back running']);
    expect((await simulator.running(device)).config).toBe(before.config);
  });

  it('finds a device that keeps the change while running is locked', async () => {
    await begin('3gpp');
    const before = await simulator.running(device);
    await simulator.fault(device, { kind: 'lock_blocks_rollback' });
    await start();
    const { qualification } = await ended();
    expect(qualification!.level).toBe('confirmed-commit-unlocked');
    const ways = ['cancel', 'timeout', 'close', 'cut', 'kill', 'other_session'];
    expect(failed(qualification!.cells)).toEqual(ways.flatMap((way) => [`${way} running`, `${way} both`]));
    expect(await simulator.running(device)).toMatchObject({ config: before.config, tentative: false });
  });

  it('of a device whose commits do nothing earns nothing, and such a device is not changed', async () => {
    await begin('3gpp');
    await simulator.fault(device, { kind: 'commit_noop' });
    await start();
    const { qualification } = await ended();
    expect(qualification!.level).toBe('none');
    await simulator.clearFaults(device);
    const plan = await gateway.plan({
      tenant_id: tenant,
      action_type: 'cell_failover',
      entity_id: 'q-1',
      parameters: {},
    });
    expect(plan.violations.map(({ code }) => code)).toEqual(['profile-unsupported']);
  });

  it('lapses when the device has other modules, and is asked for again', async () => {
    await begin('3gpp');
    await start();
    const first = await ended();
    expect([qualificationState(first), earnedBy(first)]).toEqual(['current', 'confirmed-commit']);
    await simulator.fault(device, { kind: 'library_changed' });
    await simulator.dropSessions(device);
    await gateway.connect(tenant, device);
    await until(async () => qualificationState(await entry()) === 'stale', 'the qualification has lapsed');
    expect(earnedBy(await entry())).toBeNull();
  });
});

describe('while a device is qualified', () => {
  beforeEach(() => begin('3gpp'));

  it('a transaction waits for its end, and no second qualification begins', async () => {
    const action = await world.started(gateway, 'q-1');
    await start();
    await expect(start()).rejects.toMatchObject({ code: 'wrong-state' });
    await world.apply(gateway, action);
    await world.reaches(gateway, action, 'OBSERVED');
    const { qualification } = await ended();
    expect(qualification!.level).toBe('confirmed-commit');
    await expect(start()).rejects.toMatchObject({ code: 'wrong-state' });
    await gateway.undo(await world.decide(action, 'UndoRequested'));
    await world.reaches(gateway, action, 'ROLLED_BACK');
  });

  it('and its gateway is killed, another one restores the leaf', async () => {
    const before = await simulator.running(device);
    await start();
    await until(async () => (await simulator.running(device)).config !== before.config, 'it is changed');
    await world.kill(gateway);
    const next = await world.gateway();
    const found = await entry(next);
    await next.qualifications.recover(found, found.qualifying!);
    const { qualifying, qualification, quarantined } = await entry(next);
    expect({ qualifying, qualification, quarantined }).toEqual({
      qualifying: null,
      qualification: null,
      quarantined: null,
    });
    expect(await simulator.running(device)).toMatchObject({ config: before.config, tentative: false });
  });

  it('and its gateway is stopped, the leaf is restored first', async () => {
    const before = await simulator.running(device);
    await start();
    await until(async () => (await simulator.running(device)).config !== before.config, 'it is changed');
    await gateway.stop();
    gateway = await world.gateway();
    expect(qualificationState(await entry())).toBe('missing');
    expect(await simulator.running(device)).toMatchObject({ config: before.config, tentative: false });
  });
});
