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
/** What a caller is shown: the device that was expected, and the text of its certificate. */
type Shown = { readonly expected?: string | undefined; readonly pem?: string | undefined };

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
    const pem = expected === undefined ? undefined : this.#usablePemOf(expected);
    if (expected !== undefined && pem === undefined) this.#offers.forget(caller.network, expected);
    return acceptCallHomeTls(socket, {
      ...limit,
      credentials: pem === undefined ? undefined : readClientCertificate(pem),
      refusalOf: (key) => this.#refusalOf(key, caller, { expected, pem }),
    });
  }

  #refusalOf(key: string, caller: Caller, { expected, pem }: Shown): NetconfError | undefined {
    const found = this.#find(key, caller, 'tls');
    if (found === undefined) return new NetconfHostKeyError(key, 'unknown');
    const own = clientPemOf(found.secret);
    const mustCallAgain = own !== pem;
    // A certificate that cannot be used is reported now, and is never shown.
    if (mustCallAgain) readClientCertificate(own);
    this.#offers.called(caller.network, key, { expected, mustCallAgain });
    if (!mustCallAgain) return undefined;
    caller.mustCallAgain = true;
    return new NetconfConnectError('the device is known now, and has to call again', false);
  }

  /** Returns the client certificate of the device with this key; undefined if none can be used. */
  #usablePemOf(key: string): string | undefined {
    try {
      const found = this.#find(key, { from: '', network: '' }, 'tls');
      const pem = found && clientPemOf(found.secret);
      if (pem !== undefined) readClientCertificate(pem);
      return pem;
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
