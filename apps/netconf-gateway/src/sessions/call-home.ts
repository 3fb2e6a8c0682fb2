import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { ProblemError } from '@interlock/kernel';
import {
  acceptCallHome,
  NetconfConnectError,
  NetconfHostKeyError,
  type CalledConnection,
  type Login,
  type NetconfClient,
  type OpenSessionOptions,
} from '@interlock/netconf';
import { trustedKeys } from '@interlock/network';
import type { GatewayConfig } from '../config.js';
import type { CredentialStore } from '../devices/credentials.js';
import type { Inventory } from '../devices/inventory.js';
import type { TxLogger } from '../tx/context.js';
import type { DeviceAddress, OnReach } from './sessions.js';

/** How a call ended: held, or why it was refused. */
export type CallOutcome = 'accepted' | 'unknown_key' | 'refused' | 'failed' | 'too_many';

/** The most callers at a time that have not logged in yet: over all addresses, and from one. */
const mostPending = { total: 256, perAddress: 16 } as const;

/** The shortest time between two log lines about any refused caller, and about the same one. */
const logEveryMs = { any: 1000, same: 600_000 } as const;
/** How many refused callers are remembered for this. */
const mostRemembered = 1024;

type Parts = {
  readonly config: Pick<GatewayConfig, 'NETCONF_CALL_HOME_PORT' | 'NETCONF_CONNECT_MS'>;
  /** The address to listen on. */
  readonly host: string;
  readonly inventory: Pick<Inventory, 'callersWith' | 'recent'>;
  readonly credentials: Pick<CredentialStore, 'read'>;
  readonly logger: TxLogger;
  readonly onReach: OnReach;
  readonly onCall: (outcome: CallOutcome) => void;
};

/** The connection of a device, with the settings that it was opened under. */
type Held = { readonly device: DeviceAddress; readonly connection: CalledConnection; sessions: number };
/** An `open` that waits for the device to call. */
type Waiting = {
  readonly device: DeviceAddress;
  readonly resolve: (held: Held) => void;
  readonly reject: (error: NetconfConnectError) => void;
};
/** What is known about a caller so far. */
type Caller = { readonly from: string; device?: DeviceAddress };

/** What is logged about a refused caller. */
type Refusal = {
  readonly from: string;
  readonly host_key?: string | undefined;
  readonly detail?: string;
  readonly device_id?: string;
};

const keyOf = ({ tenant_id, device_id }: Pick<DeviceAddress, 'tenant_id' | 'device_id'>): string =>
  JSON.stringify([tenant_id, device_id]);

const isOf = ({ connection }: Held, device: DeviceAddress): boolean =>
  trustedKeys(device).includes(connection.fingerprint);

/** True if the connection would be opened under the same settings now. */
const isCurrent = ({ device: then }: Held, now: DeviceAddress): boolean =>
  keyOf(then) === keyOf(now) &&
  (['host', 'port', 'username', 'credentials_ref'] as const).every((member) => then[member] === now[member]);

/** Returns the network by which an address counts: IPv4 by itself, IPv6 by its /64. */
const networkOf = (address: string): string => {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined || !address.includes(':')) return mapped ?? address;
  const [head = '', tail = ''] = address.split('::');
  const groups = head.split(':').filter((group) => group !== '');
  const rest = tail.split(':').filter((group) => group !== '');
  const whole = [
    ...groups,
    ...Array<string>(Math.max(0, 8 - groups.length - rest.length)).fill('0'),
    ...rest,
  ];
  return whole.slice(0, 4).join(':');
};

/**
 * Accepts the connections of devices that call home (RFC 8071). A caller is identified by its host
 * key alone. Its newest connection is held, and sessions are opened on it.
 */
export class CallHome {
  readonly #parts: Parts;
  readonly #held = new Map<string, Held>();
  readonly #waiting = new Set<Waiting>();
  readonly #pending = new Map<Socket, string>();
  readonly #stopped = new AbortController();
  #server: Server | undefined;
  /** When the refusal of a host key, or of an address without one, was last logged. */
  readonly #logged = new Map<string, number>();
  #loggedAt = -Infinity;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** The port on which it listens; null while it does not. */
  get port(): number | null {
    return (this.#server?.address() as AddressInfo | null | undefined)?.port ?? null;
  }

  /** The number of devices whose connection is held. */
  get size(): number {
    return this.#held.size;
  }

  /** Starts to listen, if a port is set. Throws the system's error if the port is taken. */
  async start(): Promise<void> {
    const { NETCONF_CALL_HOME_PORT: port } = this.#parts.config;
    if (port === undefined) return;
    const server = createServer({ noDelay: true }, (socket) => void this.#called(socket));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, this.#parts.host, () => resolve());
    });
    server.on('error', (error) => {
      this.#parts.logger.warn({ err: error }, 'a connection of a device could not be accepted');
    });
    this.#server = server;
  }

  /** Ends each connection whose device is not registered any more as it was when it called. */
  sweep(): void {
    for (const held of this.#held.values()) {
      const callers = this.#parts.inventory.callersWith(held.connection.fingerprint);
      if (!callers.some(({ address }) => isCurrent(held, address))) held.connection.end();
    }
  }

  /**
   * Opens a session on the device's connection, and returns it with the device's host key. Without
   * a connection, it waits for a call until the time to connect is over.
   * @throws NetconfConnectError and what opening a session throws
   */
  async open(
    device: DeviceAddress,
    options: OpenSessionOptions,
  ): Promise<{ readonly client: NetconfClient; readonly hostKey: string }> {
    const known = this.#held.get(keyOf(device));
    const held = known !== undefined && isOf(known, device) ? known : await this.#call(device);
    held.sessions += 1;
    const release = (): void => {
      held.sessions -= 1;
      this.#endUnused(held);
    };
    try {
      const client = await held.connection.open(options);
      void client.session.ended.then(release);
      return { client, hostKey: held.connection.fingerprint };
    } catch (error) {
      release();
      throw error;
    }
  }

  stop(): void {
    this.#stopped.abort();
    this.#server?.close();
    for (const { connection } of this.#held.values()) connection.end();
    for (const { reject } of this.#waiting) reject(new NetconfConnectError('the gateway is stopping', false));
  }

  /** Waits for the next call of a device. */
  #call(device: DeviceAddress): Promise<Held> {
    if (this.#server === undefined)
      throw new NetconfConnectError('it calls home, and no `NETCONF_CALL_HOME_PORT` is set here', false);
    const { promise, resolve, reject } = Promise.withResolvers<Held>();
    const waiting: Waiting = { device, resolve, reject };
    const timer = setTimeout(
      () => reject(new NetconfConnectError('it has not called home', false)),
      this.#parts.config.NETCONF_CONNECT_MS,
    );
    this.#waiting.add(waiting);
    return promise.finally(() => {
      clearTimeout(timer);
      this.#waiting.delete(waiting);
    });
  }

  async #called(socket: Socket): Promise<void> {
    socket.on('error', () => undefined);
    const caller: Caller = { from: socket.remoteAddress ?? '' };
    const network = networkOf(caller.from);
    const fromThere = [...this.#pending.values()].filter((other) => other === network).length;
    if (this.#pending.size >= mostPending.total || fromThere >= mostPending.perAddress)
      return this.#refuse(socket, 'too_many', caller);
    this.#pending.set(socket, network);
    try {
      await this.#parts.inventory.recent();
      const connection = await acceptCallHome(socket, {
        loginOf: (hostKey) => this.#loginOf(hostKey, caller),
        timeoutMs: this.#parts.config.NETCONF_CONNECT_MS,
        signal: this.#stopped.signal,
      });
      // INVARIANT: `loginOf` has set the device before a connection could be accepted.
      this.#hold({ device: caller.device!, connection, sessions: 0 });
    } catch (error) {
      if (!this.#stopped.signal.aborted) this.#failed(socket, caller, error);
    } finally {
      this.#pending.delete(socket);
    }
  }

  /**
   * Returns the login of the first entry with this key whose secret can be read. The error of an
   * entry counts only if there is no such entry.
   */
  #loginOf(hostKey: string, caller: Caller): Login | undefined {
    let fault: unknown;
    for (const { address } of this.#parts.inventory.callersWith(hostKey)) {
      try {
        const credentials = this.#parts.credentials.read(address.tenant_id, address);
        caller.device = address;
        return { username: address.username, credentials };
      } catch (error) {
        caller.device ??= address;
        fault ??= error;
      }
    }
    if (fault !== undefined) throw fault;
    return undefined;
  }

  /** Reports the failed call. `caller.device` is set only if the caller has proved its key. */
  #failed(socket: Socket, { from, device }: Caller, error: unknown): void {
    const hostKey = error instanceof NetconfHostKeyError ? error.fingerprint : undefined;
    const cause = error instanceof NetconfConnectError ? error.cause : undefined;
    const detail = cause instanceof ProblemError ? cause.detail : (error as Error).message;
    if (device === undefined)
      return this.#refuse(socket, hostKey === undefined ? 'failed' : 'unknown_key', {
        from,
        host_key: hostKey,
        detail,
      });
    const { device_id, host_key_fingerprint } = device;
    this.#parts.onReach(device, `device \`${device_id}\` called home, but: ${detail}`);
    return this.#refuse(socket, 'refused', { from, host_key: host_key_fingerprint, detail, device_id });
  }

  #refuse(socket: Socket, outcome: CallOutcome, said: Refusal): void {
    socket.destroy();
    this.#parts.onCall(outcome);
    const caller = said.host_key ?? said.from;
    const now = performance.now();
    const last = this.#logged.get(caller) ?? -Infinity;
    if (now - this.#loggedAt < logEveryMs.any || now - last < logEveryMs.same) return;
    if (this.#logged.size >= mostRemembered) this.#logged.clear();
    this.#logged.set(caller, now);
    this.#loggedAt = now;
    this.#parts.logger.warn({ ...said, outcome }, 'a device that called home was refused');
  }

  /** Holds the connection of a device. An earlier one ends with its last session. */
  #hold(held: Held): void {
    const key = keyOf(held.device);
    const before = this.#held.get(key);
    this.#held.set(key, held);
    if (before !== undefined) this.#endUnused(before);
    void held.connection.closed.then(() => {
      if (this.#held.get(key) === held) this.#held.delete(key);
    });
    this.#parts.onCall('accepted');
    this.#parts.onReach(held.device, null);
    for (const { device, resolve } of this.#waiting)
      if (keyOf(device) === key && isOf(held, device)) resolve(held);
  }

  #endUnused(held: Held): void {
    if (held.sessions === 0 && this.#held.get(keyOf(held.device)) !== held) held.connection.end();
  }
}
