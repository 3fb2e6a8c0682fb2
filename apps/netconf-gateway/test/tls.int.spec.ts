import { X509Certificate } from 'node:crypto';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Device } from '@interlock/network';
import { certificateFingerprint, hostKeyFingerprint } from '@interlock/netconf';
import { newTlsIdentity, pemOf, type TlsIdentity } from '@interlock/testing';
import { qualified, tell } from './commands.js';
import { useWorld } from './use-world.js';
import { tenant } from './world.js';

let client: TlsIdentity;
let stranger: TlsIdentity;
beforeAll(async () => {
  stranger = await newTlsIdentity('stranger');
});
/** Sites whose devices speak SSH until a test switches them. */
const overSsh = ['ssh1', 'ssh2', 'ssh3'];
const { world, site } = useWorld('tls', 18, {
  more: overSsh,
  tls: async () => {
    const device = await newTlsIdentity('device');
    client = await newTlsIdentity('client');
    return (deviceId) =>
      overSsh.includes(deviceId.slice('gnb-'.length)) ? {} : { tls: tlsOf(device), password: pemOf(client) };
  },
});
/** How a device speaks TLS that accepts the client. */
const tlsOf = ({ certificate, key }: TlsIdentity): object => ({
  certificate,
  private_key: key,
  client_ca: client.ca,
});
const overTls = { transport: 'tls' } as const;

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});
/** Starts a TCP server, and returns its port. */
const listen = async (onSocket: (socket: Socket) => void): Promise<number> => {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    onSocket(socket);
  });
  ends.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return (server.address() as AddressInfo).port;
};

/** Tries to open a session with a device that has these settings; returns the problem. */
const problemWith = async (
  over: Partial<Pick<Device, 'port' | 'host_key_fingerprint'>>,
  options: NonNullable<Parameters<typeof world.gateway>[0]> = {},
): Promise<unknown> => {
  const { device } = site();
  const gateway = await world.gateway(options);
  await world.register(gateway, { ...overTls, ...over }, { only: [device] });
  await gateway.inventory.current();
  return gateway.sessions.open(gateway.inventory.get(tenant, device).address).then(
    () => {
      throw new Error('the session was opened');
    },
    (error: unknown) => error,
  );
};

describe('a device over TLS', () => {
  it('is changed, observed, confirmed and rolled back', async () => {
    const { cell, device } = site();
    const gateway = await world.gateway();
    await world.register(gateway, overTls, { only: [device] });
    const before = (await world.simulator.running(device)).config;
    const action = await world.started(gateway, cell);
    await world.observed(gateway, action);
    await world.confirmed(gateway, action);
    expect(await world.locked(cell)).toBe(true);
    await gateway.undo(await world.rollback(action));
    await world.reaches(gateway, action, 'ROLLED_BACK');
    expect((await world.simulator.running(device)).config).toBe(before);
  });

  it('is taken back after its connection was lost during the soak', async () => {
    const { cell, device } = site();
    const gateway = await world.gateway();
    await world.register(gateway, overTls, { only: [device] });
    const before = (await world.simulator.running(device)).config;
    const action = await world.started(gateway, cell, { soak_s: 1 });
    await world.apply(gateway, action);
    await world.reaches(gateway, action, 'TENTATIVE', 'OBSERVED');
    await world.simulator.dropSessions(device);
    await world.reaches(gateway, action, 'OBSERVED');
    await world.undone(gateway, action);
    expect((await world.simulator.running(device)).config).toBe(before);
  });

  it.each<[string, string, 'confirm' | 'undo', boolean]>([
    ['confirmed', 'ssh1', 'confirm', false],
    ['cancelled', 'ssh2', 'undo', false],
    ['taken back later', 'ssh3', 'undo', true],
  ])('is %s over TLS, though the change began over SSH', async (_name, id, end, isConfirmed) => {
    const [cell, device] = [`${id}-1`, `gnb-${id}`];
    const identity = await newTlsIdentity('new device');
    const key = certificateFingerprint(new X509Certificate(identity.certificate));
    const gateway = await world.gateway({
      secrets: { DEVICE_DEMO__PEM: pemOf(client) },
      hostKeys: [key],
    });
    await world.register(gateway, {}, { only: [device] });
    const before = (await world.simulator.running(device)).config;
    const action = await world.started(gateway, cell, { confirm_timeout_s: 120 });
    await world.observed(gateway, action);
    if (isConfirmed) {
      await world.confirmed(gateway, action);
    }
    await tell(gateway, device, {
      kind: 'UpdateDevice',
      device_id: device,
      changes: { ...overTls, credentials_ref: 'env:DEVICE_DEMO__PEM', host_key_fingerprint: key },
    });
    await world.simulator.speakTls(device, tlsOf(identity));
    if (end === 'confirm') {
      await world.confirmed(gateway, action);
      expect(await world.locked(cell)).toBe(true);
      return;
    }
    await gateway.undo(
      isConfirmed ? await world.rollback(action) : await world.decide(action, 'UndoRequested'),
    );
    await world.reaches(gateway, action, 'ROLLED_BACK');
    expect((await world.simulator.running(device)).config).toBe(before);
  });

  it('earns the safest level', async () => {
    const { device } = site();
    const gateway = await world.gateway();
    await world.register(gateway, overTls, { only: [device] });
    expect(await qualified(gateway, device)).toMatchObject({ level: 'confirmed-commit' });
  });

  it('is refused if its certificate has another key than the entry', async () => {
    const other = hostKeyFingerprint(Buffer.from('another key'));
    expect(await problemWith({ host_key_fingerprint: other }, { hostKeys: [other] })).toMatchObject({
      code: 'host-key-mismatch',
    });
  });

  it('is not given a certificate that is bound to another key', async () => {
    const other = hostKeyFingerprint(Buffer.from('another key'));
    expect(await problemWith({ host_key_fingerprint: other })).toMatchObject({ code: 'secret-not-for-host' });
  });

  it('refuses a client certificate of another authority', async () => {
    expect(await problemWith({}, { secret: pemOf(stranger) })).toMatchObject({
      code: 'device-unreachable',
    });
  });

  it.each([
    ['a password', () => 'a password', /one PEM text/],
    ['a key without a certificate', () => client.key, /one PEM text/],
    ['a certificate without a key', () => client.certificate, /one PEM text/],
    ['two keys', () => `${pemOf(client)}\n${stranger.key}`, /one PEM text/],
    [
      'a key of another certificate',
      () => `${client.certificate}\n${stranger.key}`,
      /does not belong to the private key/,
    ],
    [
      'a certificate that cannot be read',
      () => `-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n${client.key}`,
      /cannot be read/,
    ],
  ])('is not reached with %s as the secret', async (_name, secret, message) => {
    expect(await problemWith({}, { secret: secret() })).toMatchObject({
      code: 'device-unreachable',
      message: expect.stringMatching(message),
    });
  });

  it('does not end the gateway if its port is closed and its secret cannot be used', async () => {
    const broken = '-----BEGIN CERTIFICATE-----\nMAAA\n-----END CERTIFICATE-----';
    expect(await problemWith({ port: 1 }, { secret: `${pemOf(client)}\n${broken}` })).toMatchObject({
      code: 'device-unreachable',
    });
  });

  it.each<[string, (socket: Socket) => void, object]>([
    ['says nothing', () => undefined, { NETCONF_CONNECT_MS: 300 }],
    ['speaks SSH', (socket) => socket.write('SSH-2.0-OpenSSH_9.6\r\n'), {}],
    ['closes the connection', (socket) => socket.end(), {}],
    ['resets the connection', (socket) => socket.resetAndDestroy(), {}],
  ])('is unreachable if its port %s', async (_name, onSocket, config) => {
    const port = await listen(onSocket);
    expect(await problemWith({ port }, { config })).toMatchObject({ code: 'device-unreachable' });
  });
});
