import { lookup as systemLookup } from 'node:dns/promises';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { judgeAddress, type AddressRules, type AddressVerdict } from './address.js';
import { codeOf, OutboundError } from './outbound-error.js';

/** Resolves a host name to all of its addresses. */
export type Resolve = (host: string) => Promise<readonly string[]>;

export type OutboundOptions = AddressRules & {
  /** The system's resolver if absent. */
  readonly resolve?: Resolve;
  /** Trusted certificates, PEM, instead of the system's. */
  readonly ca?: string;
};

/**
 * The destination of a connection. `clear`: nothing on it is encrypted, so only allowed networks
 * are reached. `tls`: it is encrypted from the first byte.
 */
export type Place = {
  readonly host: string;
  readonly port: number;
  readonly clear: boolean;
  readonly tls: boolean;
};

const systemResolve: Resolve = async (host) =>
  (await systemLookup(host, { all: true, verbatim: true })).map(({ address }) => address);

/**
 * Every address that a name resolves to must be permitted. The name is resolved once, and the
 * connection goes to an address that was judged.
 */
const refuseUnreachable = (
  { port, clear }: Place,
  addresses: readonly string[],
  rules: AddressRules,
): void => {
  if (addresses.length === 0) throw new OutboundError('not-resolved', false, 'the host has no address');
  const verdicts: readonly AddressVerdict[] = addresses.map((one) => judgeAddress(one, port, rules));
  for (const verdict of verdicts)
    if (typeof verdict === 'object')
      throw new OutboundError('address-refused', false, `the address of the host ${verdict.refused}`);
  if (clear && verdicts.includes('public'))
    throw new OutboundError('address-refused', false, 'a public address is reached by encryption only');
};

const tlsCodes =
  /^(?:ERR_TLS_|CERT_|CRL_|DEPTH_ZERO_|ERROR_IN_C|SELF_SIGNED_|UNABLE_TO_|ERR_SSL_|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_)/;

/** Connects to the judged address. The certificate is checked against the name. */
const open = (
  place: Place,
  address: string,
  options: OutboundOptions,
  signal: AbortSignal,
): Promise<Socket> =>
  new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(new OutboundError('timeout', false, 'no connection within the deadline'));
      return;
    }
    const socket: Socket = place.tls
      ? connectTls({
          host: address,
          port: place.port,
          ...(/^[\d.]+$|:/.test(place.host) ? {} : { servername: place.host }),
          ALPNProtocols: ['http/1.1'],
          rejectUnauthorized: true,
          ...(options.ca === undefined ? {} : { ca: options.ca }),
        })
      : connectTcp({ host: address, port: place.port });
    const end = (): void => {
      signal.removeEventListener('abort', aborted);
      socket.removeListener('error', failed);
    };
    const failed = (error: Error): void => {
      end();
      socket.destroy();
      const fault = tlsCodes.test(codeOf(error)) ? 'not-trusted' : 'not-connected';
      reject(new OutboundError(fault, false, `no connection: ${codeOf(error) || error.message}`));
    };
    const aborted = (): void => {
      end();
      socket.on('error', () => undefined);
      socket.destroy();
      reject(new OutboundError('timeout', false, 'no connection within the deadline'));
    };
    socket.once('error', failed);
    signal.addEventListener('abort', aborted);
    socket.once(place.tls ? 'secureConnect' : 'connect', () => {
      end();
      resolve(socket);
    });
  });

/** The time limit to connect to one address of several, TLS included. */
const perAddressMs = 3000;

/**
 * Resolves a host once, judges all of its addresses, and connects to the first one that accepts.
 * Throws OutboundError.
 */
export const connectTo = async (
  place: Place,
  options: OutboundOptions,
  signal: AbortSignal,
): Promise<Socket> => {
  const late = new Promise<never>((_, reject) => {
    signal.addEventListener(
      'abort',
      () => reject(new OutboundError('timeout', false, 'the host was not resolved within the deadline')),
      { once: true },
    );
  });
  late.catch(() => undefined);
  const resolving = (options.resolve ?? systemResolve)(place.host).catch(() => {
    throw new OutboundError('not-resolved', false, 'the host cannot be resolved');
  });
  const addresses = await Promise.race([resolving, late]);
  refuseUnreachable(place, addresses, options);
  let failure: unknown;
  for (const [n, address] of addresses.entries()) {
    // An address that drops packets must not use up the time of the next ones.
    const timeout = n + 1 < addresses.length ? AbortSignal.timeout(perAddressMs) : undefined;
    const until = timeout === undefined ? signal : AbortSignal.any([signal, timeout]);
    try {
      return await open(place, address, options, until);
    } catch (error) {
      failure = error;
      const goesOn =
        error instanceof OutboundError &&
        (error.fault === 'not-connected' || (error.fault === 'timeout' && !signal.aborted));
      if (!goesOn) break;
    }
  }
  throw failure;
};
