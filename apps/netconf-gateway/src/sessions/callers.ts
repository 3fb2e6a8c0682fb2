import {
  acceptCallHome,
  acceptCallHomeTls,
  NetconfConnectError,
  NetconfHostKeyError,
  type CalledConnection,
  type ClientCertificate,
  type Credentials,
  type NetconfError,
} from '@interlock/netconf';
import type { Socket } from 'node:net';
import { clientPemOf, type CredentialStore } from '../devices/credentials.js';
import type { Inventory } from '../devices/inventory.js';
import { ClientCertificates } from './client-certificates.js';
import { Offers } from './offers.js';
import type { DeviceAddress } from './sessions.js';

/** What is known about a caller so far. `device` is set only if it has proved its key. */
export type Caller = {
  readonly from: string;
  readonly network: string;
  device?: DeviceAddress;
  /** True if another client certificate was chosen than the device's own. */
  mustCallAgain?: true;
};

type Parts = {
  readonly inventory: Pick<Inventory, 'callersWith'>;
  readonly credentials: Pick<CredentialStore, 'read'>;
  /** True if the device has a connection that waits to be used. */
  readonly isWaiting: (device: DeviceAddress) => boolean;
};
type Limit = { readonly timeoutMs: number; readonly signal: AbortSignal };
type Found = { readonly device: DeviceAddress; readonly secret: Credentials };
/** A client certificate with its text. */
type Usable = { readonly pem: string; readonly certificate: ClientCertificate };

/**
 * Identifies devices that call home by their keys, and finds the secrets that they are shown.
 *
 * A TLS client chooses its certificate before it knows the server. So the certificate is that of a
 * device that has called from the same network before. If it is another one than the device's own,
 * the call ends before any certificate is sent. The device calls again, and is known then.
 */
export class Callers {
  readonly #parts: Parts;
  /** Of devices over TLS. */
  readonly #offers: Offers;
  readonly #certificates = new ClientCertificates();

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#offers = new Offers({
      isWaiting: (key) =>
        parts.inventory
          .callersWith(key)
          .some(({ address }) => address.transport === 'tls' && parts.isWaiting(address)),
    });
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
    const expected = this.#offers.expected(caller.network);
    const shown = expected === undefined ? undefined : this.#usableOf(expected);
    if (expected !== undefined && shown === undefined) this.#offers.forget(caller.network, expected);
    return acceptCallHomeTls(socket, {
      ...limit,
      credentials: shown?.certificate,
      refusalOf: (key) => this.#refusalOf(key, caller, { expected, pem: shown?.pem }),
    });
  }

  /** Drops the client certificates that were not used since the last sweep. */
  sweep(): void {
    this.#certificates.sweep();
  }

  /** Drops all client certificates. */
  stop(): void {
    this.#certificates.clear();
  }

  #refusalOf(
    key: string,
    caller: Caller,
    { expected, pem }: { readonly expected: string | undefined; readonly pem: string | undefined },
  ): NetconfError | undefined {
    const found = this.#find(key, caller, 'tls');
    if (found === undefined) return new NetconfHostKeyError(key, 'unknown');
    const own = clientPemOf(found.secret);
    const mustCallAgain = own !== pem;
    // A certificate that cannot be used is reported now, and is never shown.
    if (mustCallAgain) this.#certificates.read(own);
    this.#offers.called(caller.network, key, { expected, mustCallAgain });
    if (!mustCallAgain) return undefined;
    caller.mustCallAgain = true;
    return new NetconfConnectError('the device is known now, and has to call again', false);
  }

  /** Returns the client certificate of the device with this key; undefined if none can be used. */
  #usableOf(key: string): Usable | undefined {
    try {
      const found = this.#find(key, { from: '', network: '' }, 'tls');
      const pem = found && clientPemOf(found.secret);
      return pem === undefined ? undefined : { pem, certificate: this.#certificates.read(pem) };
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
