import {
  acceptCallHome,
  acceptCallHomeTls,
  NetconfConnectError,
  NetconfHostKeyError,
  readClientCertificate,
  type CalledConnection,
  type Credentials,
  type NetconfError,
} from '@interlock/netconf';
import type { Socket } from 'node:net';
import { clientPemOf, type CredentialStore } from '../devices/credentials.js';
import type { Inventory } from '../devices/inventory.js';
import type { DeviceAddress } from './sessions.js';

/** What is known about a caller so far. `device` is set only if it has proved its key. */
export type Caller = {
  readonly from: string;
  readonly network: string;
  device?: DeviceAddress;
  /** True if another client certificate was chosen than the device's own. */
  mustCallAgain?: true;
};

/** How many host keys are remembered for a network, and for how many networks. */
const mostSeen = { keys: 8, networks: 1024 } as const;

type Parts = {
  readonly inventory: Pick<Inventory, 'callersWith'>;
  readonly credentials: Pick<CredentialStore, 'read'>;
  /** True if the device has a connection that waits to be used. */
  readonly isWaiting: (device: DeviceAddress) => boolean;
};
type Limit = { readonly timeoutMs: number; readonly signal: AbortSignal };
type Found = { readonly device: DeviceAddress; readonly secret: Credentials };

/**
 * Identifies devices that call home by their keys, and finds the secrets that they are shown.
 *
 * A TLS client chooses its certificate before it knows the server. So the certificate is chosen by
 * the network from which the device has called before. If that is another one than the device's
 * own, the call ends before any certificate is sent. The device calls again, and is known then.
 */
export class Callers {
  readonly #parts: Parts;
  /** By network: the keys of devices that called from there over TLS, the latest first. */
  readonly #seen = new Map<string, readonly string[]>();
  /** The key of the device that called last over TLS. */
  #last: string | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Accepts a call over SSH. Throws as `acceptCallHome`. */
  accept(socket: Socket, caller: Caller, limit: Limit): Promise<CalledConnection> {
    return acceptCallHome(socket, {
      ...limit,
      loginOf: (key) => {
        const found = this.#find(key, caller, undefined);
        return found && { username: found.device.username, credentials: found.secret };
      },
    });
  }

  /** Accepts a call over TLS. Throws as `acceptCallHomeTls`. */
  async acceptTls(socket: Socket, caller: Caller, limit: Limit): Promise<CalledConnection> {
    const offered = this.#offerTo(caller.network);
    return acceptCallHomeTls(socket, {
      ...limit,
      credentials: offered === undefined ? undefined : readClientCertificate(offered),
      refusalOf: (key) => this.#refusalOf(key, caller, offered),
    });
  }

  #refusalOf(key: string, caller: Caller, offered: string | undefined): NetconfError | undefined {
    const found = this.#find(key, caller, 'tls');
    if (found === undefined) return new NetconfHostKeyError(key, 'unknown');
    this.#note(caller.network, key);
    const own = clientPemOf(found.secret);
    if (own === offered) return undefined;
    // A certificate that cannot be used is reported now, and is never offered.
    readClientCertificate(own);
    caller.mustCallAgain = true;
    return new NetconfConnectError('the device is known now, and has to call again', false);
  }

  /** Returns a certificate that one of the devices of a network may accept, if there is one. */
  #offerTo(network: string): string | undefined {
    const keys = this.#seen.get(network) ?? (this.#last === undefined ? [] : [this.#last]);
    const found = keys.flatMap((key) => this.#findQuietly(key) ?? []);
    const without = found.filter(({ device }) => !this.#parts.isWaiting(device));
    const texts = [
      ...new Set((without.length > 0 ? without : found).map(({ secret }) => clientPemOf(secret))),
    ];
    // Devices behind one address may call in step, so the choice is not in any order.
    return texts[Math.floor(Math.random() * texts.length)];
  }

  #note(network: string, key: string): void {
    const others = (this.#seen.get(network) ?? []).filter((one) => one !== key);
    this.#seen.delete(network);
    const [oldest] = this.#seen.keys();
    if (oldest !== undefined && this.#seen.size >= mostSeen.networks) this.#seen.delete(oldest);
    this.#seen.set(network, [key, ...others].slice(0, mostSeen.keys));
    this.#last = key;
  }

  #findQuietly(key: string): Found | undefined {
    try {
      const found = this.#find(key, { from: '', network: '' }, 'tls');
      if (found !== undefined) readClientCertificate(clientPemOf(found.secret));
      return found;
    } catch {
      return undefined;
    }
  }

  /**
   * Returns the first entry with this key and transport whose secret can be read. The error of an
   * entry counts only if there is no such entry.
   */
  #find(key: string, caller: Caller, transport: DeviceAddress['transport']): Found | undefined {
    let fault: unknown;
    for (const { address } of this.#parts.inventory.callersWith(key)) {
      if (address.transport !== transport) continue;
      try {
        const secret = this.#parts.credentials.read(address.tenant_id, address);
        caller.device = address;
        return { device: address, secret };
      } catch (error) {
        caller.device ??= address;
        fault ??= error;
      }
    }
    if (fault !== undefined) throw fault;
    return undefined;
  }
}
