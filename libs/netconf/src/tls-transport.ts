import { constants, createPrivateKey, X509Certificate } from 'node:crypto';
import { isIP, type Socket } from 'node:net';
import {
  connect as tlsConnect,
  createSecureContext,
  type SecureContext,
  type SecureContextOptions,
  type TLSSocket,
} from 'node:tls';
import { NetconfAbortedError, NetconfConnectError, NetconfError, NetconfTimeoutError } from './errors.js';
import { hostKeyFingerprint } from './host-key.js';
import { deferred } from './session/deferred.js';

/** A client's certificate with its chain and private key, ready for a handshake. */
export type ClientCertificate = { readonly context: SecureContext };

type OpenTlsOptions = {
  /** Opens the TCP connection, or returns one that the device opened. */
  readonly connect: () => Socket;
  /** The name of the device, which is sent to it (SNI) unless it is an address. */
  readonly host?: string;
  /**
   * Returns why the device with this public key (SPKI) is refused; undefined if it is not. The
   * device has then proved that it holds the key. A refused device sees no client certificate.
   */
  readonly refusalOf: (key: Buffer) => NetconfError | undefined;
  /** Absent: the client shows no certificate. */
  readonly credentials?: ClientCertificate | undefined;
};

/** The cipher suites: forward secrecy, no CBC, no SHA-1. The last three are those of TLS 1.3. */
const ciphers = [
  'ECDHE+AESGCM',
  'ECDHE+CHACHA20',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
].join(':');

/** The versions and cipher suites of TLS that are used, by clients and by servers. */
export const tlsPolicy = {
  minVersion: 'TLSv1.2',
  ciphers,
  // The key is checked once, in the handshake.
  secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
} as const;

const contextOf = (own: Pick<SecureContextOptions, 'cert' | 'key'>): SecureContext =>
  createSecureContext({ ...own, ...tlsPolicy });

/** The least size of a peer's RSA key, in bits. */
const leastRsaBits = 2048;

/** The size of a certificate's RSA key, in bits, if it is too small; else undefined. */
export const weakKeyBits = (certificate: X509Certificate): number | undefined => {
  const bits = certificate.publicKey.asymmetricKeyDetails?.modulusLength;
  return bits !== undefined && bits < leastRsaBits ? bits : undefined;
};

/** One PEM text with a certificate, its chain and a private key, in any order. */
const block = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]+?-----END \1-----/g;

/**
 * Reads a client's certificate, its chain and its key from one PEM text.
 * @throws NetconfConnectError (permanent) if one is missing, cannot be read or is too weak, or if
 * none of the certificates belongs to the key
 */
export const readClientCertificate = (pem: string): ClientCertificate => {
  const refused = (why: string, cause?: unknown): NetconfConnectError =>
    new NetconfConnectError(`the client certificate ${why}`, true, { cause });
  const blocks = [...pem.matchAll(block)].map(([text, kind]) => ({ text, kind: kind! }));
  const certificates = blocks.filter(({ kind }) => kind === 'CERTIFICATE').map(({ text }) => text);
  const keys = blocks.filter(({ kind }) => kind.endsWith('PRIVATE KEY')).map(({ text }) => text);
  const [key] = keys;
  if (certificates.length === 0 || key === undefined || keys.length > 1)
    throw refused('needs one PEM text with the certificate, its chain and one private key');
  if (/ENCRYPTED/.test(key)) throw refused('has a key with a passphrase, which is not supported');
  try {
    const known = createPrivateKey(key);
    const own = certificates.find((one) => new X509Certificate(one).checkPrivateKey(known));
    if (own === undefined) throw refused('does not belong to the private key');
    const chain = certificates.filter((one) => one !== own);
    return { context: contextOf({ cert: [own, ...chain].join('\n'), key }) };
  } catch (error) {
    throw error instanceof NetconfError
      ? error
      : refused(`cannot be read: ${(error as Error).message}`, error);
  }
};

/** Returns the `SHA256:…` fingerprint of the public key in a certificate (its SPKI, RFC 7469). */
export const certificateFingerprint = (certificate: X509Certificate): string =>
  hostKeyFingerprint(publicKeyOf(certificate));

const publicKeyOf = (certificate: X509Certificate): Buffer =>
  certificate.publicKey.export({ type: 'spki', format: 'der' });

/** Faults of TLS that trying again does not change. */
const permanentFaults =
  /alert (?:bad certificate|unsupported certificate|certificate|unknown ca|access denied|handshake failure|protocol version|decrypt error)|no renegotiation|unsupported protocol|wrong version number/i;

const asConnectError = (error: Error): NetconfError =>
  error instanceof NetconfError
    ? error
    : new NetconfConnectError(`cannot connect: ${error.message}`, permanentFaults.test(error.message), {
        cause: error,
      });

/** Returns what a check finds; the fault if it throws. */
const refusalIn = (check: () => NetconfError | undefined): NetconfError | undefined => {
  try {
    return check();
  } catch (error) {
    return asConnectError(error as Error);
  }
};

/** Returns why the device's certificate is refused; undefined if it is not. */
const certificateRefusal = (
  certificate: X509Certificate | undefined,
  refusalOf: OpenTlsOptions['refusalOf'],
): NetconfError | undefined => {
  if (certificate === undefined)
    return new NetconfConnectError('cannot connect: the device showed no certificate', true);
  const bits = weakKeyBits(certificate);
  return bits !== undefined
    ? new NetconfConnectError(`cannot connect: the device's key has ${bits} bits`, true)
    : refusalOf(publicKeyOf(certificate));
};

/**
 * Runs the TLS handshake (RFC 7589), as the client on a TCP connection. The device is known by the
 * key in its certificate alone: names, dates and authorities are not checked. A refused key ends
 * the connection before the client's certificate is sent.
 * @throws what `refusalOf` returns, NetconfConnectError, NetconfTimeoutError (phase connect),
 * NetconfAbortedError; what `refusalOf` throws is the cause of a NetconfConnectError
 */
export const openTls = async (
  { connect, host, refusalOf, credentials }: OpenTlsOptions,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal | undefined },
): Promise<TLSSocket> => {
  const { promise, resolve, reject } = deferred<void>();
  promise.catch(() => undefined);
  const socket = connect();
  // The handler stays, because an error may also come after the handshake. The session then sees
  // `close`.
  socket.on('error', (error) => reject(asConnectError(error)));
  const timer = setTimeout(() => reject(new NetconfTimeoutError('connect', timeoutMs, false)), timeoutMs);
  const aborted = (): void => reject(new NetconfAbortedError('the call was aborted', false));
  signal?.addEventListener('abort', aborted, { once: true });
  if (signal?.aborted === true) aborted();
  let stream: TLSSocket | undefined;
  try {
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 10_000);
    const tls = tlsConnect({
      socket,
      secureContext: credentials?.context ?? contextOf({}),
      // The pinned key decides, not an authority.
      rejectUnauthorized: false,
      // Only for its event. See below.
      requestOCSP: true,
      ...(host === undefined || isIP(host) !== 0 ? {} : { servername: host }),
    });
    stream = tls;
    tls.on('error', (error) => reject(asConnectError(error)));
    tls.once('close', () =>
      reject(new NetconfConnectError('cannot connect: the peer closed the connection', false)),
    );
    let isChecked = false;
    const check = (): void => {
      if (isChecked) return;
      isChecked = true;
      const refusal = refusalIn(() => certificateRefusal(tls.getPeerX509Certificate(), refusalOf));
      if (refusal === undefined) return;
      reject(refusal);
      tls.destroy();
    };
    // INVARIANT: OpenSSL calls this with or without an OCSP response: after the server's signature
    // was verified, and before the client's certificate is sent.
    tls.once('OCSPResponse', check);
    tls.once('secureConnect', () => {
      check();
      resolve();
    });
    await promise;
    return tls;
  } catch (error) {
    stream?.destroy();
    socket.destroy();
    throw asConnectError(error as Error);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', aborted);
  }
};
