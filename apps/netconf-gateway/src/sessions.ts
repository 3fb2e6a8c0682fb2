import { ProblemError } from '@interlock/kernel';
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

type Reader = { readonly client: Promise<NetconfClient>; idle: NodeJS.Timeout | undefined; users: number };

/** One reading session per device, reused; a session of its own for each change. */
export class DeviceSessions {
  readonly #config: GatewayConfig;
  readonly #credentials: CredentialStore;
  readonly #readers = new Map<string, Reader>();
  readonly #open = new Set<NetconfClient>();
  #stopped = false;

  constructor(config: GatewayConfig, credentials: CredentialStore) {
    this.#config = config;
    this.#credentials = credentials;
  }

  /** Sessions that are open now, by all devices. */
  get size(): number {
    return this.#open.size;
  }

  /** A session of the caller's own, to be closed by it. Throws `device-unreachable`, `host-key-mismatch`. */
  async open(device: DeviceAddress): Promise<NetconfClient> {
    if (this.#stopped) throw new ProblemError('device-unreachable', 'the gateway is stopping');
    try {
      const client = await connectNetconf({
        host: device.host,
        port: device.port,
        username: device.username,
        credentials: this.#credentials.read(device.tenant_id, device.credentials_ref),
        hostKey: { known: [device.host_key_fingerprint] },
        timeouts: {
          connectMs: this.#config.NETCONF_CONNECT_MS,
          helloMs: this.#config.NETCONF_HELLO_MS,
          rpcMs: this.#config.NETCONF_RPC_MS,
        },
      });
      if (this.#stopped) client.destroy();
      this.#open.add(client);
      void client.session.ended.then(() => this.#open.delete(client));
      return client;
    } catch (error) {
      throw reachProblem(device, error);
    }
  }

  /** Runs reads on the device's shared session; a session that turns out to be over is replaced once. */
  async read<T>(device: DeviceAddress, work: (client: NetconfClient) => Promise<T>): Promise<T> {
    const key = JSON.stringify([
      device.tenant_id,
      device.host,
      device.port,
      device.username,
      device.credentials_ref,
      device.host_key_fingerprint,
    ]);
    for (let attempt = 1; ; attempt += 1) {
      const reader = this.#reader(key, device);
      reader.users += 1;
      clearTimeout(reader.idle);
      try {
        return await work(await reader.client);
      } catch (error) {
        const over = await this.#drop(key, reader, error);
        if (attempt >= 2 || !over) throw reachProblem(device, error);
      } finally {
        reader.users -= 1;
        if (reader.users === 0 && this.#readers.get(key) === reader)
          reader.idle = this.#closeLater(key, reader);
      }
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const reader of this.#readers.values()) clearTimeout(reader.idle);
    this.#readers.clear();
    for (const client of [...this.#open]) client.destroy();
    await Promise.resolve();
  }

  #reader(key: string, device: DeviceAddress): Reader {
    const known = this.#readers.get(key);
    if (known !== undefined) return known;
    const client = this.open(device);
    client.catch(() => {
      if (this.#readers.get(key)?.client === client) this.#readers.delete(key);
    });
    const reader: Reader = { client, idle: undefined, users: 0 };
    this.#readers.set(key, reader);
    return reader;
  }

  /** Drops the session unless the fault was an answer of the device; true where a fresh one may do better. */
  async #drop(key: string, reader: Reader, error: unknown): Promise<boolean> {
    if (!(error instanceof NetconfError) || classifyError(error) === 'permanent') return false;
    const client = await reader.client.catch(() => undefined);
    if (
      client === undefined ||
      error instanceof NetconfTimeoutError ||
      client.session.endedBy !== undefined
    ) {
      if (this.#readers.get(key) === reader) this.#readers.delete(key);
      client?.destroy();
    }
    return error instanceof NetconfClosedError;
  }

  #closeLater(key: string, reader: Reader): NodeJS.Timeout {
    const timer = setTimeout(() => {
      if (this.#readers.get(key) === reader) this.#readers.delete(key);
      void reader.client.then(
        (client) => client.close(),
        () => undefined,
      );
    }, 60_000);
    timer.unref();
    return timer;
  }
}
