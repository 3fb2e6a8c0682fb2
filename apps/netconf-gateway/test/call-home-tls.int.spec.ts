import { X509Certificate } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { streamName } from '@interlock/contracts';
import { certificateFingerprint } from '@interlock/netconf';
import type { DeviceCommand } from '@interlock/network';
import { newTlsIdentity, pemOf, until, type TlsIdentity } from '@interlock/testing';
import type { Gateway } from '../src/gateway.js';
import type { CallOutcome } from '../src/sessions/call-home.js';
import { startHomeRelay, type HomeRelay } from './home-relay.js';
import { useWorld } from './use-world.js';
import { tenant } from './world.js';

/** A device that holds one connection at a time. */
const single = 'single';
/** A device that accepts another client than the others. */
const foreign = 'foreign';
/** Devices of other profiles: only the session of a change can confirm it. */
const others = ['juniper'];
/** A device that speaks SSH at first. */
const old = 'old';
const sites = 14;
let relay: HomeRelay;
let clients: readonly [TlsIdentity, TlsIdentity];
const { world, site } = useWorld('ct', sites, {
  more: [single, foreign, old, ...others],
  config: { NETCONF_CALL_HOME_TLS_PORT: 0, NETCONF_CONNECT_MS: 20_000 },
  callHome: async () => (relay = await startHomeRelay()).address,
  tls: async () => {
    clients = await Promise.all([newTlsIdentity('client'), newTlsIdentity('other client')]);
    const devices = await Promise.all(
      Array.from({ length: sites + 2 + others.length }, (_, n) => newTlsIdentity(`device ${n}`)),
    );
    return (deviceId) => {
      if (deviceId === `gnb-${old}`) return {};
      const client = clients[deviceId === `gnb-${foreign}` ? 1 : 0];
      return {
        tls: tlsOf(devices.pop()!, client),
        password: pemOf(client),
        ...(deviceId === `gnb-${single}` ? { calls_at_once: 1 } : {}),
        ...others.filter((one) => deviceId === `gnb-${one}`).map((profile) => ({ profile }))[0],
      };
    };
  },
});
const sockets: Socket[] = [];

/** How a device speaks TLS that accepts this client. */
const tlsOf = ({ certificate, key }: TlsIdentity, client: TlsIdentity): object => ({
  certificate,
  private_key: key,
  client_ca: client.ca,
});

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

const open = async (port: number, localAddress = '127.0.0.1'): Promise<Socket> => {
  const socket = connect({ host: '127.0.0.1', port, localAddress });
  sockets.push(socket);
  socket.resume();
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.once('connect', resolve));
  return socket;
};

/** Sends the head of a record of TLS, and then one byte at a time until the connection ends. */
const drip = (socket: Socket): void => {
  socket.write(Buffer.from([22, 3, 3, 2, 0]));
  const timer = setInterval(() => socket.write(Buffer.from([2])), 50);
  socket.once('close', () => clearInterval(timer));
};

/** A gateway that the relay passes the devices' calls on to. */
const home = async (options: Parameters<typeof world.gateway>[0] = {}): Promise<Home> => {
  const calls: CallOutcome[] = [];
  const faults = new Map<string, string | null>();
  const gateway = await world.gateway({
    onCall: (outcome) => calls.push(outcome),
    onReach: ({ device_id }, fault) => faults.set(device_id, fault),
    ...options,
  });
  relay.to(gateway.callHome.tlsPort);
  return { gateway, calls, faults };
};

const context = {
  commandId: 'change-1',
  tenantId: tenant,
  actor: { kind: 'service', service: 'test' },
  now: new Date().toISOString(),
  correlationId: 'c',
  causationId: 'c',
} as const;

type DeviceChanges = Extract<DeviceCommand, { readonly kind: 'UpdateDevice' }>['changes'];
/** Changes the entry of a device. */
const change = (gateway: Gateway, device: string, changes: DeviceChanges): Promise<unknown> =>
  gateway.devices.handle(
    streamName('device', tenant, device),
    { kind: 'UpdateDevice', device_id: device, changes },
    context,
  );

const keyOf = ({ certificate }: TlsIdentity): string =>
  certificateFingerprint(new X509Certificate(certificate));

/** Nothing listens on port 1: whatever reaches the devices goes over their own connections. */
const callsHome = { port: 1, call_home: true, transport: 'tls' } as const;

describe('a device that calls home over TLS', () => {
  it('is changed, observed and confirmed over connections that it opened', async () => {
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

  it('is changed though it holds one connection at a time', async () => {
    const { gateway } = await home();
    const device = `gnb-${single}`;
    await world.register(gateway, callsHome, { only: [device] });
    const action = await world.started(gateway, `${single}-1`);
    await world.apply(gateway, action);
    await world.reaches(gateway, action, 'OBSERVED');
    await gateway.confirm(await world.decide(action, 'ConfirmRequested'));
    await world.reaches(gateway, action, 'CONFIRMED');
    expect(await world.locked(`${single}-1`)).toBe(true);
    const { address } = gateway.inventory.get(tenant, device);
    const watcher = await gateway.sessions.open(address, { yields: true });
    expect(await gateway.connect(tenant, device)).toMatchObject({ device_id: device });
    expect(watcher.session.endedBy).toBeDefined();
  });

  it.each(others)('is changed and taken back with the profile %s', async (profile) => {
    const { gateway } = await home();
    const [cell, device] = [`${profile}-1`, `gnb-${profile}`];
    await world.register(gateway, { ...callsHome, profile }, { only: [device] });
    const before = (await world.simulator.running(device)).config;
    const action = await world.started(gateway, cell);
    await world.apply(gateway, action);
    await world.reaches(gateway, action, 'OBSERVED');
    expect(await world.locked(cell)).toBe(true);
    await gateway.undo(await world.decide(action, 'UndoRequested'));
    await world.reaches(gateway, action, 'ROLLED_BACK');
    expect((await world.simulator.running(device)).config).toBe(before);
  });

  it('earns the safest level', async () => {
    const { device } = site();
    const { gateway } = await home();
    await world.register(gateway, callsHome, { only: [device] });
    await gateway.inventory.current();
    await gateway.qualifications.start(tenant, device, { reason: 'new device', timeoutS: 5 }, context);
    await until(
      () => gateway.inventory.find(tenant, device)?.qualification ?? false,
      'the qualification has a result',
      300_000,
    );
    expect(gateway.inventory.get(tenant, device).qualification).toMatchObject({ level: 'confirmed-commit' });
  });

  it('is rolled back after its connections were cut, over the next ones', async () => {
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
    const warnings: object[] = [];
    const { gateway, calls } = await home({
      logger: { info: () => undefined, warn: (one) => warnings.push(one), error: () => undefined },
    });
    await until(
      () => calls.filter((one) => one === 'unknown_key').length > 2 * sites,
      'all were refused twice',
    );
    expect(calls).not.toContain('accepted');
    const own = world.simulator.devices.find(({ device_id }) => device_id === device)!.host_key_fingerprint;
    const logged = warnings.filter((one) => (one as { readonly host_key?: string }).host_key === own);
    expect(logged.length).toBeLessThanOrEqual(1);
    await world.register(gateway, callsHome, { only: [device] });
    await world.started(gateway, cell);
    expect(calls).toContain('accepted');
  });

  it('is refused if its entry says that it calls over SSH', async () => {
    const { device } = site();
    const { gateway, calls } = await home();
    await world.register(gateway, { port: 1, call_home: true }, { only: [device] });
    await gateway.inventory.current();
    const since = calls.length;
    await until(() => calls.length > since + 3 * sites, 'every device has called again');
    expect(calls).not.toContain('accepted');
    expect(calls).not.toContain('call_again');
  });

  it('is named where it refuses the client certificate, or where the secret holds none', async () => {
    const { device } = site();
    const { gateway, calls, faults } = await home({
      secret: pemOf(clients[1]),
      config: { NETCONF_CONNECT_MS: 10_000 },
    });
    await world.register(gateway, callsHome, { only: [device] });
    await until(() => calls.includes('refused'), 'the device has refused the client');
    expect(faults.get(device)).toMatch(/called home, but: .*certificate/);
    expect(calls).not.toContain('accepted');
    await expect(gateway.connect(tenant, device)).rejects.toMatchObject({
      code: 'device-unreachable',
      detail: expect.stringMatching(/its last call home was refused: .*certificate/),
    });
    await world.kill(gateway);
    const { gateway: next, calls: nextCalls, faults: nextFaults } = await home({ secret: 'a password' });
    await next.inventory.current();
    await until(() => nextCalls.includes('refused'), 'the secret was refused');
    expect(nextFaults.get(device)).toMatch(/called home, but: the client certificate needs one PEM text/);
  });

  it('is shown its own client certificate beside a device that accepts another one', async () => {
    const { device } = site();
    const other = `gnb-${foreign}`;
    const { gateway, calls } = await home();
    await world.register(gateway, callsHome, { only: [device, other] });
    await until(() => gateway.callHome.size === 2, 'both have called home');
    expect(calls).not.toContain('refused');
    for (const one of [device, other])
      expect(await gateway.connect(tenant, one)).toMatchObject({ device_id: one });
  });

  it('is served under its next key, which ends the rotation', async () => {
    const { device } = site();
    const next = await newTlsIdentity('next');
    const { gateway } = await home({ hostKeys: [keyOf(next)] });
    await world.register(gateway, callsHome, { only: [device] });
    await gateway.connect(tenant, device);
    await change(gateway, device, { next_host_key_fingerprint: keyOf(next) });
    await world.simulator.speakTls(device, tlsOf(next, clients[0]));
    const shows = async (): Promise<string | undefined> => {
      await gateway.connect(tenant, device).catch(() => undefined);
      return gateway.inventory.find(tenant, device)?.device.host_key_fingerprint;
    };
    await until(async () => (await shows()) === keyOf(next), 'the rotation has ended');
  });

  it('loses its connections when its entry changes, and is called at its address then', async () => {
    const { device } = site();
    const { gateway } = await home();
    const own = world.simulator.devices.find(({ device_id }) => device_id === device)!;
    await world.register(gateway, callsHome, { only: [device] });
    await gateway.connect(tenant, device);
    await change(gateway, device, { call_home: false, port: own.port });
    await until(() => gateway.callHome.size === 0, 'the connections are ended');
    expect(await gateway.connect(tenant, device)).toMatchObject({ device_id: device });
  });

  it('is taken back over TLS, after it called over SSH when it was changed', async () => {
    const device = `gnb-${old}`;
    const identity = await newTlsIdentity('new device');
    const { gateway } = await home({
      config: { NETCONF_CALL_HOME_PORT: 0 },
      secrets: { DEVICE_DEMO__PEM: pemOf(clients[0]) },
      hostKeys: [keyOf(identity)],
    });
    relay.to(gateway.callHome.port);
    await world.register(gateway, { port: 1, call_home: true }, { only: [device] });
    const before = (await world.simulator.running(device)).config;
    const action = await world.started(gateway, `${old}-1`);
    await world.apply(gateway, action);
    await world.reaches(gateway, action, 'OBSERVED');
    await gateway.confirm(await world.decide(action, 'ConfirmRequested'));
    await world.reaches(gateway, action, 'CONFIRMED');
    await change(gateway, device, {
      transport: 'tls',
      credentials_ref: 'env:DEVICE_DEMO__PEM',
      host_key_fingerprint: keyOf(identity),
    });
    await world.simulator.speakTls(device, tlsOf(identity, clients[0]));
    relay.to(gateway.callHome.tlsPort);
    await gateway.undo(await world.rollback(action));
    await world.reaches(gateway, action, 'ROLLED_BACK');
    expect((await world.simulator.running(device)).config).toBe(before);
  });

  it('is unreachable until it calls, and says why', async () => {
    const { device } = site();
    const { gateway } = await home({ config: { NETCONF_CONNECT_MS: 300 } });
    relay.to(null);
    relay.cut();
    await world.register(gateway, callsHome, { only: [device] });
    await expect(gateway.connect(tenant, device)).rejects.toMatchObject({
      code: 'device-unreachable',
      detail: expect.stringContaining('it has not called home'),
    });
    const closed = await world.gateway({ config: { NETCONF_CALL_HOME_TLS_PORT: undefined } });
    expect(closed.callHome.tlsPort).toBeNull();
    await expect(closed.connect(tenant, device)).rejects.toMatchObject({
      code: 'device-unreachable',
      detail: expect.stringContaining('NETCONF_CALL_HOME_TLS_PORT'),
    });
  });
});

describe('callers over TLS that are no devices', () => {
  it('fill only their own share of the port, and do not keep a device out', async () => {
    const { cell, device } = site();
    const { gateway, calls } = await home();
    const port = gateway.callHome.tlsPort!;
    for (let n = 0; n < 40; n += 1) await open(port, '127.0.0.2');
    await until(() => calls.filter((one) => one === 'too_many').length >= 24, 'most are turned away');
    await world.register(gateway, callsHome, { only: [device] });
    await world.started(gateway, cell);
    expect(calls).toContain('accepted');
  });

  it.each<[string, (socket: Socket) => unknown]>([
    ['say nothing', () => undefined],
    ['send a handshake byte by byte', (socket) => drip(socket)],
    ['speak something else', (socket) => socket.write('GET / HTTP/1.1\r\n\r\n'.repeat(1000))],
  ])('are cut off in time when they %s', async (_name, speak) => {
    const { gateway, calls } = await home({ config: { NETCONF_CONNECT_MS: 500 } });
    relay.to(null);
    relay.cut();
    await gateway.inventory.current();
    const socket = await open(gateway.callHome.tlsPort!);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    speak(socket);
    await closed;
    await until(() => calls.includes('failed'), 'the call has failed');
    expect(gateway.callHome.size).toBe(0);
  });
});
