import { describe, expect, it } from '@jest/globals';
import { collect } from '@interlock/kernel';
import { streamName, type HandlerEnvelope } from '@interlock/contracts';
import { until } from '@interlock/testing';
import type { Gateway } from '../src/gateway.js';
import { editCells, otherSession, useDrift } from './drift-world.js';
import { useWorld } from './use-world.js';
import { tenant } from './world.js';

const { world, prepared } = useWorld('dr', 5);
const { checks, found, confirmed } = useDrift(() => world);

const state = (cell: string, value: string): string =>
  `<cell><id>${cell}</id><attributes><administrativeState>${value}</administrativeState></attributes></cell>`;

/** An action has locked the cell, and somebody else has unlocked it again. */
const drifted = async () => {
  const ready = await prepared();
  const drift = await checks(ready.gateway);
  await confirmed(ready.gateway, ready.action);
  const edit = async (value: string): Promise<void> => {
    const client = await otherSession(world, ready.device);
    await editCells(client, state(ready.cell, value));
    await client.close();
  };
  await edit('UNLOCKED');
  expect(await drift.check(tenant, ready.device)).toMatchObject({ state: 'drifted' });
  return { ...ready, drift, edit };
};
const restore = (gateway: Gateway, device: string): Promise<HandlerEnvelope> =>
  world.started(gateway, device, { action_type: 'drift_restore' });
const asked = (device: string) => ({
  tenant_id: tenant,
  action_type: 'drift_restore',
  entity_id: device,
  parameters: {},
});

describe('a drifted device', () => {
  it('is restored by a change that is planned, read again over the soak, and confirmed', async () => {
    const { gateway, device, cell, drift } = await drifted();
    const plan = await gateway.plan(asked(device));
    expect(plan).toMatchObject({
      device_id: device,
      violations: [],
      diff: [
        {
          path: `/ran/cell[id='${cell}']/attributes/administrativeState`,
          before: 'UNLOCKED',
          after: 'LOCKED',
        },
      ],
    });
    expect(await gateway.estimateImpact(asked(device))).toMatchObject({ device_id: device, kpis: [] });
    const action = await restore(gateway, device);
    await world.apply(gateway, action);
    const { observation } = await world.reaches(gateway, action, 'OBSERVED');
    expect(observation).toMatchObject({ before: {}, after: {}, breaches: [] });
    expect(observation!.samples).toBeGreaterThan(1);
    await world.confirmed(gateway, action);
    expect(await world.locked(cell)).toBe(true);
    expect(await drift.check(tenant, device)).toMatchObject({ state: 'in_sync' });
    expect((await found(device)).map(({ type }) => type)).toEqual(['DeviceDriftFound', 'DeviceDriftCleared']);
  });

  it('has the drift again after the restore was undone, and its earlier expected values', async () => {
    const { gateway, device, cell, drift } = await drifted();
    const action = await restore(gateway, device);
    await world.observed(gateway, action);
    await world.undone(gateway, action);
    const events = await collect(world.store.read(streamName('device_tx', tenant, action.action_id)));
    expect(events.at(-1)).toMatchObject({ type: 'ChangeRolledBack', data: { how: 'cancel-commit' } });
    expect(await world.locked(cell)).toBe(false);
    expect(await drift.check(tenant, device)).toMatchObject({ state: 'drifted' });
  });

  it('is not restored by a plan that somebody has made old', async () => {
    const { gateway, device, edit } = await drifted();
    const action = await restore(gateway, device);
    await edit('LOCKED');
    expect(await world.apply(gateway, action)).toMatchObject({ status: 'refused' });
  });

  it('is not restored where it has not drifted, or is not there', async () => {
    const { gateway, device } = await prepared();
    expect((await gateway.plan(asked(device))).violations).toMatchObject([{ code: 'no-drift' }]);
    await expect(gateway.plan(asked('none'))).rejects.toMatchObject({
      code: 'device-unknown',
      detail: 'there is no device `none`',
    });
  });

  it('is found in sync by the checks after the restore, without being asked', async () => {
    const { gateway, device } = await drifted();
    await checks(gateway, { NETCONF_DRIFT_MS: 5000, NETCONF_DRIFT_SUBSCRIPTIONS: 0 });
    await confirmed(gateway, await restore(gateway, device));
    await until(async () => (await found(device)).at(-1)?.type === 'DeviceDriftCleared', 'the drift is over');
  });
});
