import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { QualificationCell } from '@interlock/contracts';
import { earnedBy, qualificationState } from '@interlock/network';
import { until } from '@interlock/testing';
import type { Gateway } from '../src/gateway.js';
import type { InventoryEntry } from '../src/devices/inventory.js';
import { simulatedSite, startDevices, type TestSimulator } from './simulator.js';
import { emptyLog, tenant, World } from './world.js';

/**
 * The sites, each with one device, and the profile of the device. Most qualifications begin with
 * the suite and run side by side, because they wait for the devices' timers.
 */
const profiles = {
  '3gpp': '3gpp',
  huawei: 'huawei',
  juniper: 'juniper',
  ericsson: 'ericsson',
  keeping: '3gpp',
  idle: '3gpp',
  lapsing: '3gpp',
  busy: '3gpp',
  killed: '3gpp',
  stopped: '3gpp',
} as const;
type Site = keyof typeof profiles;
const together = ['3gpp', 'huawei', 'juniper', 'ericsson', 'keeping', 'idle', 'lapsing'] as const;
const deviceOf = (site: Site): string => `gnb-${site}`;

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
/** What each device had before its qualification. */
const before = new Map<Site, string>();

const begin = async (): Promise<void> => {
  // A busy machine answers late, and no test here is about late answers. A transaction's timer of
  // 30 s has room for two answers.
  const patient = { NETCONF_CONNECT_MS: 120_000, NETCONF_HELLO_MS: 120_000, NETCONF_RPC_MS: 14_000 };
  world = new World(simulator, emptyLog(), patient);
  gateway = await world.gateway();
  await world.register(
    gateway,
    {},
    {
      profileOf: Object.fromEntries(
        Object.entries(profiles).map(([site, profile]) => [`gnb-${site}`, profile]),
      ),
    },
  );
  await gateway.current();
};
const running = (site: Site) => simulator.running(deviceOf(site));
const start = async (site: Site): Promise<string> => {
  before.set(site, (await running(site)).config);
  return gateway.qualifications.start(
    tenant,
    deviceOf(site),
    { reason: 'new device', timeoutS: 2 },
    context(),
  );
};
const isRestored = async (site: Site): Promise<void> => {
  expect(await running(site)).toMatchObject({ config: before.get(site), tentative: false });
};
const entry = async (site: Site, of: Gateway = gateway): Promise<InventoryEntry> => {
  await of.current();
  return of.inventory.get(tenant, deviceOf(site));
};
const ended = async (site: Site): Promise<InventoryEntry> => {
  await until(async () => (await entry(site)).qualifying === null, 'the qualification has ended', 300_000);
  return entry(site);
};
const faults = (cells: readonly QualificationCell[]): readonly QualificationCell[] =>
  cells.filter(({ result }) => result === 'fail');
const failed = (cells: readonly QualificationCell[]): readonly string[] =>
  faults(cells).map(({ way, locks }) => `${way} ${locks}`);
const absent = (cells: readonly QualificationCell[]): readonly string[] => [
  ...new Set(cells.filter(({ result }) => result === 'not_offered').map(({ way }) => way)),
];

beforeAll(async () => {
  simulator = await startDevices(
    Object.entries(profiles).map(([site, profile]) => simulatedSite(site, 100, 110, profile)),
  );
});
afterAll(() => simulator.stop());

describe('a qualification', () => {
  beforeAll(async () => {
    await begin();
    await simulator.fault(deviceOf('keeping'), { kind: 'lock_blocks_rollback' });
    await simulator.fault(deviceOf('idle'), { kind: 'commit_noop' });
    await Promise.all(together.map(start));
  });
  afterAll(() => world.stop());

  it('is waited for by a transaction, and no second one begins', async () => {
    const action = await world.started(gateway, 'busy-1');
    await start('busy');
    await expect(start('busy')).rejects.toMatchObject({ code: 'wrong-state' });
    await gateway.takeTurn(world.turnOf(action));
    expect((await gateway.status(action)).state).toBe('QUEUED');
    const { qualification } = await ended('busy');
    expect(qualification!.level).toBe('confirmed-commit');
    await world.apply(gateway, action);
    await world.reaches(gateway, action, 'OBSERVED');
    await expect(start('busy')).rejects.toMatchObject({ code: 'wrong-state' });
    await world.undone(gateway, action);
  });

  it.each([
    ['3gpp', ['commit_id']],
    ['huawei', []],
    ['juniper', ['cancel', 'other_session', 'commit_id']],
  ] as const)(
    'of a device that behaves as %s earns the confirmed commit, and restores it',
    async (profile, without) => {
      const { qualification, quarantined } = await ended(profile);
      expect(faults(qualification!.cells)).toEqual([]);
      expect(qualification).toMatchObject({ level: 'confirmed-commit', stale: null });
      expect(qualification!.cells).toHaveLength(36);
      expect(absent(qualification!.cells)).toEqual(without);
      expect(quarantined).toBeNull();
      await isRestored(profile);
    },
  );

  it('of a device without a candidate earns the inverse edit', async () => {
    const { qualification } = await ended('ericsson');
    expect(qualification!.level).toBe('inverse-edit');
    expect(
      qualification!.cells
        .filter(({ result }) => result === 'pass')
        .map(({ way, locks }) => `${way} ${locks}`),
    ).toEqual(['edit_back none', 'edit_back running']);
    await isRestored('ericsson');
  });

  it('finds a device that keeps the change while running is locked', async () => {
    const { qualification } = await ended('keeping');
    expect(qualification!.level).toBe('confirmed-commit-unlocked');
    const ways = ['cancel', 'timeout', 'close', 'cut', 'kill', 'other_session'];
    expect(failed(qualification!.cells)).toEqual(ways.flatMap((way) => [`${way} running`, `${way} both`]));
    await isRestored('keeping');
  });

  it('of a device whose commits do nothing earns nothing, and such a device is not changed', async () => {
    const { qualification } = await ended('idle');
    expect(qualification!.level).toBe('none');
    await simulator.clearFaults(deviceOf('idle'));
    const plan = await gateway.plan({
      tenant_id: tenant,
      action_type: 'cell_failover',
      entity_id: 'idle-1',
      parameters: {},
    });
    expect(plan.violations.map(({ code }) => code)).toEqual(['profile-unsupported']);
  });

  it('lapses when the device has other modules, and is asked for again', async () => {
    const first = await ended('lapsing');
    expect([qualificationState(first), earnedBy(first)]).toEqual(['current', 'confirmed-commit']);
    await simulator.fault(deviceOf('lapsing'), { kind: 'library_changed' });
    await simulator.dropSessions(deviceOf('lapsing'));
    await gateway.connect(tenant, deviceOf('lapsing'));
    await until(
      async () => qualificationState(await entry('lapsing')) === 'stale',
      'the qualification has lapsed',
    );
    expect(earnedBy(await entry('lapsing'))).toBeNull();
  });
});

describe('while a device is qualified', () => {
  beforeEach(begin);
  afterEach(() => world.stop());

  const isChanged = async (site: Site): Promise<void> => {
    await until(async () => (await running(site)).config !== before.get(site), 'it is changed');
  };

  it('and its gateway is killed, another one restores the leaf', async () => {
    await start('killed');
    await isChanged('killed');
    await world.kill(gateway);
    const next = await world.gateway();
    const found = await entry('killed', next);
    await next.qualifications.recover(found, found.qualifying!);
    const { qualifying, qualification, quarantined } = await entry('killed', next);
    expect({ qualifying, qualification, quarantined }).toEqual({
      qualifying: null,
      qualification: null,
      quarantined: null,
    });
    await isRestored('killed');
  });

  it('and its gateway is stopped, the leaf is restored first', async () => {
    await start('stopped');
    await isChanged('stopped');
    await gateway.stop();
    gateway = await world.gateway();
    expect(qualificationState(await entry('stopped'))).toBe('missing');
    await isRestored('stopped');
  });
});
