import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { streamName } from '@interlock/contracts';
import { readConfig } from '@interlock/platform';
import { until } from '@interlock/testing';
import { GatewayConfig } from '../src/config.js';
import type { DeviceCommand } from '@interlock/network';
import type { Gateway } from '../src/gateway.js';
import type { CallOutcome } from '../src/sessions/call-home.js';
import { newHostKey } from './host-key.js';
import { startHomeRelay, type HomeRelay } from './home-relay.js';
import { useWorld } from './use-world.js';
import { tenant } from './world.js';

let relay: HomeRelay;
const devices = 14;
const { world, site } = useWorld('ch', devices, {
  config: { NETCONF_CALL_HOME_PORT: 0, NETCONF_CONNECT_MS: 20_000 },
  callHome: async () => (relay = await startHomeRelay()).address,
});
const sockets: Socket[] = [];
const nextKey = newHostKey();

afterEach(() => {
  relay.to(null);
  relay.cut();
  for (const socket of sockets.splice(0)) socket.destroy();
});
afterAll(() => relay.stop());

type Home = {
  readonly gateway: Gateway;
  readonly calls: CallOutcome[];
  readonly faults: Map<string, string | null>;
};

/** The host key of a device. */
const keyOf = (device: string): string =>
  world.simulator.devices.find(({ device_id }) => device_id === device)!.host_key_fingerprint;

/** A gateway that the relay passes the devices' calls on to. */
const home = async (options: Parameters<typeof world.gateway>[0] = {}): Promise<Home> => {
  const calls: CallOutcome[] = [];
  const faults = new Map<string, string | null>();
  const gateway = await world.gateway({
    onCall: (outcome) => calls.push(outcome),
    onReach: ({ device_id }, fault) => faults.set(device_id, fault),
    ...options,
  });
  relay.to(gateway.callHome.port);
  return { gateway, calls, faults };
};

/** Nothing listens on port 1: whatever reaches the devices goes over their own connections. */
const callsHome = { port: 1, call_home: true } as const;

const context = {
  commandId: 'change-1',
  tenantId: tenant,
  actor: { kind: 'service', service: 'test' },
  now: new Date().toISOString(),
  correlationId: 'c',
  causationId: 'c',
} as const;

const open = async (port: number, localAddress = '127.0.0.1'): Promise<Socket> => {
  const socket = connect({ host: '127.0.0.1', port, localAddress });
  sockets.push(socket);
  socket.resume();
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.once('connect', resolve));
  return socket;
};

describe('a device that calls home', () => {
  it('is changed, observed and confirmed over the connection that it opened', async () => {
    const { cell, device } = site();
    const { gateway, calls, faults } = await home();
    await world.register(gateway, callsHome, { only: [device] });
    const action = await world.started(gateway, cell);
    await world.apply(gateway, action);
    await world.reaches(gateway, action, 'OBSERVED');
    await gateway.confirm(await world.decide(action, 'ConfirmRequested'));
    await world.reaches(gateway, action, 'CONFIRMED');
    expect(await world.locked(cell)).toBe(true);
    expect(calls).toContain('accepted');
    expect(faults.get(device)).toBeNull();
    expect(gateway.callHome.size).toBe(1);
  });

  it('earns the safest level, because a killed session leaves the others on its connection', async () => {
    const { device } = site();
    const { gateway } = await home();
    await world.register(gateway, callsHome, { only: [device] });
    await gateway.inventory.current();
    await gateway.qualifications.start(tenant, device, { reason: 'new device', timeoutS: 2 }, context);
    await until(
      () => gateway.inventory.find(tenant, device)?.qualification ?? false,
      'the qualification has a result',
      300_000,
    );
    expect(gateway.inventory.get(tenant, device).qualification).toMatchObject({ level: 'confirmed-commit' });
  });

  it('is rolled back after its connection was cut, over the next one', async () => {
    const { cell, device } = site();
    const { gateway } = await home();
    await world.register(gateway, callsHome, { only: [device] });
    const before = (await world.simulator.running(device)).config;
    const action = await world.started(gateway, cell, { soak_s: 1 });
    await world.apply(gateway, action);
    await world.reaches(gateway, action, 'TENTATIVE', 'OBSERVED');
    relay.cut();
    await world.reaches(gateway, action, 'OBSERVED');
    await gateway.undo(await world.decide(action, 'UndoRequested'));
    await world.reaches(gateway, action, 'ROLLED_BACK');
    expect((await world.simulator.running(device)).config).toBe(before);
  });

  it('is confirmed by the successor of a killed gateway, which it calls then', async () => {
    const { cell, device } = site();
    const { gateway } = await home();
    await world.register(gateway, callsHome, { only: [device] });
    const action = await world.started(gateway, cell);
    await world.apply(gateway, action);
    await world.reaches(gateway, action, 'OBSERVED');
    await world.kill(gateway);
    const { gateway: successor } = await home();
    await successor.confirm(await world.decide(action, 'ConfirmRequested'));
    await world.reaches(successor, action, 'CONFIRMED');
    expect(await world.locked(cell)).toBe(true);
  });

  it('is refused while nobody has registered its key, and served from then on', async () => {
    const { cell, device } = site();
    const { gateway, calls } = await home();
    await until(() => calls.includes('unknown_key'), 'a caller was refused');
    expect(calls).not.toContain('accepted');
    expect((await world.simulator.running(device)).sessions).toEqual([]);
    await world.register(gateway, callsHome, { only: [device] });
    await world.started(gateway, cell);
    expect(calls).toContain('accepted');
  });

  it('is refused if its entry does not say that it calls', async () => {
    const { device } = site();
    const { gateway, calls } = await home();
    await world.register(gateway, {}, { only: [device] });
    await gateway.inventory.current();
    expect(gateway.inventory.callersWith(keyOf(device))).toEqual([]);
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

  it('is served under its next host key, which ends the rotation', async () => {
    const { device } = site();
    const { gateway } = await home({ hostKeys: [nextKey.fingerprint] });
    await world.register(gateway, callsHome, { only: [device] });
    await gateway.connect(tenant, device);
    await gateway.devices.handle(
      streamName('device', tenant, device),
      {
        kind: 'UpdateDevice',
        device_id: device,
        changes: { next_host_key_fingerprint: nextKey.fingerprint },
      },
      context,
    );
    await world.simulator.replaceHostKey(device, nextKey.key);
    const shows = async (): Promise<string | undefined> => {
      await gateway.connect(tenant, device).catch(() => undefined);
      return gateway.inventory.find(tenant, device)?.device.host_key_fingerprint;
    };
    await until(async () => (await shows()) === nextKey.fingerprint, 'the rotation has ended');
  });

  it('loses its connection when its entry changes, and is called at its address then', async () => {
    const { device } = site();
    const { gateway } = await home();
    const [own] = world.simulator.devices.filter(({ device_id }) => device_id === device);
    await world.register(gateway, callsHome, { only: [device] });
    await gateway.connect(tenant, device);
    await gateway.devices.handle(
      streamName('device', tenant, device),
      { kind: 'UpdateDevice', device_id: device, changes: { call_home: false, port: own!.port } },
      context,
    );
    await until(() => gateway.callHome.size === 0, 'the connection is ended');
    expect(await gateway.connect(tenant, device)).toMatchObject({ device_id: device });
  });

  it('is served for its next entry, once it was removed', async () => {
    const { device } = site();
    const { gateway, calls } = await home();
    await world.register(gateway, callsHome, { only: [device] });
    await gateway.connect(tenant, device);
    const { device: own } = gateway.inventory.get(tenant, device);
    await gateway.devices.handle(
      streamName('device', tenant, device),
      { kind: 'RemoveDevice', reason: null },
      context,
    );
    await gateway.devices.handle(
      streamName('device', tenant, 'gnb-next'),
      { kind: 'RegisterDevice', device: { ...own, device_id: 'gnb-next' } },
      { ...context, commandId: 'register-next' },
    );
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
    const [own] = world.simulator.devices.filter(({ device_id }) => device_id === device);
    await world.register(gateway, { port: own!.port }, { only: [device] });
    const before = (await world.simulator.running(device)).config;
    const action = await world.started(gateway, cell);
    await world.apply(gateway, action);
    await world.reaches(gateway, action, 'OBSERVED');
    await gateway.confirm(await world.decide(action, 'ConfirmRequested'));
    await world.reaches(gateway, action, 'CONFIRMED');
    await gateway.devices.handle(
      streamName('device', tenant, device),
      { kind: 'UpdateDevice', device_id: device, changes: callsHome },
      context,
    );
    await until(() => gateway.callHome.size === 1, 'the device has called home');
    await gateway.undo(await world.rollback(action));
    await world.reaches(gateway, action, 'ROLLED_BACK');
    expect((await world.simulator.running(device)).config).toBe(before);
  });

  it('is unreachable until it calls, and says why', async () => {
    const { device } = site();
    const { gateway } = await home({ config: { NETCONF_CONNECT_MS: 300 } });
    relay.to(null);
    await world.register(gateway, callsHome, { only: [device] });
    await expect(gateway.connect(tenant, device)).rejects.toMatchObject({
      code: 'device-unreachable',
      detail: expect.stringContaining('it has not called home'),
    });
    const closed = await world.gateway({ config: { NETCONF_CALL_HOME_PORT: undefined } });
    expect(closed.callHome.port).toBeNull();
    await expect(closed.connect(tenant, device)).rejects.toMatchObject({
      code: 'device-unreachable',
      detail: expect.stringContaining('NETCONF_CALL_HOME_PORT'),
    });
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
      gateway.devices.handle(streamName('device', tenantId, own.device_id), command, {
        ...context,
        tenantId,
        commandId: `${tenantId} ${command.kind}`,
      });
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
  it('fill only their own share of the port, and do not keep a device out', async () => {
    const { cell, device } = site();
    const { gateway, calls } = await home();
    const port = gateway.callHome.port!;
    const mute: Socket[] = [];
    for (let n = 0; n < 40; n += 1) mute.push(await open(port, '127.0.0.2'));
    await until(() => calls.filter((one) => one === 'too_many').length >= 24, 'most are turned away');
    await world.register(gateway, callsHome, { only: [device] });
    await world.started(gateway, cell);
    expect(calls).toContain('accepted');
  });

  it('are cut off when they speak something else', async () => {
    const { gateway, calls } = await home();
    relay.to(null);
    relay.cut();
    await gateway.inventory.current();
    const since = calls.length;
    const socket = await open(gateway.callHome.port!);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.write('GET / HTTP/1.1\r\n\r\n'.repeat(1000));
    await closed;
    await until(() => calls.slice(since).includes('failed'), 'the call has failed');
  });
});
