import type { Socket } from 'node:net';
import { ProblemError } from '@interlock/kernel';
import {
  NetconfConnectError,
  NetconfHostKeyError,
  type CalledConnection,
  type NetconfClient,
  type OpenSessionOptions,
} from '@interlock/netconf';
import { trustedKeys } from '@interlock/network';
import type { GatewayConfig } from '../config.js';
import type { CredentialStore } from '../devices/credentials.js';
import type { Inventory } from '../devices/inventory.js';
import type { TxLogger } from '../tx/context.js';
import { CallPort } from './call-port.js';
import { Callers, type Caller } from './callers.js';
import { RefusalLog } from './refusal-log.js';
import type { DeviceAddress, OnReach } from './sessions.js';

/**
 * How a call ended: held, or why it was refused. After `call_again`, the device's next call is
 * shown its own client certificate.
 */
export type CallOutcome = 'accepted' | 'unknown_key' | 'refused' | 'failed' | 'too_many' | 'call_again';

/** How long the reason for which a device's last call was refused is told. */
const faultMs = 600_000;

/** The most connections over TLS of one device that wait to be used. */
const mostUnused = 4;

/** How long a caller waits for a connection over TLS until idle sessions are given up for it. */
const patienceMs = 1000;

type Parts = {
  readonly config: Pick<
    GatewayConfig,
    'NETCONF_CALL_HOME_PORT' | 'NETCONF_CALL_HOME_TLS_PORT' | 'NETCONF_CONNECT_MS'
  >;
  /** The address to listen on. */
  readonly host: string;
  readonly inventory: Pick<Inventory, 'callersWith' | 'recent'>;
  readonly credentials: Pick<CredentialStore, 'read'>;
  readonly logger: TxLogger;
  readonly onReach: OnReach;
  readonly onCall: (outcome: CallOutcome) => void;
  /**
   * Called while a session of a device waits for a connection, which the device may open only after
   * it has lost another one.
   */
  readonly onShortage: (device: DeviceAddress) => void;
};

/**
 * The connection of a device, with the settings that it was opened under. Over TLS it holds one
 * session, and is used up by it.
 */
type Held = {
  readonly device: DeviceAddress;
  readonly connection: CalledConnection;
  sessions: number;
  isUsed: boolean;
};
/** An `open` that waits for the device to call. */
type Waiting = {
  readonly device: DeviceAddress;
  readonly resolve: (held: Held) => void;
  readonly reject: (error: NetconfConnectError) => void;
};

/** Why the last call of a device was refused, and when by `performance.now()`. */
type Fault = { readonly device: DeviceAddress; readonly detail: string; readonly at: number };

/** What is logged about a refused caller. */
type Refusal = {
  readonly from: string;
  readonly host_key?: string | undefined;
  readonly detail?: string;
  readonly device_id?: string;
};

const keyOf = ({ tenant_id, device_id }: Pick<DeviceAddress, 'tenant_id' | 'device_id'>): string =>
  JSON.stringify([tenant_id, device_id]);

const isTls = ({ transport }: DeviceAddress): boolean => transport === 'tls';

/** True if sessions of the device can be opened on the connection. */
const isOf = ({ connection, device: { transport }, isUsed }: Held, device: DeviceAddress): boolean =>
  trustedKeys(device).includes(connection.fingerprint) &&
  transport === device.transport &&
  !(isTls(device) && isUsed);

/** True if a connection would be opened under the same settings now. */
const isCurrent = (then: DeviceAddress, now: DeviceAddress): boolean =>
  keyOf(then) === keyOf(now) &&
  (['host', 'port', 'username', 'credentials_ref', 'transport'] as const).every(
    (member) => then[member] === now[member],
  );

/**
 * Accepts the connections of devices that call home (RFC 8071). A caller is identified by its host
 * key alone. Over SSH its newest connection is held, and sessions are opened on it. Over TLS each
 * session takes a connection of its own.
 */
export class CallHome {
  readonly #parts: Parts;
  readonly #callers: Callers;
  readonly #ssh: CallPort;
  readonly #tls: CallPort;
  /** By device: its connections, the newest first. */
  readonly #held = new Map<string, readonly Held[]>();
  readonly #waiting = new Set<Waiting>();
  readonly #stopped = new AbortController();
  /** By device. Absent if its last call was accepted. */
  readonly #faults = new Map<string, Fault>();
  readonly #refusals: RefusalLog;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#refusals = new RefusalLog(parts.logger, 'a device that called home was refused');
    this.#callers = new Callers({
      ...parts,
      isWaiting: (device) => this.#of(device).some((held) => isOf(held, device)),
    });
    this.#ssh = this.#portFor((...call) => this.#callers.accept(...call));
    this.#tls = this.#portFor((...call) => this.#callers.acceptTls(...call));
  }

  /** The port for SSH on which it listens; null while it does not. */
  get port(): number | null {
    return this.#ssh.port;
  }

  /** The port for TLS on which it listens; null while it does not. */
  get tlsPort(): number | null {
    return this.#tls.port;
  }

  /** The number of devices whose connections are held. */
  get size(): number {
    return this.#held.size;
  }

  /** Starts to listen on the ports that are set. Throws the system's error if one is taken. */
  async start(): Promise<void> {
    const { NETCONF_CALL_HOME_PORT: ssh, NETCONF_CALL_HOME_TLS_PORT: tls } = this.#parts.config;
    if (ssh !== undefined) await this.#ssh.start(ssh);
    if (tls !== undefined) await this.#tls.start(tls);
  }

  /**
   * Ends each connection whose device is not registered any more as it was when it called. Drops
   * client certificates that are not used, and reasons that are out of date.
   */
  sweep(): void {
    this.#callers.sweep();
    for (const { device, connection } of [...this.#held.values()].flat())
      if (!this.#isRegistered(device, [connection.fingerprint])) connection.end();
    for (const [key, { device, at }] of this.#faults)
      if (performance.now() - at > faultMs || !this.#isRegistered(device, trustedKeys(device)))
        this.#faults.delete(key);
  }

  /** True if the device is registered under one of these host keys as it was then. */
  #isRegistered(then: DeviceAddress, hostKeys: readonly string[]): boolean {
    return hostKeys.some((hostKey) =>
      this.#parts.inventory.callersWith(hostKey).some(({ address }) => isCurrent(then, address)),
    );
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
    const known = this.#of(device).find((held) => isOf(held, device));
    if (known !== undefined) this.#use(known);
    const held = known ?? (await this.#call(device));
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
    this.#ssh.stop();
    this.#tls.stop();
    this.#callers.stop();
    for (const { connection } of [...this.#held.values()].flat()) connection.end();
    for (const { reject } of this.#waiting) reject(new NetconfConnectError('the gateway is stopping', false));
  }

  #of(device: DeviceAddress): readonly Held[] {
    return this.#held.get(keyOf(device)) ?? [];
  }

  #use(held: Held): void {
    held.sessions += 1;
    held.isUsed = true;
  }

  /** Waits for the next call of a device, and uses its connection. */
  #call(device: DeviceAddress): Promise<Held> {
    const [{ port }, variable] = isTls(device)
      ? [this.#tls, 'NETCONF_CALL_HOME_TLS_PORT']
      : [this.#ssh, 'NETCONF_CALL_HOME_PORT'];
    if (port === null)
      throw new NetconfConnectError(`it calls home, and no \`${variable}\` is set here`, false);
    const { promise, resolve, reject } = Promise.withResolvers<Held>();
    const waiting: Waiting = { device, resolve, reject };
    const timer = setTimeout(() => {
      const fault = this.#faults.get(keyOf(device));
      reject(
        new NetconfConnectError(
          fault === undefined ? 'it has not called home' : `its last call home was refused: ${fault.detail}`,
          false,
        ),
      );
    }, this.#parts.config.NETCONF_CONNECT_MS);
    const shortage = isTls(device)
      ? setInterval(() => this.#parts.onShortage(device), patienceMs)
      : undefined;
    this.#waiting.add(waiting);
    return promise.finally(() => {
      clearTimeout(timer);
      clearInterval(shortage);
      this.#waiting.delete(waiting);
    });
  }

  #portFor(accept: Callers['accept']): CallPort {
    return new CallPort({
      ...this.#parts,
      onCall: (socket, network) => this.#called(socket, network, accept),
      onTooMany: (socket) => this.#refuse(socket, 'too_many', { from: socket.remoteAddress ?? '' }),
    });
  }

  async #called(socket: Socket, network: string, accept: Callers['accept']): Promise<void> {
    const caller: Caller = { from: socket.remoteAddress ?? '', network };
    try {
      await this.#parts.inventory.recent();
      // A closed socket gives no further event, so a handshake on it would wait for its time limit.
      if (socket.destroyed) throw new NetconfConnectError('the caller closed the connection', false);
      const connection = await accept(socket, caller, {
        timeoutMs: this.#parts.config.NETCONF_CONNECT_MS,
        signal: this.#stopped.signal,
      });
      // INVARIANT: the device was found before a connection could be accepted.
      this.#hold({ device: caller.device!, connection, sessions: 0, isUsed: false });
    } catch (error) {
      if (!this.#stopped.signal.aborted) this.#failed(socket, caller, error);
    }
  }

  /** Reports the failed call. */
  #failed(socket: Socket, { from, device, mustCallAgain }: Caller, error: unknown): void {
    if (mustCallAgain === true) {
      socket.destroy();
      return this.#parts.onCall('call_again');
    }
    const hostKey = error instanceof NetconfHostKeyError ? error.fingerprint : undefined;
    const cause = error instanceof NetconfConnectError ? error.cause : undefined;
    const detail = cause instanceof ProblemError ? cause.detail : (error as Error).message;
    if (device === undefined)
      return this.#refuse(socket, hostKey === undefined ? 'failed' : 'unknown_key', {
        from,
        host_key: hostKey,
        detail,
      });
    this.#faults.set(keyOf(device), { device, detail, at: performance.now() });
    const { device_id, host_key_fingerprint } = device;
    this.#parts.onReach(device, `device \`${device_id}\` called home, but: ${detail}`);
    return this.#refuse(socket, 'refused', { from, host_key: host_key_fingerprint, detail, device_id });
  }

  #refuse(socket: Socket, outcome: CallOutcome, said: Refusal): void {
    socket.destroy();
    this.#parts.onCall(outcome);
    const caller = `${outcome} ${said.host_key ?? said.from}`;
    this.#refusals.warn(caller, { ...said, outcome });
  }

  /** Holds the connection of a device. Earlier ones over SSH end with their last sessions. */
  #hold(held: Held): void {
    const { device, connection } = held;
    const key = keyOf(device);
    const before = this.#of(device);
    this.#held.set(key, [held, ...before]);
    for (const other of before) this.#endUnused(other);
    void connection.closed.then(() => {
      const left = this.#of(device).filter((one) => one !== held);
      if (left.length === 0) this.#held.delete(key);
      else this.#held.set(key, left);
    });
    this.#faults.delete(key);
    this.#parts.onCall('accepted');
    this.#parts.onReach(device, null);
    for (const { device: wanted, resolve } of this.#waiting)
      if (keyOf(wanted) === key && isOf(held, wanted)) {
        this.#use(held);
        resolve(held);
      }
  }

  /** Ends a connection without a session that no later session is opened on. */
  #endUnused(held: Held): void {
    if (held.sessions > 0) return;
    const all = this.#of(held.device);
    const isKept = isTls(held.device)
      ? !held.isUsed && all.filter(({ isUsed }) => !isUsed).indexOf(held) < mostUnused
      : all[0] === held;
    if (!isKept) held.connection.end();
  }
}
