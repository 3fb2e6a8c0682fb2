import { connect as tcpConnect, type Socket } from 'node:net';
import ssh2, { type Algorithms, type ClientChannel, type ConnectConfig } from 'ssh2';
import { NetconfAbortedError, NetconfConnectError, NetconfError, NetconfTimeoutError } from './errors.js';
import { deferred } from './session/deferred.js';
import { checkHostKey, type HostKeyPolicy } from './host-key.js';
import { answersFirstRequest, firstRequestTimeoutsMs, losesFirstRequest } from './first-request.js';
import { joinWrites } from './join-writes.js';
import { NetconfClient } from './client.js';
import { NetconfSession, type SessionOptions } from './session/session.js';

/** The credentials to log in with. */
export type Credentials =
  { readonly password: string } | { readonly privateKey: string | Buffer; readonly passphrase?: string };

/** The address and the options of a connection. Times in milliseconds. */
export type ConnectOptions = Omit<SessionOptions, 'helloTimeoutMs' | 'rpcTimeoutMs' | 'flush'> & {
  readonly host: string;
  /** Default 830. */
  readonly port?: number;
  readonly username: string;
  readonly credentials: Credentials;
  readonly hostKey: HostKeyPolicy;
  /** Defaults: connect (TCP, SSH, login, subsystem) 10 000, hello 10 000, rpc 30 000. */
  readonly timeouts?: { readonly connectMs?: number; readonly helloMs?: number; readonly rpcMs?: number };
  /** SSH keep-alive; default every 10 000 ms, three missed ones end the session. */
  readonly keepAlive?: { readonly intervalMs: number; readonly maxMissed: number };
  /** The algorithms to offer; default `defaultAlgorithms`. */
  readonly algorithms?: Algorithms;
  /**
   * An accepted TCP connection, for call home (RFC 8071). `host` and `port` then only name the
   * device.
   */
  readonly socket?: Socket;
};

/** The offered algorithms: no SHA-1, no CBC, no DSA, no compression. */
export const defaultAlgorithms: Algorithms = {
  kex: [
    'curve25519-sha256',
    'curve25519-sha256@libssh.org',
    'ecdh-sha2-nistp256',
    'ecdh-sha2-nistp384',
    'ecdh-sha2-nistp521',
    'diffie-hellman-group14-sha256',
    'diffie-hellman-group16-sha512',
    'diffie-hellman-group18-sha512',
  ],
  serverHostKey: [
    'ssh-ed25519',
    'ecdsa-sha2-nistp256',
    'ecdsa-sha2-nistp384',
    'ecdsa-sha2-nistp521',
    'rsa-sha2-512',
    'rsa-sha2-256',
  ],
  cipher: ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'aes128-ctr', 'aes192-ctr', 'aes256-ctr'],
  hmac: ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com', 'hmac-sha2-256', 'hmac-sha2-512'],
  compress: ['none'],
};

const asConnectError = (error: Error & { level?: string }): NetconfError => {
  if (error instanceof NetconfError) return error;
  const permanent =
    error.level === 'client-authentication' || error.level === 'handshake' || error.level === 'agent';
  return new NetconfConnectError(`cannot connect: ${error.message}`, permanent, { cause: error });
};

type Transport = {
  readonly channel: ClientChannel;
  readonly end: () => void;
  readonly flush: () => void;
};

const openTransport = (options: ConnectOptions): Promise<Transport> => {
  const { promise, resolve, reject } = deferred<Transport>();
  const timeoutMs = options.timeouts?.connectMs ?? 10_000;
  const socket = options.socket ?? tcpConnect({ host: options.host, port: options.port ?? 830 });
  socket.setNoDelay(true);
  const flush = joinWrites(socket);
  const client = new ssh2.Client();
  const end = (): void => {
    client.end();
    socket.destroy();
  };
  const fail = (error: NetconfError): void => {
    reject(error);
    end();
  };
  const timer = setTimeout(() => fail(new NetconfTimeoutError('connect', timeoutMs, false)), timeoutMs);
  const aborted = (): void => fail(new NetconfAbortedError('the call was aborted', false));
  options.signal?.addEventListener('abort', aborted, { once: true });
  let refusedKey: NetconfError | undefined;
  const config: ConnectConfig = {
    sock: socket,
    username: options.username,
    ...options.credentials,
    // The single method that we have credentials for. Not asking for the server's list saves a
    // round trip, and no other method is ever tried.
    authHandler: ['password' in options.credentials ? 'password' : 'publickey'],
    algorithms: options.algorithms ?? defaultAlgorithms,
    readyTimeout: 0,
    keepaliveInterval: options.keepAlive?.intervalMs ?? 10_000,
    keepaliveCountMax: options.keepAlive?.maxMissed ?? 3,
    hostVerifier: (key: Buffer): boolean => {
      refusedKey = checkHostKey(options.hostKey, key);
      return refusedKey === undefined;
    },
  };
  client.on('error', (error) => fail(refusedKey ?? asConnectError(error)));
  client.on('close', () =>
    fail(refusedKey ?? new NetconfConnectError('cannot connect: the peer closed the connection', false)),
  );
  client.on('ready', () => {
    client.subsys('netconf', (error, channel) => {
      if (error !== undefined)
        return fail(
          new NetconfConnectError(`the subsystem \`netconf\` was refused: ${error.message}`, true, {
            cause: error,
          }),
        );
      channel.stderr.resume();
      return resolve({ channel, end, flush });
    });
  });
  if (options.signal?.aborted === true) aborted();
  else client.connect(config);
  return promise.finally(() => {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', aborted);
  });
};

const openOnce = async (options: ConnectOptions): Promise<NetconfClient> => {
  const transport = await openTransport(options);
  const { helloMs, rpcMs } = options.timeouts ?? {};
  try {
    const session = await NetconfSession.open(transport.channel, {
      flush: transport.flush,
      ...(helloMs === undefined ? {} : { helloTimeoutMs: helloMs }),
      ...(rpcMs === undefined ? {} : { rpcTimeoutMs: rpcMs }),
      ...(options.limits === undefined ? {} : { limits: options.limits }),
      ...(options.versions === undefined ? {} : { versions: options.versions }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    void session.ended.then(() => transport.end());
    return new NetconfClient(session, transport.end);
  } catch (error) {
    transport.end();
    throw error;
  }
};

/**
 * Opens TCP (without Nagle's delay), SSH, the subsystem and a NETCONF session. If the server may
 * lose the first request of a session, the session is returned only after it has answered one. A
 * session that does not answer is opened again.
 * @throws NetconfConnectError, NetconfHostKeyError, NetconfTimeoutError (phases connect, hello and
 * rpc), NetconfFramingError, NetconfCapabilityError, NetconfClosedError, NetconfAbortedError
 */
export const connectNetconf = async (options: ConnectOptions): Promise<NetconfClient> => {
  let waitedMs = 0;
  for (const waitMs of firstRequestTimeoutsMs) {
    const client = await openOnce(options);
    if (!losesFirstRequest(client) || (await answersFirstRequest(client, waitMs, options.signal)))
      return client;
    client.destroy();
    waitedMs += waitMs;
    if (options.socket !== undefined) break;
  }
  throw new NetconfTimeoutError('rpc', waitedMs, false);
};
