import type { Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { newTlsIdentity, pemOf, until, type TlsIdentity } from '@interlock/testing';
import { keyOf, newIdentities, overTls, tlsOf, useCallHome } from './call-home-world.js';
import { tell } from './commands.js';
import { tenant } from './world.js';

/** A device that holds one connection at a time. */
const single = 'single';
/** A device that accepts another client than the others. */
const foreign = 'foreign';
/** Devices of other profiles: only the session of a change can confirm it. */
const others = ['juniper'];
/** A device that speaks SSH at first. */
const old = 'old';
const sites = 6;
let clients: readonly [TlsIdentity, TlsIdentity];
const { world, site, relay, home, open, callsHome } = useCallHome('tls', 'ct', sites, {
  more: [single, foreign, old, ...others],
  tls: async () => {
    const [client, other, ...devices] = await newIdentities(4 + sites + others.length);
    clients = [client!, other!];
    return (deviceId) =>
      deviceId === `gnb-${old}`
        ? {}
        : {
            ...overTls(devices.pop()!, clients[deviceId === `gnb-${foreign}` ? 1 : 0]),
            ...(deviceId === `gnb-${single}` ? { calls_at_once: 1 } : {}),
            ...others.filter((one) => deviceId === `gnb-${one}`).map((profile) => ({ profile }))[0],
          };
  },
});

/** Sends the head of a record of TLS, and then one byte at a time until the connection ends. */
const drip = (socket: Socket): void => {
  socket.write(Buffer.from([22, 3, 3, 2, 0]));
  const timer = setInterval(() => socket.write(Buffer.from([2])), 50);
  socket.once('close', () => clearInterval(timer));
};

describe('a device that calls home over TLS', () => {
  it('is changed though it holds one connection at a time', async () => {
    const { gateway } = await home();
    const device = `gnb-${single}`;
    await world.register(gateway, callsHome, { only: [device] });
    const action = await world.started(gateway, `${single}-1`);
    await world.observed(gateway, action);
    await world.confirmed(gateway, action);
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
    await world.observed(gateway, action);
    expect(await world.locked(cell)).toBe(true);
    await world.undone(gateway, action);
    expect((await world.simulator.running(device)).config).toBe(before);
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
    await world.observed(gateway, action);
    await world.confirmed(gateway, action);
    await tell(gateway, device, {
      kind: 'UpdateDevice',
      device_id: device,
      changes: {
        transport: 'tls',
        credentials_ref: 'env:DEVICE_DEMO__PEM',
        host_key_fingerprint: keyOf(identity),
      },
    });
    await world.simulator.speakTls(device, tlsOf(identity, clients[0]));
    relay.to(gateway.callHome.tlsPort);
    await gateway.undo(await world.rollback(action));
    await world.reaches(gateway, action, 'ROLLED_BACK');
    expect((await world.simulator.running(device)).config).toBe(before);
  });
});

describe('callers over TLS that are no devices', () => {
  it.each<[string, (socket: Socket) => unknown]>([
    ['say nothing', () => undefined],
    ['send a handshake byte by byte', (socket) => drip(socket)],
    ['speak something else', (socket) => socket.write('GET / HTTP/1.1\r\n\r\n'.repeat(1000))],
  ])('are cut off in time when they %s', async (_name, speak) => {
    const { gateway, calls } = await home({ config: { NETCONF_CONNECT_MS: 500 } });
    relay.close();
    await gateway.inventory.current();
    const socket = await open(gateway);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    speak(socket);
    await closed;
    await until(() => calls.includes('failed'), 'the call has failed');
    expect(gateway.callHome.size).toBe(0);
  });
});
