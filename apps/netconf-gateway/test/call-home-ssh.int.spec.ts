import { describe, expect, it } from '@jest/globals';
import { streamName } from '@interlock/contracts';
import type { DeviceCommand } from '@interlock/network';
import { readConfig } from '@interlock/platform';
import { until } from '@interlock/testing';
import { GatewayConfig } from '../src/config.js';
import { useCallHome } from './call-home-world.js';
import { contextOf, tell } from './commands.js';
import { tenant } from './world.js';

const devices = 8;
const { world, site, relay, home, open, simulated, callsHome } = useCallHome('ssh', 'cs', devices);

describe('a device that calls home over SSH', () => {
  it('is refused if its entry does not say that it calls', async () => {
    const { device } = site();
    const { gateway, calls } = await home();
    await world.register(gateway, {}, { only: [device] });
    await gateway.inventory.current();
    expect(gateway.inventory.callersWith(simulated(device).host_key_fingerprint)).toEqual([]);
    const since = calls.length;
    await until(() => calls.length > since + 3 * devices, 'every device has called again');
    expect(calls).not.toContain('accepted');
    expect(await gateway.connect(tenant, device)).toMatchObject({ device_id: device });
  });

  it('is named where its login is refused', async () => {
    const { device } = site();
    const { gateway, calls, faults } = await home();
    await world.register(gateway, { ...callsHome, username: 'nobody' }, { only: [device] });
    await until(() => calls.includes('refused'), 'the login was refused');
    expect(faults.get(device)).toMatch(/called home, but: .*authentication/);
  });

  it('is served for its next entry, once it was removed', async () => {
    const { device } = site();
    const { gateway, calls } = await home();
    await world.register(gateway, callsHome, { only: [device] });
    await gateway.connect(tenant, device);
    const { device: own } = gateway.inventory.get(tenant, device);
    await tell(gateway, device, { kind: 'RemoveDevice', reason: null });
    await tell(gateway, 'gnb-next', { kind: 'RegisterDevice', device: { ...own, device_id: 'gnb-next' } });
    const before = calls.filter((one) => one === 'accepted').length;
    await until(
      () => calls.filter((one) => one === 'accepted').length > before,
      'it has called again, for its next entry',
    );
    expect(await gateway.connect(tenant, 'gnb-next')).toMatchObject({ device_id: 'gnb-next' });
  });

  it('is taken back over its present connection, after its login and its direction were changed', async () => {
    const { cell, device } = site();
    const { gateway } = await home();
    await world.register(gateway, { port: simulated(device).port }, { only: [device] });
    const before = (await world.simulator.running(device)).config;
    const action = await world.started(gateway, cell);
    await world.observed(gateway, action);
    await world.confirmed(gateway, action);
    await tell(gateway, device, { kind: 'UpdateDevice', device_id: device, changes: callsHome });
    await until(() => gateway.callHome.size === 1, 'the device has called home');
    await gateway.undo(await world.rollback(action));
    await world.reaches(gateway, action, 'ROLLED_BACK');
    expect((await world.simulator.running(device)).config).toBe(before);
  });
});

describe('the port for devices that call home', () => {
  it('is a number from the environment, and none unless it is set', () => {
    const read = (environment: { readonly [name: string]: string }): unknown =>
      readConfig(GatewayConfig, environment).NETCONF_CALL_HOME_PORT;
    expect(read({ NETCONF_CALL_HOME_PORT: '4334' })).toBe(4334);
    expect(read({})).toBeUndefined();
    expect(() => read({ NETCONF_CALL_HOME_PORT: 'ssh' })).toThrow('NETCONF_CALL_HOME_PORT');
  });
});

describe('a host key that several entries name', () => {
  it('is of the entry that had it first, until that one gives it up', async () => {
    const { device } = site();
    const { gateway } = await home();
    relay.to(null);
    await world.register(gateway, callsHome, { only: [device] });
    await gateway.inventory.current();
    const { device: own } = gateway.inventory.get(tenant, device);
    const key = own.host_key_fingerprint;
    const claim = (tenantId: string, command: DeviceCommand) =>
      gateway.devices.handle(
        streamName('device', tenantId, own.device_id),
        command,
        contextOf(`${tenantId} ${command.kind}`, tenantId),
      );
    const holder = async (): Promise<string | undefined> => {
      await gateway.inventory.current();
      return gateway.inventory.callersWith(key)[0]?.address.tenant_id;
    };
    await claim('acme', { kind: 'RegisterDevice', device: own });
    expect(await holder()).toBe(tenant);
    await claim(tenant, { kind: 'RemoveDevice', reason: null });
    expect(await holder()).toBe('acme');
    await claim('acme', { kind: 'UpdateDevice', device_id: own.device_id, changes: { call_home: false } });
    expect(await holder()).toBeUndefined();
  });
});

describe('callers that are no devices', () => {
  it('are cut off when they speak something else', async () => {
    const { gateway, calls } = await home();
    relay.close();
    await gateway.inventory.current();
    const since = calls.length;
    const socket = await open(gateway);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.write('GET / HTTP/1.1\r\n\r\n'.repeat(1000));
    await closed;
    await until(() => calls.slice(since).includes('failed'), 'the call has failed');
  });
});
