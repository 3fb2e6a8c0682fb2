import { isProblem, ProblemError } from '@interlock/kernel';
import {
  classifyError,
  connectNetconf,
  NetconfClosedError,
  NetconfConnectError,
  NetconfError,
  NetconfHostKeyError,
  NetconfTimeoutError,
  type NetconfClient,
} from '@interlock/netconf';
import type { DeviceEndpoint } from '@interlock/network';
import type { GatewayConfig } from './config.js';
import type { CredentialStore } from './credentials.js';
import { deviceRpcs, type DeviceRpc } from './device-rpcs.js';

/** Where a session goes, and for whom: what a tenant may log in with is its own. */
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
        remedy: 'check the device; if its key was changed on purpose, update host_key_fingerprint',
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

/** Whether a session could not be opened, so that nothing reached the device. */
export const isUnreached = (error: unknown): error is ProblemError =>
  isProblem(error, 'device-unreachable') ||
  isProblem(error, 'host-key-mismatch') ||
  isProblem(error, 'secret-not-for-host');

/** Told of every try to open a session: why it cannot be had, null where it can. */
export type OnReach = (device: Pick<DeviceAddress, 'tenant_id' | 'device_id'>, fault: string | null) => void;

/** Told of the capabilities in the hello of each new session. */
type OnHello = (device: DeviceAddress, capabilities: readonly string[]) => void;

/**
 * A session that reads share; `users` are reading now, and while there are none, `idle` closes it.
 */
type SharedSession = {
  readonly address: DeviceAddress;
  readonly client: Promise<NetconfClient>;
  idle: NodeJS.Timeout | undefined;
  users: number;
};

/** Two tenants never share a session, nor do two ways to reach or log in to a device. */
const keyOf = (device: DeviceAddress): string =>
  JSON.stringify([
    device.tenant_id,
    device.device_id,
    device.host,
    device.port,
    device.username,
    device.credentials_ref,
    device.host_key_fingerprint,
  ]);

/**
 * One session per device that is kept open and shared by all reads, and sessions of their own for
 * those who ask.
 */
export class DeviceSessions {
  readonly #config: GatewayConfig;
  readonly #credentials: CredentialStore;
  /** Least recently used first. */
  readonly #shared = new Map<string, SharedSession>();
  readonly #open = new Set<NetconfClient>();
  #stopped = false;

  readonly #onReach: OnReach;
  readonly #onHello: OnHello;
  readonly #onRpc: (rpc: DeviceRpc) => void;

  constructor(
    config: GatewayConfig,
    credentials: CredentialStore,
    onReach: OnReach = () => undefined,
    onRpc: (rpc: DeviceRpc) => void = () => undefined,
    onHello: OnHello = () => undefined,
  ) {
    this.#onHello = onHello;
    this.#onRpc = onRpc;
    this.#config = config;
    this.#credentials = credentials;
    this.#onReach = onReach;
  }

  /** Sessions that are open now, by all devices. */
  get size(): number {
    return this.#open.size;
  }

  /**
   * A session of the caller's own, to be closed by it. Throws `device-unreachable`,
   * `host-key-mismatch`, `secret-not-for-host`.
   */
  async open(device: DeviceAddress): Promise<NetconfClient> {
    if (this.#stopped) throw new ProblemError('device-unreachable', 'the gateway is stopping');
    try {
      const client = await connectNetconf({
        host: device.host,
        port: device.port,
        username: device.username,
        credentials: this.#credentials.read(device.tenant_id, device),
        hostKey: { known: [device.host_key_fingerprint] },
        timeouts: {
          connectMs: this.#config.NETCONF_CONNECT_MS,
          helloMs: this.#config.NETCONF_HELLO_MS,
          rpcMs: this.#config.NETCONF_RPC_MS,
        },
      });
      client.onExchange(deviceRpcs(device.device_id, this.#onRpc));
      if (this.#stopped) client.destroy();
      this.#open.add(client);
      void client.session.ended.then(() => this.#open.delete(client));
      this.#onReach(device, null);
      this.#onHello(device, client.capabilities);
      return client;
    } catch (error) {
      const problem = reachProblem(device, error);
      if (isUnreached(problem)) this.#onReach(device, problem.detail);
      throw problem;
    }
  }

  /**
   * Runs reads on the device's shared session. One that turns out to be over is replaced once, and
   * the reads are repeated; then it fails.
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

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const shared of this.#shared.values()) clearTimeout(shared.idle);
    this.#shared.clear();
    for (const client of [...this.#open]) client.destroy();
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
    // The device was moved, or is logged in to by other means: what led to where it was is not
    // kept.
    for (const other of [...this.#shared.values()])
      if (
        other.users === 0 &&
        other.address.tenant_id === device.tenant_id &&
        other.address.device_id === device.device_id
      )
        this.#close(other);
    return shared;
  }

  /**
   * Keeps the session for the next reader, as long as it is not idle for too long and there are not
   * too many of them.
   */
  #release(shared: SharedSession): void {
    shared.users -= 1;
    if (shared.users > 0 || this.#shared.get(keyOf(shared.address)) !== shared) return;
    shared.idle = setTimeout(() => {
      this.#close(shared);
    }, this.#config.NETCONF_SESSION_IDLE_MS);
    shared.idle.unref();
    const idle = [...this.#shared.values()].filter((one) => one.users === 0);
    for (const one of idle.slice(0, Math.max(0, this.#shared.size - this.#config.NETCONF_KEPT_SESSIONS)))
      this.#close(one);
  }

  /**
   * Drops the session unless the fault was an answer of the device; true where a fresh one may do
   * better.
   */
  async #drop(shared: SharedSession, error: unknown): Promise<boolean> {
    if (!(error instanceof NetconfError) || classifyError(error) === 'permanent') return false;
    const client = await shared.client.catch(() => undefined);
    if (
      client === undefined ||
      error instanceof NetconfTimeoutError ||
      client.session.endedBy !== undefined
    ) {
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
