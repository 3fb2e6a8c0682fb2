import { isProblem, ProblemError } from '@interlock/kernel';
import {
  classifyError,
  connectNetconf,
  connectNetconfTls,
  NetconfClosedError,
  NetconfConnectError,
  NetconfError,
  NetconfHostKeyError,
  NetconfTimeoutError,
  readClientCertificate,
  type NetconfClient,
} from '@interlock/netconf';
import { trustedKeys, type DeviceEndpoint } from '@interlock/network';
import type { GatewayConfig } from '../config.js';
import { clientPemOf, type CredentialStore } from '../devices/credentials.js';
import type { CallHome } from './call-home.js';
import { deviceRpcs, type DeviceRpc } from '../devices/device-rpcs.js';

/** The address of a device, and the tenant whose credentials open its sessions. */
export type DeviceAddress = Omit<DeviceEndpoint, 'profile'> & {
  readonly tenant_id: string;
  readonly device_id: string;
};

const reachProblem = (device: DeviceAddress, error: unknown): unknown => {
  if (error instanceof NetconfHostKeyError) {
    return new ProblemError(
      'host-key-mismatch',
      `device \`${device.device_id}\` shows the host key \`${error.fingerprint}\`, which is ${error.reason}`,
      {
        cause: error,
        remedy:
          'check the device; if its key was changed on purpose, approve the new one with `interlock devices rotate-key`',
      },
    );
  }
  if (
    error instanceof NetconfConnectError ||
    (error instanceof NetconfTimeoutError && error.phase !== 'rpc') ||
    (error instanceof NetconfError && !error.sent)
  ) {
    return new ProblemError(
      'device-unreachable',
      `device \`${device.device_id}\` cannot be reached: ${error.message}`,
      { cause: error, remedy: 'check that the device is up and its address and credentials are right' },
    );
  }
  return error;
};

/** Returns whether a session could not be opened, so that nothing reached the device. */
export const isUnreached = (error: unknown): error is ProblemError =>
  isProblem(error, 'device-unreachable') ||
  isProblem(error, 'host-key-mismatch') ||
  isProblem(error, 'secret-not-for-host');

/**
 * Called after every attempt to open a session, with the reason why it failed; null if it
 * succeeded.
 */
export type OnReach = (device: Pick<DeviceAddress, 'tenant_id' | 'device_id'>, fault: string | null) => void;

/** What the device showed when a session was opened. */
type Greeting = {
  /** The capabilities in its hello. */
  readonly capabilities: readonly string[];
  /** The fingerprint of its host key. */
  readonly hostKey: string;
};
/** Called after each new session was opened. */
type OnHello = (device: DeviceAddress, greeting: Greeting) => void;

/**
 * A session that reads share. `users` counts the current reads. While there are none, the timer
 * `idle` closes it.
 */
type SharedSession = {
  readonly address: DeviceAddress;
  readonly client: Promise<NetconfClient>;
  idle: NodeJS.Timeout | undefined;
  users: number;
};

/**
 * Returns the key of a shared session. Sessions are never shared between tenants, addresses or
 * logins.
 */
const keyOf = (device: DeviceAddress): string =>
  JSON.stringify([
    device.tenant_id,
    device.device_id,
    device.host,
    device.port,
    device.username,
    device.credentials_ref,
    trustedKeys(device),
    device.call_home === true,
    device.transport,
  ]);

const isSame = (
  a: Pick<DeviceAddress, 'tenant_id' | 'device_id'>,
  b: Pick<DeviceAddress, 'tenant_id' | 'device_id'>,
): boolean => a.tenant_id === b.tenant_id && a.device_id === b.device_id;

/**
 * Keeps one open session per device, which all reads share, and opens separate sessions on request.
 */
export class DeviceSessions {
  readonly #config: GatewayConfig;
  readonly #credentials: CredentialStore;
  /** The shared sessions, least recently used first. */
  readonly #shared = new Map<string, SharedSession>();
  /** The open sessions. Those that yield have the address of their device. */
  readonly #open = new Map<NetconfClient, DeviceAddress | undefined>();
  #stopped = false;

  readonly #onReach: OnReach;
  readonly #onHello: OnHello;
  readonly #onRpc: (rpc: DeviceRpc) => void;

  readonly #callHome: Pick<CallHome, 'open'>;

  constructor(
    config: GatewayConfig,
    credentials: CredentialStore,
    {
      onReach = () => undefined,
      onRpc = () => undefined,
      onHello = () => undefined,
      callHome,
    }: {
      readonly onReach?: OnReach;
      readonly onRpc?: (rpc: DeviceRpc) => void;
      readonly onHello?: OnHello;
      readonly callHome: Pick<CallHome, 'open'>;
    },
  ) {
    this.#callHome = callHome;
    this.#onHello = onHello;
    this.#onRpc = onRpc;
    this.#config = config;
    this.#credentials = credentials;
    this.#onReach = onReach;
  }

  /** The number of open sessions over all devices. */
  get size(): number {
    return this.#open.size;
  }

  /**
   * Opens a session that the caller owns and must close. If it `yields`, it may be closed for
   * another session. Throws `device-unreachable`, `host-key-mismatch`, `secret-not-for-host`.
   */
  async open(device: DeviceAddress, { yields = false } = {}): Promise<NetconfClient> {
    if (this.#stopped) throw new ProblemError('device-unreachable', 'the gateway is stopping');
    try {
      const { client, hostKey } = await this.#reach(device);
      client.onExchange(deviceRpcs(device.device_id, this.#onRpc));
      if (this.#stopped) client.destroy();
      this.#open.set(client, yields ? device : undefined);
      void client.session.ended.then(() => this.#open.delete(client));
      this.#onReach(device, null);
      this.#onHello(device, { capabilities: client.capabilities, hostKey });
      return client;
    } catch (error) {
      const problem = reachProblem(device, error);
      if (isUnreached(problem)) this.#onReach(device, problem.detail);
      throw problem;
    }
  }

  async #reach(device: DeviceAddress): Promise<{ readonly client: NetconfClient; readonly hostKey: string }> {
    const timeouts = {
      connectMs: this.#config.NETCONF_CONNECT_MS,
      helloMs: this.#config.NETCONF_HELLO_MS,
      rpcMs: this.#config.NETCONF_RPC_MS,
    };
    if (device.call_home === true) return this.#callHome.open(device, { timeouts });
    let hostKey = device.host_key_fingerprint;
    const common = {
      host: device.host,
      port: device.port,
      hostKey: {
        known: trustedKeys(device),
        onAccepted: (key: string): void => {
          hostKey = key;
        },
      },
      timeouts,
    };
    const secret = this.#credentials.read(device.tenant_id, device);
    const client =
      device.transport === 'tls'
        ? await connectNetconfTls({ ...common, credentials: readClientCertificate(clientPemOf(secret)) })
        : await connectNetconf({ ...common, username: device.username, credentials: secret });
    return { client, hostKey };
  }

  /**
   * Runs reads on the device's shared session. If the session turns out to be closed, it is
   * replaced once and the reads are repeated.
   */
  async read<T>(device: DeviceAddress, work: (client: NetconfClient) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      const shared = this.#use(device);
      try {
        return await work(await shared.client);
      } catch (error) {
        const over = await this.#drop(shared, error);
        if (attempt >= 2 || !over) throw reachProblem(device, error);
      } finally {
        this.#release(shared);
      }
    }
  }

  /** Closes the sessions of a device that nobody needs now. */
  yield(device: DeviceAddress): void {
    this.#closeIdle(device);
    for (const [client, address] of [...this.#open])
      if (address !== undefined && isSame(address, device)) void client.close();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const shared of this.#shared.values()) clearTimeout(shared.idle);
    this.#shared.clear();
    for (const client of [...this.#open.keys()]) client.destroy();
    await Promise.resolve();
  }

  #use(device: DeviceAddress): SharedSession {
    const key = keyOf(device);
    const shared = this.#shared.get(key) ?? this.#share(device);
    this.#shared.delete(key);
    this.#shared.set(key, shared);
    clearTimeout(shared.idle);
    shared.users += 1;
    return shared;
  }

  #share(device: DeviceAddress): SharedSession {
    const shared: SharedSession = { address: device, client: this.open(device), idle: undefined, users: 0 };
    shared.client.then(
      (client) => client.session.ended.then(() => this.#forget(shared)),
      () => this.#forget(shared),
    );
    // The device has moved, or its login has changed, so its idle sessions under the old key are
    // closed.
    this.#closeIdle(device);
    return shared;
  }

  #closeIdle(device: DeviceAddress): void {
    for (const other of [...this.#shared.values()])
      if (other.users === 0 && isSame(other.address, device)) this.#close(other);
  }

  /**
   * Keeps the session for the next reader, within the limits on idle time and on the number of
   * sessions.
   */
  #release(shared: SharedSession): void {
    shared.users -= 1;
    if (shared.users > 0 || this.#shared.get(keyOf(shared.address)) !== shared) return;
    shared.idle = setTimeout(() => this.#close(shared), this.#config.NETCONF_SESSION_IDLE_MS);
    shared.idle.unref();
    const idle = [...this.#shared.values()].filter((one) => one.users === 0);
    for (const one of idle.slice(0, Math.max(0, this.#shared.size - this.#config.NETCONF_KEPT_SESSIONS)))
      this.#close(one);
  }

  /**
   * Drops the session unless the device gave a definite answer. A session whose backend is gone
   * answers each request with `operation-failed`, and a new one may not. Returns whether the read
   * is repeated at once.
   */
  async #drop(shared: SharedSession, error: unknown): Promise<boolean> {
    const kind = classifyError(error);
    if (!(error instanceof NetconfError) || kind === 'permanent') return false;
    const client = await shared.client.catch(() => undefined);
    if (client === undefined || kind === 'ambiguous' || client.session.endedBy !== undefined) {
      this.#forget(shared);
      client?.destroy();
    }
    return error instanceof NetconfClosedError;
  }

  #forget(shared: SharedSession): void {
    clearTimeout(shared.idle);
    const key = keyOf(shared.address);
    if (this.#shared.get(key) === shared) this.#shared.delete(key);
  }

  #close(shared: SharedSession): void {
    this.#forget(shared);
    void shared.client.then(
      (client) => client.close(),
      () => undefined,
    );
  }
}
