import { streamName } from '@interlock/contracts';
import { collect } from '@interlock/kernel';
import { until } from '@interlock/testing';
import { describe, expect, it } from '@jest/globals';
import type { Gateway } from '../src/gateway.js';
import { tell } from './commands.js';
import { useWorld } from './use-world.js';
import { tenant, type World } from './world.js';

const { world, prepared } = useWorld('b', 12, { more: ['other'] });

/** Says in the inventory, past the doors, that the device is where another one is. */
const moved = async (gateway: Gateway, deviceId: string): Promise<void> => {
  const { host, port, username, host_key_fingerprint } = world.simulator.devices.find(
    (one) => one.device_id === 'gnb-other',
  )!;
  await tell(gateway, deviceId, {
    kind: 'UpdateDevice',
    device_id: deviceId,
    changes: { host, port, username, host_key_fingerprint, credentials_ref: 'env:DEVICE_DEMO__gnb_other' },
  });
};

const begun = async (over: Parameters<World['started']>[2] = {}) => {
  const ready = await prepared({ over });
  const { gateway, action } = ready;
  const other = await world.simulator.running('gnb-other');
  await world.observed(gateway, action);
  return { ...ready, other: other.config };
};

describe('a transaction whose device is moved in the inventory', () => {
  it('says in its journal where the device was when it began', async () => {
    const { action, device } = await begun();
    const [first] = await collect(world.store.read(streamName('device_tx', tenant, action.action_id)));
    const { host, port, username, host_key_fingerprint } = world.simulator.devices.find(
      (one) => one.device_id === device,
    )!;
    expect(first).toMatchObject({
      type: 'TurnAccepted',
      data: {
        device: {
          host,
          port,
          username,
          host_key_fingerprint,
          profile: '3gpp',
          credentials_ref: expect.stringMatching(/^env:/),
        },
      },
    });
  });

  it('cancels where it committed, and nowhere else', async () => {
    const { gateway, action, device, before, other } = await begun();
    await moved(gateway, device);
    await world.undone(gateway, action);
    expect(await world.simulator.running(device)).toMatchObject({ config: before, tentative: false });
    expect((await world.simulator.running('gnb-other')).config).toBe(other);
  });

  it('confirms where it committed', async () => {
    const { gateway, action, device, cell } = await begun();
    await moved(gateway, device);
    await world.confirmed(gateway, action);
    expect(await world.locked(cell)).toBe(true);
    expect((await world.simulator.running(device)).tentative).toBe(false);
  });

  it('edits back where it was confirmed', async () => {
    const { gateway, action, device, before, other } = await begun();
    await world.confirmed(gateway, action);
    await moved(gateway, device);
    await world.undone(gateway, action);
    expect((await world.simulator.running(device)).config).toBe(before);
    expect((await world.simulator.running('gnb-other')).config).toBe(other);
  });

  it('is taken back by a successor that knows the device from the journal alone, also where it was removed', async () => {
    const { gateway, action, device, before } = await begun();
    await moved(gateway, device);
    await tell(gateway, device, { kind: 'RemoveDevice', reason: null });
    await world.kill(gateway);
    const successor = await world.gateway();
    await world.undone(successor, action);
    expect(await world.simulator.running(device)).toMatchObject({ config: before, tentative: false });
  });
});

describe('a device that is registered under another name', () => {
  it('is in quarantine as long as the one at its place is, and nothing is applied to it', async () => {
    const { gateway, action, cell, device: deviceId } = await prepared();
    const { device } = gateway.inventory.find(tenant, deviceId)!;
    await tell(gateway, device.device_id, {
      kind: 'QuarantineDevice',
      device_id: device.device_id,
      tx_id: null,
      reason: 'not as it was left',
    });
    await tell(gateway, device.device_id, { kind: 'RemoveDevice', reason: null });
    await tell(gateway, 'renamed', {
      kind: 'RegisterDevice',
      device: { ...device, device_id: 'renamed', host: 'LOCALHOST' },
    });
    await gateway.inventory.current();
    expect(
      (
        await gateway.plan({
          tenant_id: tenant,
          action_type: 'cell_failover',
          entity_id: cell,
          parameters: {},
        })
      ).violations.map((one) => one.code),
    ).toContain('device-quarantined');
    await world.apply(gateway, action);
    expect((await world.reaches(gateway, action, 'REFUSED')).reasons.map((one) => one.code)).toEqual([
      'device-quarantined',
    ]);
    await tell(gateway, device.device_id, {
      kind: 'ReleaseDevice',
      device_id: device.device_id,
      reason: 'looked at',
    });
    await until(
      () => gateway.inventory.find(tenant, 'renamed')?.quarantined === null,
      'the device is released',
    );
  });
});
