import { describe, expect, it } from '@jest/globals';
import type { PlanAnswer } from '@interlock/contracts';
import { parseXml } from '@interlock/netconf';
import { ownBinding } from '@interlock/network';
import { changesBetween, leavesOf, sameChanges } from '../src/devices/device-reading.js';
import type { Gateway } from '../src/gateway.js';
import { tell } from './commands.js';
import { otherSession } from './drift-world.js';
import { startSimulator } from './simulator.js';
import { codesOf, useWorld } from './use-world.js';
import { tenant, World } from './world.js';

const { world, prepared } = useWorld('dd', 9);

const shownBy = (gateway: Gateway, cell: string): Promise<PlanAnswer> =>
  gateway.plan({
    tenant_id: tenant,
    action_type: 'cell_failover',
    entity_id: cell,
    parameters: {},
    device_diff: true,
  });
const codes = ({ violations }: PlanAnswer): readonly string[] => codesOf({ reasons: violations });

describe('the difference that a device shows of its candidate', () => {
  it('stands beside the planned one, which it agrees with, and leaves nothing on the device', async () => {
    const { gateway, device, cell, before } = await prepared();
    const plan = await shownBy(gateway, cell);
    expect(plan.violations).toEqual([]);
    expect(plan.device_diff).toMatchObject({ source: 'candidate', why: null });
    expect(sameChanges(plan.device_diff!.changes!, plan.diff)).toBe(true);
    expect(plan.diff.length).toBeGreaterThan(1);
    const client = await otherSession(world, device);
    await client.lock('candidate');
    const [running, candidate] = [await client.getConfig('running'), await client.getConfig('candidate')];
    expect(changesBetween(running, candidate, ownBinding)).toEqual([]);
    await client.close();
    expect((await world.simulator.running(device)).config).toBe(before);
  });

  it('is not asked for unless somebody is to see it', async () => {
    const { gateway, cell } = await prepared();
    const plan = await gateway.plan({
      tenant_id: tenant,
      action_type: 'cell_failover',
      entity_id: cell,
      parameters: {},
    });
    expect(plan).not.toHaveProperty('device_diff');
  });

  it.each([
    ['adds a leaf', 'adds', 'userLabel'],
    ['drops the change', 'drops', 'the device shows nothing more'],
    ['has another value', 'changes', 'SHUTTING_DOWN'],
    ['omits a leaf with the default', 'omits_default', 'isHOAllowed'],
  ])('stops the action where it %s', async (_what, lie, named) => {
    const { gateway, device, cell, action } = await prepared();
    await world.simulator.fault(device, { kind: 'false_candidate', lie });
    const plan = await shownBy(gateway, cell);
    expect(codes(plan)).toEqual(['device-diff-mismatch']);
    expect(plan.violations[0]!.detail).toContain(named);
    expect(plan.device_diff!.source).toBe('candidate');
    // The turn meets the same lie, so that a plan from before is refused as well.
    await world.apply(gateway, action);
    expect(codesOf(await world.reaches(gateway, action, 'REFUSED', 'STALE', 'FAILED'))).toEqual([
      'diff-mismatch',
    ]);
  });

  it('agrees where the device has the leaves in another order', async () => {
    const { gateway, device, cell } = await prepared();
    await world.simulator.fault(device, { kind: 'false_candidate', lie: 'reorders' });
    expect(codes(await shownBy(gateway, cell))).toEqual([]);
  });

  it('is not waited for while another session has the candidate', async () => {
    const { gateway, device, cell } = await prepared();
    const client = await otherSession(world, device);
    await client.lock('candidate');
    expect(await shownBy(gateway, cell)).toMatchObject({
      violations: [],
      device_diff: { source: 'unavailable', changes: null },
    });
    await client.close();
  });

  it('is marked as read back later where the device has no candidate', async () => {
    const simulator = await startSimulator(['rb'], 'ericsson');
    const other = new World(simulator);
    try {
      const gateway = await other.gateway();
      await other.register(gateway, { profile: 'ericsson' });
      const path = "/ran/cell[id='rb-1']/attributes/administrativeState";
      await tell(gateway, 'gnb-rb', {
        kind: 'RecordDrift',
        leaves: [
          {
            path,
            expected: 'LOCKED',
            actual: 'UNLOCKED',
            binding: ownBinding.name,
            action_id: 'earlier',
            changed_by: null,
          },
        ],
      });
      const asked = { action_type: 'drift_restore', entity_id: 'gnb-rb', parameters: {} } as const;
      expect(await gateway.plan({ tenant_id: tenant, ...asked, device_diff: true })).toMatchObject({
        violations: [],
        diff: [{ path, before: 'UNLOCKED', after: 'LOCKED' }],
        device_diff: { source: 'read-back', changes: null },
      });
      const action = await other.started(gateway, 'gnb-rb', { action_type: 'drift_restore' });
      await other.observed(gateway, action);
      await other.confirmed(gateway, action);
      expect(await other.locked('rb-1')).toBe(true);
    } finally {
      await other.stop();
      await simulator.stop();
    }
  });
});

describe('the form in which leaves are compared', () => {
  const ran = 'urn:interlock:params:xml:ns:yang:ran';
  const data = (content: string) => parseXml(`<data xmlns="urn:x">${content}</data>`);
  const cell = (power: string, state = 'UNLOCKED'): string =>
    `<ran xmlns="${ran}"><cell><id>c1</id><attributes><administrativeState>${state}</administrativeState><configuredMaxTxPower>${power}</configuredMaxTxPower></attributes></cell></ran>`;

  it('knows neither prefixes nor the ways to write a number', () => {
    const prefixed = data(
      `<r:ran xmlns:r="${ran}"><r:cell><r:id>c1</r:id><r:attributes><r:configuredMaxTxPower>+0430</r:configuredMaxTxPower><r:administrativeState> UNLOCKED </r:administrativeState></r:attributes></r:cell></r:ran>`,
    );
    expect(changesBetween(data(cell('430')), prefixed, ownBinding)).toEqual([]);
    expect(leavesOf(prefixed, ownBinding)).toEqual(leavesOf(data(cell('430')), ownBinding));
  });

  it('keeps what is no other way to write the same', () => {
    expect(changesBetween(data(cell('430')), data(cell('431', 'LOCKED')), ownBinding)).toHaveLength(2);
    expect(changesBetween(data(cell('430')), data(cell('430x')), ownBinding)).toHaveLength(1);
  });
});
