import { X509Certificate } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { connect, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { certificateFingerprint } from '@interlock/netconf';
import { newTlsIdentity } from '@interlock/testing';
import type { InventoryEntry } from '../src/devices/inventory.js';
import { CallHome, type CallOutcome } from '../src/sessions/call-home.js';
import { CallPort } from '../src/sessions/call-port.js';
import type { DeviceAddress } from '../src/sessions/sessions.js';

const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
  jest.restoreAllMocks();
});

type Parts = ConstructorParameters<typeof CallHome>[0];

/** Starts both ports. No secret can be read, and a step may take longer than any test. */
const home = async (parts: Pick<Parts, 'inventory' | 'onCall'> & Partial<Parts>): Promise<CallHome> => {
  const callHome = new CallHome({
    config: { NETCONF_CALL_HOME_PORT: 0, NETCONF_CALL_HOME_TLS_PORT: 0, NETCONF_CONNECT_MS: 2 ** 31 - 1 },
    host: '127.0.0.1',
    credentials: {
      read: () => {
        throw new Error('the secret cannot be read');
      },
    },
    logger,
    onReach: () => undefined,
    onShortage: () => undefined,
    ...parts,
  });
  await callHome.start();
  stops.push(() => callHome.stop());
  return callHome;
};

/** Opens a connection, and returns its end at the server too. */
const call = async (port: number): Promise<{ readonly caller: Socket; readonly accepted: Socket }> => {
  const { promise, resolve } = Promise.withResolvers<Socket>();
  const accept = (message: unknown): void => {
    const { socket } = message as { readonly socket: Socket };
    if (socket.localPort === port) resolve(socket);
  };
  subscribe('net.server.socket', accept);
  const caller = connect(port, '127.0.0.1');
  caller.on('error', () => undefined);
  stops.push(() => caller.destroy());
  const accepted = await promise;
  unsubscribe('net.server.socket', accept);
  return { caller, accepted };
};

describe('a caller', () => {
  it.each(['ssh', 'tls'] as const)(
    'is done with at once if it has closed its connection over %s while the inventory is read',
    async (transport) => {
      const read = Promise.withResolvers<void>();
      const ended = Promise.withResolvers<CallOutcome>();
      const callHome = await home({
        inventory: { callersWith: () => [], recent: () => read.promise },
        onCall: (outcome) => ended.resolve(outcome),
      });
      const { caller, accepted } = await call((transport === 'ssh' ? callHome.port : callHome.tlsPort)!);
      const closed = new Promise((resolve) => accepted.once('close', resolve));
      caller.resetAndDestroy();
      await closed;
      read.resolve();
      expect(await ended.promise).toBe('failed');
    },
  );

  it('gives its place back if it cannot be served', async () => {
    const tooMany: Socket[] = [];
    const warnings: unknown[] = [];
    const port = new CallPort({
      host: '127.0.0.1',
      logger: { ...logger, warn: (one) => warnings.push(one) },
      onCall: () => Promise.reject(new Error('a fault')),
      onTooMany: (socket) => tooMany.push(socket),
    });
    await port.start(0);
    stops.push(() => port.stop());
    for (let n = 0; n < 20; n += 1) {
      const { caller } = await call(port.port!);
      caller.resume();
      await new Promise((resolve) => caller.once('close', resolve));
    }
    expect(tooMany).toEqual([]);
    expect(warnings).toHaveLength(20);
  });
});

describe('the reason why the last call of a device was refused', () => {
  it.each<[string, (entry: { address: DeviceAddress | undefined }) => void]>([
    ['the device is removed', (entry) => void (entry.address = undefined)],
    [
      'its entry changes',
      (entry) => void (entry.address = { ...entry.address!, credentials_ref: 'env:OTHER' }),
    ],
    [
      'ten minutes have passed',
      () => {
        const later = performance.now() + 600_001;
        jest.spyOn(performance, 'now').mockReturnValue(later);
      },
    ],
  ])('is told until %s', async (_name, change) => {
    const { certificate, key } = await newTlsIdentity('device');
    const address: DeviceAddress = {
      tenant_id: 't',
      device_id: 'gnb-1',
      host: '192.0.2.7',
      port: 6513,
      username: 'netconf',
      credentials_ref: 'env:ONE',
      host_key_fingerprint: certificateFingerprint(new X509Certificate(certificate)),
      call_home: true,
      transport: 'tls',
    };
    const entry: { address: DeviceAddress | undefined } = { address };
    const config = {
      NETCONF_CALL_HOME_PORT: undefined,
      NETCONF_CALL_HOME_TLS_PORT: 0,
      NETCONF_CONNECT_MS: 2 ** 31 - 1,
    };
    const ended = Promise.withResolvers<CallOutcome>();
    const callHome = await home({
      config: config as Parts['config'],
      inventory: {
        callersWith: (hostKey) =>
          entry.address?.host_key_fingerprint === hostKey
            ? [{ address: entry.address } as unknown as InventoryEntry]
            : [],
        recent: () => Promise.resolve(),
      },
      onCall: (outcome) => ended.resolve(outcome),
    });
    const { caller } = await call(callHome.tlsPort!);
    const device = new TLSSocket(caller, { isServer: true, cert: certificate, key });
    device.on('error', () => undefined);
    expect(await ended.promise).toBe('refused');
    config.NETCONF_CONNECT_MS = 10;
    callHome.sweep();
    await expect(callHome.open(address, {})).rejects.toThrow(
      /its last call home was refused: .*the secret cannot be read/,
    );
    change(entry);
    callHome.sweep();
    await expect(callHome.open(address, {})).rejects.toThrow('it has not called home');
  });
});
