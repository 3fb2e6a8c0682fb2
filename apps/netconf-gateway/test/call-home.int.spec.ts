import { describe, expect, it } from '@jest/globals';
import { newTlsIdentity, until, type TlsIdentity } from '@interlock/testing';
import { keyOf, newIdentities, overTls, tlsOf, useCallHome, type Transport } from './call-home-world.js';
import { qualified, tell } from './commands.js';
import { newHostKey } from './host-key.js';
import { tenant } from './world.js';

const sites = 14;

describe.each<Transport>(['ssh', 'tls'])('a device that calls home over %s', (transport) => {
  let client: TlsIdentity;
  const { world, site, relay, home, open, simulated, callsHome, port, variable } = useCallHome(
    transport,
    `ch-${transport}-`,
    sites,
    transport === 'ssh'
      ? {}
      : {
          tls: async () => {
            const [first, ...devices] = await newIdentities(1 + sites);
            client = first!;
            return () => overTls(devices.pop()!, client);
          },
        },
  );

  /** A new key, and what makes a device show it. */
  const newKey = async () => {
    if (transport === 'ssh') {
      const { fingerprint, key } = newHostKey();
      return { fingerprint, show: (device: string) => world.simulator.replaceHostKey(device, key) };
    }
    const identity = await newTlsIdentity('next');
    return {
      fingerprint: keyOf(identity),
      show: (device: string) => world.simulator.speakTls(device, tlsOf(identity, client)),
    };
  };

  it('is changed, observed and confirmed over connections that it opened', async () => {
    const { cell, device } = site();
    const { gateway, calls, faults } = await home();
    await world.register(gateway, callsHome, { only: [device] });
    const action = await world.started(gateway, cell);
    await world.observed(gateway, action);
    await world.confirmed(gateway, action);
    expect(await world.locked(cell)).toBe(true);
    expect(calls).toContain('accepted');
    expect(faults.get(device)).toBeNull();
    expect(gateway.callHome.size).toBe(1);
  });

  it('earns the safest level, because a killed session leaves the others', async () => {
    const { device } = site();
    const { gateway } = await home();
    await world.register(gateway, callsHome, { only: [device] });
    expect(await qualified(gateway, device)).toMatchObject({ level: 'confirmed-commit' });
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
    await world.undone(gateway, action);
    expect((await world.simulator.running(device)).config).toBe(before);
  });

  it('is confirmed by the successor of a killed gateway, which it calls then', async () => {
    const { cell, device } = site();
    const { gateway } = await home();
    await world.register(gateway, callsHome, { only: [device] });
    const action = await world.started(gateway, cell);
    await world.observed(gateway, action);
    await world.kill(gateway);
    const { gateway: successor } = await home();
    await world.confirmed(successor, action);
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
    expect((await world.simulator.running(device)).sessions).toEqual([]);
    const own = simulated(device).host_key_fingerprint;
    const logged = warnings.filter((one) => (one as { readonly host_key?: string }).host_key === own);
    expect(logged.length).toBeLessThanOrEqual(1);
    await world.register(gateway, callsHome, { only: [device] });
    await world.started(gateway, cell);
    expect(calls).toContain('accepted');
  });

  it('is served under its next key, which ends the rotation', async () => {
    const { device } = site();
    const next = await newKey();
    const { gateway } = await home({ hostKeys: [next.fingerprint] });
    await world.register(gateway, callsHome, { only: [device] });
    await gateway.connect(tenant, device);
    await tell(gateway, device, {
      kind: 'UpdateDevice',
      device_id: device,
      changes: { next_host_key_fingerprint: next.fingerprint },
    });
    await next.show(device);
    const shows = async (): Promise<string | undefined> => {
      await gateway.connect(tenant, device).catch(() => undefined);
      return gateway.inventory.find(tenant, device)?.device.host_key_fingerprint;
    };
    await until(async () => (await shows()) === next.fingerprint, 'the rotation has ended');
  });

  it('loses its connections when its entry changes, and is called at its address then', async () => {
    const { device } = site();
    const { gateway } = await home();
    await world.register(gateway, callsHome, { only: [device] });
    await gateway.connect(tenant, device);
    await tell(gateway, device, {
      kind: 'UpdateDevice',
      device_id: device,
      changes: { call_home: false, port: simulated(device).port },
    });
    await until(() => gateway.callHome.size === 0, 'the connections are ended');
    expect(await gateway.connect(tenant, device)).toMatchObject({ device_id: device });
  });

  it('is unreachable until it calls, and says why', async () => {
    const { device } = site();
    const { gateway } = await home({ config: { NETCONF_CONNECT_MS: 300 } });
    relay.close();
    await world.register(gateway, callsHome, { only: [device] });
    await expect(gateway.connect(tenant, device)).rejects.toMatchObject({
      code: 'device-unreachable',
      detail: expect.stringContaining('it has not called home'),
    });
    const closed = await world.gateway({ config: { [variable]: undefined } });
    expect(closed.callHome[port]).toBeNull();
    await expect(closed.connect(tenant, device)).rejects.toMatchObject({
      code: 'device-unreachable',
      detail: expect.stringContaining(variable),
    });
  });

  it('is not kept out by callers that are no devices, which fill only their own share', async () => {
    const { cell, device } = site();
    const { gateway, calls } = await home();
    for (let n = 0; n < 40; n += 1) await open(gateway, '127.0.0.2');
    await until(() => calls.filter((one) => one === 'too_many').length >= 24, 'most are turned away');
    await world.register(gateway, callsHome, { only: [device] });
    await world.started(gateway, cell);
    expect(calls).toContain('accepted');
  });
});
