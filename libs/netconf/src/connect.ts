import { connect as tcpConnect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Algorithms } from 'ssh2';
import { NetconfClient } from './client.js';
import {
  NetconfClosedError,
  NetconfConnectError,
  NetconfHostKeyError,
  NetconfTimeoutError,
} from './errors.js';
import { answersFirstRequest, firstRequestTimeoutsMs, losesFirstRequest } from './first-request.js';
import { checkHostKey, type HostKeyPolicy } from './host-key.js';
import { NetconfSession, type SessionOptions } from './session/session.js';
import { SshTransport, type KeepAlive, type Login } from './ssh-transport.js';
import { openTls, type ClientCertificate } from './tls-transport.js';

/** The options of a session on a connection. Times in milliseconds. */
export type OpenSessionOptions = Omit<SessionOptions, 'helloTimeoutMs' | 'rpcTimeoutMs' | 'flush'> & {
  /** Defaults: connect (TCP, SSH, login, subsystem) 10 000, hello 10 000, rpc 30 000. */
  readonly timeouts?: { readonly connectMs?: number; readonly helloMs?: number; readonly rpcMs?: number };
};

type SshOptions = {
  readonly keepAlive?: KeepAlive;
  /** The algorithms to offer; default `defaultAlgorithms`. */
  readonly algorithms?: Algorithms;
};

/** The address and the options of a connection. Times in milliseconds. */
export type ConnectOptions = OpenSessionOptions &
  SshOptions &
  Login & {
    readonly host: string;
    /** Default 830. */
    readonly port?: number;
    readonly hostKey: HostKeyPolicy;
  };

/** The address and the options of a connection over TLS (RFC 7589). Times in milliseconds. */
export type ConnectTlsOptions = OpenSessionOptions & {
  readonly host: string;
  /** Default 6513. */
  readonly port?: number;
  /** Decides by the fingerprint of the public key in the device's certificate. */
  readonly hostKey: HostKeyPolicy;
  readonly credentials: ClientCertificate;
};

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

const connectMsOf = ({ timeouts }: OpenSessionOptions): number => timeouts?.connectMs ?? 10_000;

/** Opens a session on an SSH connection; `end` is called when the session is over. */
const openSession = async (
  transport: SshTransport,
  options: OpenSessionOptions,
  timeoutMs: number,
  end?: () => void,
): Promise<NetconfClient> => {
  const channel = await transport.openChannel({ timeoutMs, signal: options.signal });
  return startSession(channel, options, end ?? ((): void => void channel.destroy()), transport.flush);
};

/** How long the last bytes of a connection may take to leave, in milliseconds. */
const lastBytesMs = 1000;

/** Ends a connection after what was written has left, and at the latest after a second. */
const endOf = (stream: Duplex): void => {
  if (stream.destroyed) return;
  const timer = setTimeout(() => stream.destroy(), lastBytesMs).unref();
  stream.once('close', () => clearTimeout(timer));
  stream.end(() => stream.destroy());
};

/** Starts a session on a byte stream; `disconnect` is called when the session is over. */
const startSession = async (
  channel: Duplex,
  options: OpenSessionOptions,
  disconnect: () => void,
  flush?: () => void,
): Promise<NetconfClient> => {
  const { helloMs, rpcMs } = options.timeouts ?? {};
  try {
    const session = await NetconfSession.open(channel, {
      ...(flush === undefined ? {} : { flush }),
      ...(helloMs === undefined ? {} : { helloTimeoutMs: helloMs }),
      ...(rpcMs === undefined ? {} : { rpcTimeoutMs: rpcMs }),
      ...(options.limits === undefined ? {} : { limits: options.limits }),
      ...(options.versions === undefined ? {} : { versions: options.versions }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    void session.ended.then(disconnect);
    return new NetconfClient(session, disconnect);
  } catch (error) {
    disconnect();
    throw error;
  }
};

/**
 * Opens a session. If the server may lose the first request of a session, the session is returned
 * only after it has answered one. A session that does not answer is opened again.
 */
const openAnswering = async (
  openOnce: () => Promise<NetconfClient>,
  signal: AbortSignal | undefined,
): Promise<NetconfClient> => {
  let waitedMs = 0;
  for (const waitMs of firstRequestTimeoutsMs) {
    const client = await openOnce();
    if (!losesFirstRequest(client) || (await answersFirstRequest(client, waitMs, signal))) return client;
    client.destroy();
    waitedMs += waitMs;
  }
  throw new NetconfTimeoutError('rpc', waitedMs, false);
};

/**
 * Opens TCP (without Nagle's delay), SSH, the subsystem and a NETCONF session. If the server may
 * lose the first request of a session, the session is returned only after it has answered one. A
 * session that does not answer is opened again.
 * @throws NetconfConnectError, NetconfHostKeyError, NetconfTimeoutError (phases connect, hello and
 * rpc), NetconfFramingError, NetconfCapabilityError, NetconfClosedError, NetconfAbortedError
 */
export const connectNetconf = async (options: ConnectOptions): Promise<NetconfClient> =>
  openAnswering(async () => {
    const timeoutMs = connectMsOf(options);
    const deadline = performance.now() + timeoutMs;
    const transport = await SshTransport.open(
      {
        ...options,
        socket: tcpConnect({ host: options.host, port: options.port ?? 830 }),
        refusalOf: (key) => checkHostKey(options.hostKey, key),
        loginOf: () => options,
      },
      { timeoutMs, signal: options.signal },
    );
    const leftMs = Math.max(1, Math.ceil(deadline - performance.now()));
    return openSession(transport, options, leftMs, () => transport.end());
  }, options.signal);

/**
 * Opens TCP (without Nagle's delay), TLS and a NETCONF session (RFC 7589). Each session has a
 * connection of its own. In TLS 1.3 a device refuses the client's certificate only after the
 * handshake.
 * @throws as `connectNetconf`
 */
export const connectNetconfTls = async (options: ConnectTlsOptions): Promise<NetconfClient> =>
  openAnswering(async () => {
    const { host, port = 6513, hostKey, credentials, signal } = options;
    const limit = { timeoutMs: connectMsOf(options), signal };
    const connect = (): Socket => tcpConnect({ host, port });
    const stream = await openTls({ connect, host, hostKey, credentials }, limit);
    try {
      return await startSession(stream, options, () => endOf(stream));
    } catch (error) {
      if (!(error instanceof NetconfClosedError)) throw error;
      throw new NetconfConnectError(`${error.message}; it may have refused the client certificate`, false, {
        cause: error,
      });
    }
  }, options.signal);

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
