import type { Socket } from 'node:net';
import ssh2, { type Algorithms, type ClientChannel } from 'ssh2';
import { NetconfAbortedError, NetconfConnectError, NetconfError, NetconfTimeoutError } from './errors.js';
import { hostKeyFingerprint } from './host-key.js';
import { joinWrites } from './join-writes.js';
import { deferred } from './session/deferred.js';

/** The credentials to log in with. */
export type Credentials =
  { readonly password: string } | { readonly privateKey: string | Buffer; readonly passphrase?: string };

/** A user and its credentials. */
export type Login = { readonly username: string; readonly credentials: Credentials };

/** SSH keep-alive; default every 10 000 ms, three missed ones end the connection. */
export type KeepAlive = { readonly intervalMs: number; readonly maxMissed: number };

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

type OpenOptions = {
  /** The TCP connection, in either direction. */
  readonly socket: Socket;
  /** Decides on the offered host key: the login for its device, or why it is refused. */
  readonly admit: (hostKey: Buffer) => Login | NetconfError;
  readonly keepAlive?: KeepAlive;
  readonly algorithms?: Algorithms;
};

/** The limit of one step, in milliseconds, and what ends it before. */
type StepLimit = { readonly timeoutMs: number; readonly signal: AbortSignal | undefined };

const asConnectError = (error: Error & { level?: string }): NetconfError => {
  if (error instanceof NetconfError) return error;
  const permanent =
    error.level === 'client-authentication' || error.level === 'handshake' || error.level === 'agent';
  return new NetconfConnectError(`cannot connect: ${error.message}`, permanent, { cause: error });
};

/**
 * Returns the single method that the login has credentials for. Not asking for the server's list
 * saves a round trip, and no other method is ever tried.
 */
const methodOf = ({ username, credentials }: Login): ssh2.AnyAuthMethod => {
  if ('password' in credentials) return { type: 'password', username, password: credentials.password };
  const { privateKey: key, passphrase } = credentials;
  const parsed = ssh2.utils.parseKey(key, passphrase);
  if (parsed instanceof Error)
    throw new NetconfConnectError(`the private key cannot be read: ${parsed.message}`, true);
  return { type: 'publickey', username, key, ...(passphrase === undefined ? {} : { passphrase }) };
};

/**
 * An SSH connection to a device that has proved its host key and accepted the login. Each NETCONF
 * session takes a channel of its own.
 */
export class SshTransport {
  readonly #client = new ssh2.Client();
  readonly #socket: Socket;
  readonly #ready = deferred<void>();
  readonly #closed = deferred<void>();
  #fault: NetconfError | undefined;
  #fingerprint = '';

  /** Sends the bytes that are held back to join writes. */
  readonly flush: () => void;
  /** Settles when the connection is over. */
  readonly closed: Promise<void> = this.#closed.promise;

  private constructor(options: OpenOptions) {
    this.#socket = options.socket;
    this.#socket.setNoDelay(true);
    this.flush = joinWrites(this.#socket);
    this.#ready.promise.catch(() => undefined);
    const client = this.#client;
    client.on('error', (error) => this.#fail(asConnectError(error)));
    client.on('close', () =>
      this.#fail(new NetconfConnectError('cannot connect: the peer closed the connection', false)),
    );
    client.on('ready', () => this.#ready.resolve());
    let method: ssh2.AnyAuthMethod | false = false;
    try {
      client.connect({
        sock: this.#socket,
        // The name of the login itself follows once the host key says which device this is.
        username: 'netconf',
        authHandler: (_left, _partial, next) => {
          // ssh2 takes false for "none left"; its types do not say so.
          next(method as ssh2.AnyAuthMethod);
          method = false;
        },
        algorithms: options.algorithms ?? defaultAlgorithms,
        readyTimeout: 0,
        keepaliveInterval: options.keepAlive?.intervalMs ?? 10_000,
        keepaliveCountMax: options.keepAlive?.maxMissed ?? 3,
        hostVerifier: (key: Buffer): boolean => {
          try {
            const admitted = options.admit(key);
            if (admitted instanceof NetconfError) throw admitted;
            this.#fingerprint = hostKeyFingerprint(key);
            method = methodOf(admitted);
            return true;
          } catch (error) {
            this.#fail(error as Error);
            return false;
          }
        },
      });
    } catch (error) {
      this.#fail(asConnectError(error as Error));
    }
  }

  /**
   * Runs the key exchange and logs in.
   * @throws NetconfConnectError, NetconfHostKeyError, NetconfTimeoutError (phase connect),
   * NetconfAbortedError, and what `admit` throws
   */
  static async open(options: OpenOptions, limit: StepLimit): Promise<SshTransport> {
    const transport = new SshTransport(options);
    await transport.#within(limit, transport.#ready.promise);
    return transport;
  }

  /** The `SHA256:…` fingerprint of the host key that the device has proved to hold. */
  get fingerprint(): string {
    return this.#fingerprint;
  }

  /**
   * Opens the subsystem `netconf`. A connection that does not answer in time is ended.
   * @throws NetconfConnectError, NetconfTimeoutError (phase connect), NetconfAbortedError
   */
  openChannel(limit: StepLimit): Promise<ClientChannel> {
    const { promise, resolve, reject } = deferred<ClientChannel>();
    void this.#closed.promise.then(() => reject(this.#fault));
    try {
      this.#client.subsys('netconf', (error, channel) => {
        if (error !== undefined)
          return reject(
            new NetconfConnectError(`the subsystem \`netconf\` was refused: ${error.message}`, true, {
              cause: error,
            }),
          );
        channel.stderr.resume();
        return resolve(channel);
      });
    } catch (error) {
      reject(asConnectError(error as Error));
    }
    return this.#within(limit, promise);
  }

  /** Ends the connection and every session on it. */
  end(): void {
    this.#fail(new NetconfConnectError('the connection was ended', false));
  }

  #fail(error: Error): void {
    this.#fault ??= asConnectError(error);
    this.#ready.reject(this.#fault);
    this.#closed.resolve();
    this.#client.end();
    this.#socket.destroy();
  }

  async #within<T>({ timeoutMs, signal }: StepLimit, step: Promise<T>): Promise<T> {
    const timer = setTimeout(
      () => this.#fail(new NetconfTimeoutError('connect', timeoutMs, false)),
      timeoutMs,
    );
    const aborted = (): void => this.#fail(new NetconfAbortedError('the call was aborted', false));
    signal?.addEventListener('abort', aborted, { once: true });
    if (signal?.aborted === true) aborted();
    try {
      return await step;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', aborted);
    }
  }
}
