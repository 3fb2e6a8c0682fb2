import { X509Certificate } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach } from '@jest/globals';
import { certificateFingerprint } from '@interlock/netconf';
import { newTlsIdentity, pemOf, type TlsIdentity } from '@interlock/testing';
import type { Gateway } from '../src/gateway.js';
import type { CallOutcome } from '../src/sessions/call-home.js';
import { startHomeRelay, type HomeRelay } from './home-relay.js';
import { useWorld } from './use-world.js';
import type { World } from './world.js';

/** The transports over which devices call home: the gateway's port for each, and its variable. */
const ports = {
  ssh: { port: 'port', variable: 'NETCONF_CALL_HOME_PORT' },
  tls: { port: 'tlsPort', variable: 'NETCONF_CALL_HOME_TLS_PORT' },
} as const;
export type Transport = keyof typeof ports;

/** How a device speaks TLS that accepts this client. */
export const tlsOf = ({ certificate, key }: TlsIdentity, client: TlsIdentity) => ({
  certificate,
  private_key: key,
  client_ca: client.ca,
});

/** The fingerprint of the key that an identity is known by. */
export const keyOf = ({ certificate }: TlsIdentity): string =>
  certificateFingerprint(new X509Certificate(certificate));

/** Makes `count` identities. */
export const newIdentities = (count: number): Promise<readonly TlsIdentity[]> =>
  Promise.all(Array.from({ length: count }, (_, n) => newTlsIdentity(`identity ${n}`)));

/** The settings of a simulated device over TLS, and the secret that opens it. */
export const overTls = (device: TlsIdentity, client: TlsIdentity): object => ({
  tls: tlsOf(device, client),
  password: pemOf(client),
});

type Home = {
  readonly gateway: Gateway;
  readonly calls: CallOutcome[];
  readonly faults: Map<string, string | null>;
};

/**
 * A world for a suite whose devices call home over one transport. They call a relay, which passes
 * the calls on to a gateway once there is a `home`.
 */
export const useCallHome = (
  transport: Transport,
  prefix: string,
  count: number,
  options: Pick<NonNullable<Parameters<typeof useWorld>[2]>, 'more' | 'tls'> = {},
) => {
  const { port, variable } = ports[transport];
  let started: HomeRelay;
  const { world, site } = useWorld(prefix, count, {
    ...options,
    config: { [variable]: 0, NETCONF_CONNECT_MS: 20_000 },
    callHome: async () => (started = await startHomeRelay()).address,
  });
  const relay = {
    to: (target: number | null): void => started.to(target),
    cut: (): void => started.cut(),
    /** Keeps every device away from now on. */
    close: (): void => {
      started.to(null);
      started.cut();
    },
  };
  const sockets: Socket[] = [];
  afterEach(() => {
    relay.close();
    for (const socket of sockets.splice(0)) socket.destroy();
  });
  afterAll(() => started.stop());

  /** A gateway that the relay passes the devices' calls on to. */
  const home = async (over: Parameters<World['gateway']>[0] = {}): Promise<Home> => {
    const calls: CallOutcome[] = [];
    const faults = new Map<string, string | null>();
    const gateway = await world.gateway({
      onCall: (outcome) => calls.push(outcome),
      onReach: ({ device_id }, fault) => faults.set(device_id, fault),
      ...over,
    });
    relay.to(gateway.callHome[port]);
    return { gateway, calls, faults };
  };

  /** Calls the gateway as something that is no device. */
  const open = async (gateway: Gateway, localAddress = '127.0.0.1'): Promise<Socket> => {
    const socket = connect({ host: '127.0.0.1', port: gateway.callHome[port]!, localAddress });
    sockets.push(socket);
    socket.resume();
    socket.on('error', () => undefined);
    await new Promise((resolve) => socket.once('connect', resolve));
    return socket;
  };

  /** What the simulator says of a device. */
  const simulated = (device: string) =>
    world.simulator.devices.find(({ device_id }) => device_id === device)!;

  /** Nothing listens on port 1: whatever reaches the devices goes over their own connections. */
  const callsHome = {
    port: 1,
    call_home: true,
    ...(transport === 'tls' ? { transport } : {}),
  } as const;
  return { world, site, relay, home, open, simulated, callsHome, port, variable };
};
