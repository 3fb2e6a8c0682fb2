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

/** The callers that have not logged in yet: over all addresses, and from one. */
const mostPending = { total: 256, perAddress: 16 } as const;

/**
 * The shortest time between two lines of the service's log about refused callers, and about the
 * same one.
 */
const logEveryMs = { any: 1000, same: 600_000 } as const;
/** How many refused callers are remembered for this. */
const mostRemembered = 1024;

type Parts = {
  readonly config: Pick<GatewayConfig, 'NETCONF_CALL_HOME_PORT' | 'NETCONF_CONNECT_MS'>;
  /** The address to listen on. */
  readonly host: string;
  readonly inventory: Pick<Inventory, 'calledBy' | 'recent'>;
  readonly credentials: Pick<CredentialStore, 'read'>;
  readonly logger: TxLogger;
  readonly onReach: OnReach;
  readonly onCall: (outcome: CallOutcome) => void;
};

/** The connection of a device, with the settings that it was identified by. */
type Held = { readonly device: DeviceAddress; readonly connection: CalledConnection; sessions: number };

/** What is logged about a refused caller. */
type Refusal = {
  readonly from: string;
  readonly host_key?: string | undefined;
  readonly detail?: string;
  readonly device_id?: string;
};

const keyOf = ({ tenant_id, device_id }: Pick<DeviceAddress, 'tenant_id' | 'device_id'>): string =>
  JSON.stringify([tenant_id, device_id]);

/** True if the connection was opened under settings that still hold. */
const fits = ({ device: then, connection }: Held, now: DeviceAddress): boolean =>
  trustedKeys(now).includes(connection.fingerprint) &&
  (['host', 'port', 'username', 'credentials_ref'] as const).every((member) => then[member] === now[member]);

/**
 * Accepts the connections of devices that call home (RFC 8071). A caller is identified by its host
 * key alone. Its newest connection is held, and sessions are opened on it.
 */
export class CallHome {
  readonly #parts: Parts;
  readonly #held = new Map<string, Held>();
  readonly #waiting = new Map<string, Set<(held: Held) => void>>();
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
    this.#server = server;
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
    if (known !== undefined && !fits(known, device)) this.#drop(known);
    const held = this.#held.get(keyOf(device)) ?? (await this.#call(device));
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
    this.#held.clear();
  }

  /** Waits for the next call of a device. */
  #call(device: DeviceAddress): Promise<Held> {
    if (this.#server === undefined)
      throw new NetconfConnectError('it calls home, and no `NETCONF_CALL_HOME_PORT` is set here', false);
    const key = keyOf(device);
    return new Promise((resolve, reject) => {
      const waiting = this.#waiting.get(key) ?? new Set();
      this.#waiting.set(key, waiting);
      const end = (): void => {
        clearTimeout(timer);
        waiting.delete(called);
        if (waiting.size === 0) this.#waiting.delete(key);
      };
      const called = (held: Held): void => {
        if (!fits(held, device)) return;
        end();
        resolve(held);
      };
      const timer = setTimeout(() => {
        end();
        reject(new NetconfConnectError('it has not called home', false));
      }, this.#parts.config.NETCONF_CONNECT_MS);
      waiting.add(called);
    });
  }

  async #called(socket: Socket): Promise<void> {
    socket.on('error', () => undefined);
    const from = socket.remoteAddress ?? '';
    const fromThere = [...this.#pending.values()].filter((address) => address === from).length;
    if (this.#pending.size >= mostPending.total || fromThere >= mostPending.perAddress)
      return this.#refuse(socket, 'too_many', { from });
    this.#pending.set(socket, from);
    const asked: { device?: DeviceAddress; hostKey?: string } = {};
    try {
      await this.#parts.inventory.recent();
      const connection = await acceptCallHome(socket, {
        loginOf: (hostKey) => {
          asked.hostKey = hostKey;
          return this.#loginOf(hostKey, asked);
        },
        timeoutMs: this.#parts.config.NETCONF_CONNECT_MS,
        signal: this.#stopped.signal,
      });
      // INVARIANT: `loginOf` has set the device before a connection could be accepted.
      this.#hold({ device: asked.device!, connection, sessions: 0 });
    } catch (error) {
      this.#failed(socket, from, asked, error);
    } finally {
      this.#pending.delete(socket);
    }
  }

  #loginOf(hostKey: string, asked: { device?: DeviceAddress }): Login | undefined {
    const device = this.#parts.inventory.calledBy(hostKey)?.address;
    if (device === undefined) return undefined;
    asked.device = device;
    return {
      username: device.username,
      credentials: this.#parts.credentials.read(device.tenant_id, device),
    };
  }

  #failed(
    socket: Socket,
    from: string,
    { device, hostKey }: { readonly device?: DeviceAddress; readonly hostKey?: string },
    error: unknown,
  ): void {
    if (this.#stopped.signal.aborted) return;
    const unknown = error instanceof NetconfHostKeyError;
    const said = { from, host_key: hostKey, detail: (error as Error).message };
    if (device === undefined) return this.#refuse(socket, unknown ? 'unknown_key' : 'failed', said);
    const cause = error instanceof NetconfConnectError ? error.cause : undefined;
    const detail = cause instanceof ProblemError ? cause.detail : said.detail;
    this.#parts.onReach(device, `device \`${device.device_id}\` called home, but: ${detail}`);
    return this.#refuse(socket, 'refused', { ...said, detail, device_id: device.device_id });
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

  /** Makes it the device's connection. An earlier one ends with its last session. */
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
    for (const called of this.#waiting.get(key) ?? []) called(held);
  }

  #endUnused(held: Held): void {
    if (held.sessions === 0 && this.#held.get(keyOf(held.device)) !== held) held.connection.end();
  }

  #drop(held: Held): void {
    this.#held.delete(keyOf(held.device));
    this.#endUnused(held);
  }
}
