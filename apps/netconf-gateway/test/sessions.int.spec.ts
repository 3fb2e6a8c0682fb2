import type { NetconfClient } from '@interlock/netconf';
import { boundSecrets, until } from '@interlock/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { GatewayConfig } from '../src/config.js';
import { createCredentials } from '../src/devices/credentials.js';
import { DeviceSessions, type DeviceAddress } from '../src/sessions/sessions.js';
import { tell } from './commands.js';
import { tenant, World } from './world.js';
import { startSimulator, type SimulatedDevice, type TestSimulator } from './simulator.js';

const sites = ['s1', 's2', 's3', 's4', 's5', 's6'];
let simulator: TestSimulator;
const made: DeviceSessions[] = [];

beforeAll(async () => {
  simulator = await startSimulator(sites);
});
afterAll(async () => {
  await simulator.stop();
});
afterEach(async () => {
  for (const sessions of made.splice(0)) await sessions.stop();
  for (const { device_id: deviceId } of simulator.devices) await simulator.clearFaults(deviceId);
});

const deviceAt = (n: number): SimulatedDevice => simulator.devices[n]!;

const variable = (owner: string, device: SimulatedDevice): string =>
  `DEVICE_${owner.toUpperCase()}__${device.device_id.replaceAll('-', '_')}`;

/** Sessions of a gateway whose tenants `demo` and `other` both know the secrets of all devices. */
const sessionsOf = (config: Partial<GatewayConfig> = {}, devices = simulator.devices): DeviceSessions => {
  const whole = Object.assign(new GatewayConfig(), { NETCONF_RPC_MS: 5000 }, config);
  const environment = boundSecrets(
    {
      DEVICE_DEMO__wrong: 'not the password',
      ...Object.fromEntries(
        devices.flatMap((device) =>
          ['demo', 'other'].map((owner) => [variable(owner, device), device.password]),
        ),
      ),
    },
    ['127.0.0.1', ...devices.map((device) => device.host_key_fingerprint)],
  );
  const sessions = new DeviceSessions(whole, createCredentials(whole, environment), {
    callHome: { open: () => Promise.reject(new Error('no device calls home here')) },
  });
  made.push(sessions);
  return sessions;
};

const addressOf = (device: SimulatedDevice, over: Partial<DeviceAddress> = {}): DeviceAddress => ({
  tenant_id: 'demo',
  device_id: device.device_id,
  host: device.host,
  port: device.port,
  username: device.username,
  credentials_ref: `env:${variable(over.tenant_id ?? 'demo', device)}`,
  host_key_fingerprint: device.host_key_fingerprint,
  ...over,
});

/** Reads the configuration; answers in which session. */
const readIn = async (client: NetconfClient): Promise<string> => {
  await client.getConfig('running');
  return client.sessionId;
};
const openOn = async ({ device_id: deviceId }: SimulatedDevice): Promise<readonly number[]> =>
  (await simulator.running(deviceId)).sessions;
const closed = (device: SimulatedDevice, count: number): Promise<unknown> =>
  until(async () => (await openOn(device)).length === count, `the device has ${count} sessions`);

describe('the session that reads of a device share', () => {
  it('is one, however many read, at once or one after the other', async () => {
    const sessions = sessionsOf();
    const device = deviceAt(0);
    const ids = await Promise.all(Array.from({ length: 8 }, () => sessions.read(addressOf(device), readIn)));
    ids.push(await sessions.read(addressOf(device), readIn));
    expect(new Set(ids).size).toBe(1);
    expect(await openOn(device)).toHaveLength(1);
  });

  it('is replaced by the next read where it broke while it was idle', async () => {
    const sessions = sessionsOf();
    const device = deviceAt(0);
    const first = await sessions.read(addressOf(device), readIn);
    await simulator.dropSessions(device.device_id);
    await until(() => sessions.size === 0, 'the session is known to be over');
    expect(await sessions.read(addressOf(device), readIn)).not.toBe(first);
    expect(await openOn(device)).toHaveLength(1);
  });

  it('is replaced once where the server closes it under a read, which is repeated; then the read fails', async () => {
    const sessions = sessionsOf();
    const device = deviceAt(0);
    const first = await sessions.read(addressOf(device), readIn);
    const cut = { kind: 'drop_session', operation: 'get-config', when: 'before' };
    await simulator.fault(device.device_id, { ...cut, times: 1 });
    expect(await sessions.read(addressOf(device), readIn)).not.toBe(first);
    await simulator.fault(device.device_id, { ...cut, times: 2 });
    await expect(sessions.read(addressOf(device), readIn)).rejects.toThrow();
    // Nothing of the fault is left: a later read has a session of its own making.
    await sessions.read(addressOf(device), readIn);
    expect(await openOn(device)).toHaveLength(1);
  });

  it('is not used again after a read that the device did not answer in time', async () => {
    const sessions = sessionsOf();
    const device = deviceAt(0);
    const first = await sessions.read(addressOf(device), readIn);
    await simulator.fault(device.device_id, { kind: 'hang_after_hello', operation: 'get-config', times: 1 });
    await expect(sessions.read(addressOf(device), readIn)).rejects.toThrow();
    expect(await sessions.read(addressOf(device), readIn)).not.toBe(first);
  });

  it.each([
    ['operation-failed', false],
    ['access-denied', true],
  ])('is used again after a read that was answered by %s: %s', async (tag, isKept) => {
    const sessions = sessionsOf();
    const device = deviceAt(0);
    const first = await sessions.read(addressOf(device), readIn);
    const refusal = { kind: 'rpc_error', operation: 'get-config', error_tag: tag, times: 1 };
    await simulator.fault(device.device_id, refusal);
    await expect(sessions.read(addressOf(device), readIn)).rejects.toThrow(tag);
    expect((await sessions.read(addressOf(device), readIn)) === first).toBe(isKept);
  });

  it('is not there for a device that comes back with another host key', async () => {
    const old = await startSimulator(['k1']);
    const device = old.devices[0]!;
    const sessions = sessionsOf({}, old.devices);
    await sessions.read(addressOf(device), readIn);
    await old.stop();
    const stranger = await startSimulator(['k1'], '3gpp', device.port);
    try {
      expect(stranger.devices[0]).toMatchObject({ port: device.port });
      await expect(sessions.read(addressOf(device), readIn)).rejects.toMatchObject({
        code: 'host-key-mismatch',
      });
      expect((await stranger.running(device.device_id)).sessions).toEqual([]);
    } finally {
      await stranger.stop();
    }
  });

  it('is not used by who pins another host key, or logs in by other credentials: theirs is their own, or none', async () => {
    const sessions = sessionsOf();
    const device = deviceAt(0);
    const first = await sessions.read(addressOf(device), readIn);
    await expect(
      sessions.read(addressOf(device, { host_key_fingerprint: deviceAt(1).host_key_fingerprint }), readIn),
    ).rejects.toMatchObject({ code: 'host-key-mismatch' });
    await expect(
      sessions.read(addressOf(device, { credentials_ref: 'env:DEVICE_DEMO__wrong' }), readIn),
    ).rejects.toMatchObject({ code: 'device-unreachable' });
    // What the inventory said before is not kept once it says something else.
    await closed(device, 0);
    expect(await sessions.read(addressOf(device), readIn)).not.toBe(first);
  });

  it('is never shared by two tenants', async () => {
    const sessions = sessionsOf();
    const device = deviceAt(0);
    const [demo, other] = await Promise.all([
      sessions.read(addressOf(device), readIn),
      sessions.read(addressOf(device, { tenant_id: 'other' }), readIn),
    ]);
    expect(demo).not.toBe(other);
    expect(await openOn(device)).toHaveLength(2);
    await expect(sessions.read(addressOf(device, { tenant_id: 'stranger' }), readIn)).rejects.toMatchObject({
      code: 'device-unreachable',
    });
  });

  it('is closed when nobody has read for a while', async () => {
    const sessions = sessionsOf({ NETCONF_SESSION_IDLE_MS: 100 });
    const device = deviceAt(0);
    await sessions.read(addressOf(device), readIn);
    await closed(device, 0);
    await sessions.read(addressOf(device), readIn);
  });

  it('gives way, longest unused first, where more are kept than there may be', async () => {
    const sessions = sessionsOf({ NETCONF_KEPT_SESSIONS: 2 });
    const [a, b, c] = [deviceAt(0), deviceAt(1), deviceAt(2)];
    for (const device of [a, b, a, c]) await sessions.read(addressOf(device), readIn);
    await closed(b, 0);
    expect(await openOn(a)).toHaveLength(1);
    expect(await openOn(c)).toHaveLength(1);
    expect(sessions.size).toBe(2);
  });

  it('is not closed while somebody reads, however many there are', async () => {
    const sessions = sessionsOf({ NETCONF_KEPT_SESSIONS: 0 });
    await Promise.all(sites.map((_site, n) => sessions.read(addressOf(deviceAt(n)), readIn)));
    await until(() => sessions.size === 0, 'all sessions are closed');
  });
});

describe('the session of a transaction', () => {
  const begun = async (n: number) => {
    const world = new World(simulator);
    // Nothing here is about an answer that does not come, so a busy machine has time for each.
    const gateway = await world.gateway();
    await world.register(gateway);
    const action = await world.started(gateway, `${sites[n]!}-1`);
    return { world, gateway, action, device: deviceAt(n) };
  };

  it('is its own from its turn to its end, beside the one that reads', async () => {
    const { world, gateway, action, device } = await begun(3);
    expect(await openOn(device)).toHaveLength(1);
    await world.start(gateway, action);
    const [reading, own] = await openOn(device);
    await gateway.apply(action);
    await world.reaches(gateway, action, 'OBSERVED');
    expect(await openOn(device)).toEqual([reading, own]);
    await world.confirmed(gateway, action);
    await until(async () => (await openOn(device)).length === 1, 'its session is closed');
    expect(await openOn(device)).toEqual([reading]);
    await world.stop();
  });

  it.each([
    ['confirmed', 4, 'ConfirmRequested', 'CONFIRMED'],
    ['taken back', 5, 'UndoRequested', 'ROLLED_BACK'],
  ] as const)('that broke over the soak is replaced, and the change is %s', async (_how, n, word, end) => {
    const { world, gateway, action, device } = await begun(n);
    await world.observed(gateway, action);
    await simulator.dropSessions(device.device_id);
    const decided = await world.decide(action, word);
    await (word === 'ConfirmRequested' ? gateway.confirm(decided) : gateway.undo(decided));
    await world.reaches(gateway, action, end);
    expect((await simulator.running(device.device_id)).tentative).toBe(false);
    await world.stop();
  });

  it('is not opened on a device in quarantine, which is read as before', async () => {
    const { world, gateway, action, device } = await begun(2);
    const reading = await openOn(device);
    await tell(gateway, device.device_id, {
      kind: 'QuarantineDevice',
      device_id: device.device_id,
      tx_id: null,
      reason: 'not as it was left',
    });
    await world.apply(gateway, action);
    expect((await world.reaches(gateway, action, 'REFUSED')).reasons).toMatchObject([
      { code: 'device-quarantined' },
    ]);
    const { violations } = await gateway.plan({
      tenant_id: tenant,
      action_type: 'cell_failover',
      entity_id: `${sites[2]!}-1`,
      parameters: {},
    });
    expect(violations.map(({ code }) => code)).toContain('device-quarantined');
    expect(await openOn(device)).toEqual(reading);
    await world.stop();
  });
});
