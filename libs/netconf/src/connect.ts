import { connect as tcpConnect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Algorithms } from 'ssh2';
import { NetconfClient } from './client.js';
import { NetconfClosedError, NetconfConnectError, NetconfTimeoutError, type NetconfError } from './errors.js';
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

/** The options of SSH. */
export type SshOptions = {
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

/** Returns the limit of connecting in milliseconds. */
export const connectMsOf = ({ timeouts }: OpenSessionOptions): number => timeouts?.connectMs ?? 10_000;

/** Opens a session on an SSH connection; `end` is called when the session is over. */
export const openSession = async (
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
export const endOf = (stream: Duplex): void => {
  if (stream.destroyed) return;
  const timer = setTimeout(() => stream.destroy(), lastBytesMs).unref();
  stream.once('close', () => clearTimeout(timer));
  stream.end(() => stream.destroy());
};

/** Starts a session on a byte stream; `disconnect` is called when the session is over. */
export const startSession = async (
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
export const openAnswering = async (
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
    try {
      return await openSession(transport, options, leftMs, () => transport.end());
    } catch (error) {
      transport.end();
      throw error;
    }
  }, options.signal);

/** Returns the fault of a device that closed the connection right after the handshake. */
export const refusedCertificate = (cause: NetconfError): NetconfConnectError =>
  new NetconfConnectError(`${cause.message}; it may have refused the client certificate`, false, { cause });

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
    const refusalOf = (key: Buffer): NetconfError | undefined => checkHostKey(hostKey, key);
    const stream = await openTls({ connect, host, refusalOf, credentials }, limit);
    try {
      return await startSession(stream, options, () => endOf(stream));
    } catch (error) {
      throw error instanceof NetconfClosedError ? refusedCertificate(error) : error;
    }
  }, options.signal);
