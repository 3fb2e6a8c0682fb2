import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { setTimeout as delay } from 'node:timers/promises';
import type { NetconfClient } from './client.js';
import {
  connectMsOf,
  endOf,
  openAnswering,
  openSession,
  refusedCertificate,
  startSession,
  type OpenSessionOptions,
  type SshOptions,
} from './connect.js';
import {
  NetconfAbortedError,
  NetconfClosedError,
  NetconfConnectError,
  NetconfHostKeyError,
  NetconfTimeoutError,
  type NetconfError,
} from './errors.js';
import { answersFirstRequest, firstRequestTimeoutsMs, losesFirstRequest } from './first-request.js';
import { hostKeyFingerprint } from './host-key.js';
import { defaultLimits } from './limits.js';
import { deferred } from './session/deferred.js';
import { SshTransport, type Login } from './ssh-transport.js';
import { openTls, type ClientCertificate } from './tls-transport.js';

/** How a device that calls is identified. Times in milliseconds. */
export type CallHomeOptions = SshOptions &
  Pick<OpenSessionOptions, 'signal'> & {
    /**
     * The login for the device with this host key; undefined if no device has it. The device has
     * then proved that it holds the key.
     */
    readonly loginOf: (fingerprint: string) => Login | undefined;
    /** The limit of SSH and login; default 10 000. */
    readonly timeoutMs?: number;
  };

/** The connection of a device that called. Sessions are opened on it until either side ends it. */
export type CalledConnection = {
  /** The `SHA256:…` fingerprint of the device's host key. */
  readonly fingerprint: string;
  /** Settles when the connection is over. */
  readonly closed: Promise<void>;
  /**
   * Opens a session in a channel of its own. Its end leaves the connection open.
   * @throws as `connectNetconf`, except NetconfHostKeyError
   */
  readonly open: (options?: OpenSessionOptions) => Promise<NetconfClient>;
  /** Ends the connection and every session on it. */
  readonly end: () => void;
};

/** How a device that calls over TLS is identified. Times in milliseconds. */
export type CallHomeTlsOptions = Pick<OpenSessionOptions, 'signal'> & {
  /**
   * The certificate to show, which is chosen before the device is known. Absent: none, so that the
   * call only identifies the device.
   */
  readonly credentials?: ClientCertificate | undefined;
  /**
   * Returns why the device with this key is refused; undefined if it may see the certificate. The
   * device has then proved that it holds the key.
   */
  readonly refusalOf: (fingerprint: string) => NetconfError | undefined;
  /** The limit of the handshake and the device's hello; default 10 000. */
  readonly timeoutMs?: number;
};

/**
 * Accepts a device's call (RFC 8071): the device opened the TCP connection, and this side is the
 * SSH client on it. The device is identified by its host key alone.
 * @throws NetconfHostKeyError (`unknown`), NetconfConnectError, NetconfTimeoutError (phase
 * connect), NetconfAbortedError; what `loginOf` throws is the cause of a NetconfConnectError
 */
export const acceptCallHome = async (socket: Socket, options: CallHomeOptions): Promise<CalledConnection> => {
  const transport = await SshTransport.open(
    {
      ...options,
      socket,
      loginOf: (fingerprint) =>
        options.loginOf(fingerprint) ?? new NetconfHostKeyError(fingerprint, 'unknown'),
    },
    { timeoutMs: options.timeoutMs ?? 10_000, signal: options.signal },
  );
  return {
    fingerprint: transport.fingerprint,
    closed: transport.closed,
    open: (session = {}) =>
      openAnswering(() => openSession(transport, session, connectMsOf(session)), session.signal),
    end: () => transport.end(),
  };
};

/**
 * The first bytes of a device, which are kept until a session reads them. Reading them shows at
 * once that the device has closed the connection.
 */
class FirstBytes {
  readonly #chunks: Buffer[] = [];
  readonly #spoke = deferred<void>();
  #size = 0;

  constructor(private readonly stream: TLSSocket) {
    this.#spoke.promise.catch(() => undefined);
    stream.on('data', this.#take);
    stream.once('close', () =>
      this.#spoke.reject(
        refusedCertificate(new NetconfClosedError('the device closed the connection', false)),
      ),
    );
  }

  /** Waits until the device has sent something. */
  async within({ timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal | undefined }): Promise<void> {
    const timer = setTimeout(
      () => this.#spoke.reject(new NetconfTimeoutError('hello', timeoutMs, false)),
      timeoutMs,
    );
    const aborted = (): void => this.#spoke.reject(new NetconfAbortedError('the call was aborted', false));
    signal?.addEventListener('abort', aborted, { once: true });
    if (signal?.aborted === true) aborted();
    try {
      await this.#spoke.promise;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', aborted);
    }
  }

  /** Gives the bytes back to the stream, for the reader that follows. */
  handOver(): void {
    this.stream.off('data', this.#take);
    this.stream.pause();
    if (this.#size > 0) this.stream.unshift(Buffer.concat(this.#chunks));
  }

  readonly #take = (bytes: Buffer): void => {
    this.#chunks.push(bytes);
    this.#size += bytes.length;
    // A device sends one hello before it has received one.
    if (this.#size > defaultLimits.maxMessageBytes) this.stream.destroy();
    this.#spoke.resolve();
  };
}

/** Starts the one session of a connection over TLS. */
const openOnly = async (
  stream: TLSSocket,
  first: FirstBytes,
  options: OpenSessionOptions,
): Promise<NetconfClient> => {
  first.handOver();
  const opening = startSession(stream, options, () => endOf(stream));
  stream.resume();
  const client = await opening;
  if (!losesFirstRequest(client)) return client;
  // There is no second connection to try, so the device gets time to read the hello by itself.
  const [readsHelloMs, , lastMs] = firstRequestTimeoutsMs;
  await delay(readsHelloMs);
  if (await answersFirstRequest(client, lastMs, options.signal)) return client;
  client.destroy();
  throw new NetconfTimeoutError('rpc', lastMs, false);
};

/**
 * Accepts a device's call over TLS (RFC 8071): the device opened the TCP connection, and this side
 * is the TLS client on it. The device is identified by the key in its certificate alone. Its
 * connection holds one session (RFC 7589), so `open` is called once. Before that the device has
 * said hello, which shows that it accepts the client's certificate.
 * @throws what `refusalOf` returns, NetconfConnectError, NetconfTimeoutError (phases connect and
 * hello), NetconfAbortedError; what `refusalOf` throws is the cause of a NetconfConnectError
 */
export const acceptCallHomeTls = async (
  socket: Socket,
  { credentials, refusalOf, timeoutMs = 10_000, signal }: CallHomeTlsOptions,
): Promise<CalledConnection> => {
  const deadline = performance.now() + timeoutMs;
  let fingerprint = '';
  const stream = await openTls(
    {
      connect: () => socket,
      credentials,
      refusalOf: (key) => refusalOf((fingerprint = hostKeyFingerprint(key))),
    },
    { timeoutMs, signal },
  );
  const first = new FirstBytes(stream);
  try {
    await first.within({ timeoutMs: Math.max(1, Math.ceil(deadline - performance.now())), signal });
  } catch (error) {
    stream.destroy();
    throw error;
  }
  const closed = new Promise<void>((resolve) => stream.once('close', () => resolve()));
  let isTaken = false;
  return {
    fingerprint,
    closed,
    open: (options = {}) => {
      if (isTaken || stream.destroyed)
        return Promise.reject(new NetconfConnectError('the connection has ended', false));
      isTaken = true;
      return openOnly(stream, first, options);
    },
    end: () => endOf(stream),
  };
};
