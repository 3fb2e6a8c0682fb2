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
  /** Returns why the offered host key is refused; undefined if it is not. */
  readonly refusalOf?: (hostKey: Buffer) => NetconfError | undefined;
  /**
   * Returns the login for the device with this host key, or why there is none. It is called once,
   * after the device has proved that it holds the key.
   */
  readonly loginOf: (fingerprint: string) => Login | NetconfError;
  readonly keepAlive?: KeepAlive;
  readonly algorithms?: Algorithms;
};

/** The limit of one step in milliseconds, and the signal that aborts it. */
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
  /** Called with the fault when the connection ends: the steps that are under way. */
  readonly #steps = new Set<(fault: NetconfError) => void>();
  readonly #channels = new Set<ClientChannel>();
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
    let isAsked = false;
    try {
      client.connect({
        sock: this.#socket,
        // A placeholder: the login is chosen by the host key, in `authHandler`.
        username: 'netconf',
        authHandler: (_left, _partial, next) => {
          const method = isAsked ? false : this.#methodBy(options.loginOf);
          isAsked = true;
          // ssh2 takes false for "none left"; its types do not say so.
          next(method as ssh2.AnyAuthMethod);
        },
        algorithms: options.algorithms ?? defaultAlgorithms,
        readyTimeout: 0,
        keepaliveInterval: options.keepAlive?.intervalMs ?? 10_000,
        keepaliveCountMax: options.keepAlive?.maxMissed ?? 3,
        // The key is offered again when the session keys are renewed, and must be the same.
        hostVerifier: (key: Buffer): boolean => {
          const fingerprint = hostKeyFingerprint(key);
          if (this.#fingerprint !== '') return fingerprint === this.#fingerprint;
          const refusal = options.refusalOf?.(key);
          if (refusal !== undefined) this.#fail(refusal);
          else this.#fingerprint = fingerprint;
          return refusal === undefined;
        },
      });
    } catch (error) {
      this.#fail(asConnectError(error as Error));
    }
  }

  /**
   * Runs the key exchange and logs in.
   * @throws NetconfConnectError, NetconfHostKeyError, NetconfTimeoutError (phase connect),
   * NetconfAbortedError; what `loginOf` throws is the cause of a NetconfConnectError
   */
  static async open(options: OpenOptions, limit: StepLimit): Promise<SshTransport> {
    const transport = new SshTransport(options);
    const giveUp = (fault: NetconfError): void => transport.#fail(fault);
    await transport.#within(limit, transport.#ready.promise, giveUp);
    return transport;
  }

  /** The `SHA256:…` fingerprint of the host key that the device has proved to hold. */
  get fingerprint(): string {
    return this.#fingerprint;
  }

  /**
   * Opens the subsystem `netconf`. A connection without another session is ended if it does not
   * answer in time.
   * @throws NetconfConnectError, NetconfTimeoutError (phase connect), NetconfAbortedError
   */
  async openChannel(limit: StepLimit): Promise<ClientChannel> {
    if (this.#fault !== undefined) throw this.#fault;
    const { promise, resolve, reject } = deferred<ClientChannel>();
    let isOver = false;
    this.#steps.add(reject);
    const take = (channel: ClientChannel): void => {
      channel.stderr.resume();
      if (isOver) return void channel.destroy();
      this.#channels.add(channel);
      channel.once('close', () => this.#channels.delete(channel));
      return resolve(channel);
    };
    try {
      this.#client.subsys('netconf', (error, channel) => {
        if (error === undefined) take(channel);
        else
          reject(
            new NetconfConnectError(`the subsystem \`netconf\` was refused: ${error.message}`, true, {
              cause: error,
            }),
          );
      });
      return await this.#within(limit, promise, (fault) => {
        reject(fault);
        if (fault instanceof NetconfTimeoutError && this.#channels.size === 0) this.#fail(fault);
      });
    } catch (error) {
      throw asConnectError(error as Error);
    } finally {
      isOver = true;
      this.#steps.delete(reject);
    }
  }

  /** Ends the connection and every session on it. */
  end(): void {
    this.#fail(new NetconfConnectError('the connection was ended', false));
  }

  /** Returns how to log in; false, after ending the connection, if there is no login. */
  #methodBy(loginOf: OpenOptions['loginOf']): ssh2.AnyAuthMethod | false {
    try {
      const login = loginOf(this.#fingerprint);
      if (login instanceof NetconfError) throw login;
      return methodOf(login);
    } catch (error) {
      this.#fail(error as Error);
      return false;
    }
  }

  #fail(error: Error): void {
    const fault = (this.#fault ??= asConnectError(error));
    this.#ready.reject(fault);
    this.#closed.resolve();
    for (const reject of this.#steps) reject(fault);
    this.#client.end();
    this.#socket.destroy();
  }

  async #within<T>(
    { timeoutMs, signal }: StepLimit,
    step: Promise<T>,
    giveUp: (fault: NetconfError) => void,
  ): Promise<T> {
    const timer = setTimeout(() => giveUp(new NetconfTimeoutError('connect', timeoutMs, false)), timeoutMs);
    const aborted = (): void => giveUp(new NetconfAbortedError('the call was aborted', false));
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
