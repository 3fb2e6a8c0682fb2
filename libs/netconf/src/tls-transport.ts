import { createPrivateKey, X509Certificate } from 'node:crypto';
import { isIP, type Socket } from 'node:net';
import { connect as tlsConnect, type TLSSocket } from 'node:tls';
import { NetconfAbortedError, NetconfConnectError, NetconfError, NetconfTimeoutError } from './errors.js';
import { checkHostKey, hostKeyFingerprint, type HostKeyPolicy } from './host-key.js';
import { deferred } from './session/deferred.js';

/** A client's certificate, with its chain, and its private key; both as PEM. */
export type ClientCertificate = { readonly certificate: string; readonly privateKey: string };

type OpenTlsOptions = {
  readonly socket: Socket;
  /** The name of the device, which is sent to it (SNI) unless it is an address. */
  readonly host: string;
  /** Decides by the fingerprint of the public key in the device's certificate. */
  readonly hostKey: HostKeyPolicy;
  readonly credentials: ClientCertificate;
};

/** One PEM text with a certificate, its chain and a private key, in any order. */
const block = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]+?-----END \1-----/g;

/**
 * Reads a client's certificate and key from one PEM text.
 * @throws NetconfConnectError (permanent) if one is missing, cannot be read, or does not belong to
 * the other
 */
export const readClientCertificate = (pem: string): ClientCertificate => {
  const blocks = [...pem.matchAll(block)].map(([text, kind]) => ({ text, kind: kind! }));
  const certificates = blocks.filter(({ kind }) => kind === 'CERTIFICATE').map(({ text }) => text);
  const keys = blocks.filter(({ kind }) => kind.endsWith('PRIVATE KEY')).map(({ text }) => text);
  const refused = (why: string, cause?: unknown): NetconfConnectError =>
    new NetconfConnectError(`the client certificate ${why}`, true, { cause });
  const [own] = certificates;
  const [privateKey] = keys;
  if (own === undefined || privateKey === undefined || keys.length > 1)
    throw refused('needs one PEM text with the certificate, its chain and one private key');
  let belongs: boolean;
  try {
    belongs = new X509Certificate(own).checkPrivateKey(createPrivateKey(privateKey));
  } catch (error) {
    throw refused(`cannot be read: ${(error as Error).message}`, error);
  }
  if (!belongs) throw refused('does not belong to the private key');
  return { certificate: certificates.join('\n'), privateKey };
};

/** Returns the `SHA256:…` fingerprint of the public key in a certificate (its SPKI, RFC 7469). */
export const certificateFingerprint = (certificate: X509Certificate): string =>
  hostKeyFingerprint(publicKeyOf(certificate));

const publicKeyOf = (certificate: X509Certificate): Buffer =>
  certificate.publicKey.export({ type: 'spki', format: 'der' });

/** Alerts of TLS by which a server refuses the client, so that trying again changes nothing. */
const refusals = /alert (?:bad certificate|certificate|unknown ca|access denied|handshake failure)/i;

const asConnectError = (error: Error): NetconfError =>
  error instanceof NetconfError
    ? error
    : new NetconfConnectError(`cannot connect: ${error.message}`, refusals.test(error.message), {
        cause: error,
      });

/**
 * Runs the TLS handshake (RFC 7589), as the client on a TCP connection. The device is known by the
 * key in its certificate alone: names, dates and authorities are not checked, and an unknown key
 * ends the connection.
 * @throws NetconfConnectError, NetconfHostKeyError, NetconfTimeoutError (phase connect),
 * NetconfAbortedError
 */
export const openTls = async (
  { socket, host, hostKey, credentials }: OpenTlsOptions,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal | undefined },
): Promise<TLSSocket> => {
  socket.setNoDelay(true);
  socket.setKeepAlive(true, 10_000);
  const { promise, resolve, reject } = deferred<void>();
  const stream = tlsConnect({
    socket,
    cert: credentials.certificate,
    key: credentials.privateKey,
    minVersion: 'TLSv1.2',
    // The pinned key decides, not an authority.
    rejectUnauthorized: false,
    ...(isIP(host) === 0 ? { servername: host } : {}),
  });
  const timer = setTimeout(() => reject(new NetconfTimeoutError('connect', timeoutMs, false)), timeoutMs);
  const aborted = (): void => reject(new NetconfAbortedError('the call was aborted', false));
  signal?.addEventListener('abort', aborted, { once: true });
  if (signal?.aborted === true) aborted();
  // The handler stays, because an error may also come after the handshake. The session sees `close`.
  stream.on('error', (error) => reject(asConnectError(error)));
  socket.on('error', (error) => reject(asConnectError(error)));
  stream.once('close', () =>
    reject(new NetconfConnectError('cannot connect: the peer closed the connection', false)),
  );
  stream.once('secureConnect', () => resolve());
  try {
    await promise;
    stream.disableRenegotiation();
    const certificate = stream.getPeerX509Certificate();
    if (certificate === undefined)
      throw new NetconfConnectError('cannot connect: the device showed no certificate', true);
    const refusal = checkHostKey(hostKey, publicKeyOf(certificate));
    if (refusal !== undefined) throw refusal;
    return stream;
  } catch (error) {
    stream.destroy();
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', aborted);
  }
};
