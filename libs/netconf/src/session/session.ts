import type { Duplex } from 'node:stream';
import { capability, NETCONF_NS, NOTIFICATION_NS } from '../names.js';
import {
  NetconfAbortedError,
  NetconfCapabilityError,
  NetconfClosedError,
  NetconfError,
  NetconfFramingError,
  NetconfRpcError,
  NetconfTimeoutError,
} from '../errors.js';
import { deferred } from './deferred.js';
import { frame, FrameDecoder, type Framing } from './framing.js';
import { defaultLimits, type NetconfLimits } from '../limits.js';
import {
  commonVersion,
  helloText,
  parseHello,
  parseMessage,
  parseRpcReply,
  rpcText,
  type RpcReply,
} from './messages.js';
import { XmlError, type XmlElement } from '../xml/parse.js';

/** The options of a session besides its channel. */
export type SessionOptions = {
  /** Milliseconds for the exchange of hellos; default 10 000. */
  readonly helloTimeoutMs?: number;
  /** Milliseconds for an RPC without its own limit; default 30 000. */
  readonly rpcTimeoutMs?: number;
  readonly limits?: Partial<NetconfLimits>;
  /** Protocol versions to offer; default both. */
  readonly versions?: readonly ('1.0' | '1.1')[];
  readonly signal?: AbortSignal;
  /**
   * Makes the transport send the bytes that it holds back to join writes. Called right after the
   * write of an RPC that has a `beforeSend`.
   */
  readonly flush?: () => void;
};

/** The options of each call. */
export type RpcOptions = {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /**
   * Runs synchronously right before the bytes are handed to the transport. If it throws, nothing is
   * sent and the call rejects with its error.
   */
  readonly beforeSend?: () => void;
};

type PendingRpc = {
  readonly resolve: (reply: RpcReply) => void;
  readonly reject: (error: unknown) => void;
};

// The limit of abandoned calls, whose late replies are dropped, for a peer that never answers.
const MAX_ABANDONED = 1024;

const baseUri = { '1.0': capability.base10, '1.1': capability.base11 } as const;

/**
 * The client's side of one NETCONF session over any byte stream. Several RPCs may be in flight;
 * their replies are matched by message-id.
 */
export class NetconfSession {
  readonly #channel: Duplex;
  readonly #limits: NetconfLimits;
  readonly #rpcTimeoutMs: number;
  readonly #flush: () => void;
  readonly #offered: readonly string[];
  readonly #decoder: FrameDecoder;
  readonly #pending = new Map<string, PendingRpc>();
  readonly #abandoned = new Set<string>();
  readonly #listeners = new Set<(notification: XmlElement) => void>();
  readonly #closed = deferred<NetconfError>();
  #framing: Framing = 'eom';
  #hello: { sessionId: string; capabilities: readonly string[]; version: '1.0' | '1.1' } | undefined;
  #onHello: (() => void) | undefined;
  #nextId = 1;
  #end: NetconfError | undefined;

  private constructor(channel: Duplex, options: SessionOptions) {
    this.#channel = channel;
    this.#limits = { ...defaultLimits, ...options.limits };
    this.#rpcTimeoutMs = options.rpcTimeoutMs ?? 30_000;
    this.#flush = options.flush ?? ((): void => undefined);
    this.#offered = (options.versions ?? ['1.0', '1.1']).map((version) => baseUri[version]);
    this.#decoder = new FrameDecoder(this.#limits.maxMessageBytes, (message) => this.#onMessage(message));
    channel.on('data', (bytes: Buffer) => this.#onData(bytes));
    channel.on('error', (cause: Error) =>
      this.#finish(new NetconfClosedError(`the transport failed: ${cause.message}`, true, { cause })),
    );
    channel.on('end', () => this.#finish(new NetconfClosedError('the peer ended the session', true)));
    channel.on('close', () => this.#finish(new NetconfClosedError('the transport was closed', true)));
  }

  /**
   * Exchanges hellos over the channel and answers with a ready session.
   * @throws NetconfTimeoutError (phase hello), NetconfFramingError, NetconfClosedError,
   *   NetconfAbortedError, NetconfCapabilityError (no version in common)
   */
  static async open(channel: Duplex, options: SessionOptions = {}): Promise<NetconfSession> {
    const session = new NetconfSession(channel, options);
    const timeoutMs = options.helloTimeoutMs ?? 10_000;
    const { promise, resolve, reject } = deferred<void>();
    session.#onHello = resolve;
    const timer = setTimeout(() => reject(new NetconfTimeoutError('hello', timeoutMs, false)), timeoutMs);
    const aborted = (): void => reject(new NetconfAbortedError('the call was aborted', false));
    if (options.signal?.aborted === true) aborted();
    options.signal?.addEventListener('abort', aborted, { once: true });
    void session.#closed.promise.then((end) =>
      reject(
        end instanceof NetconfClosedError ? new NetconfClosedError(end.message, false, { cause: end }) : end,
      ),
    );
    // It is awaited below. This keeps it from counting as unhandled if the write itself throws.
    promise.catch(() => undefined);
    try {
      channel.write(frame('eom', helloText({ capabilities: session.#offered })));
      await promise;
      return session;
    } catch (error) {
      session.destroy(error instanceof NetconfError ? error : undefined);
      throw error;
    } finally {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', aborted);
    }
  }

  /** The id that the server gave this session. */
  get sessionId(): string {
    return this.#hello?.sessionId ?? '';
  }

  /** The capability URIs of the server's hello, unchanged. */
  get capabilities(): readonly string[] {
    return this.#hello?.capabilities ?? [];
  }

  /** The protocol version in use. */
  get version(): '1.0' | '1.1' {
    return this.#hello?.version ?? '1.0';
  }

  /** Why the session is over; undefined while it lives. */
  get endedBy(): NetconfError | undefined {
    return this.#end;
  }

  /** Resolves, never rejects, when the session is over. */
  get ended(): Promise<NetconfError> {
    return this.#closed.promise;
  }

  /** RPCs sent and not yet answered. */
  get inFlight(): number {
    return this.#pending.size;
  }

  /** True if the hello lists the capability; parameters after `?` are ignored. */
  has(uri: string): boolean {
    return this.capabilities.some((one) => one === uri || one.startsWith(`${uri}?`));
  }

  /** Calls `listener` with each RFC 5277 notification; returns a function that stops this. */
  onNotification(listener: (notification: XmlElement) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Sends one operation and waits for its reply. A call that times out or is aborted leaves the
   * session usable; its late reply is dropped.
   * @throws NetconfRpcError, NetconfTimeoutError, NetconfClosedError, NetconfFramingError,
   *   NetconfAbortedError; RangeError for text that XML cannot carry
   */
  rpc(operation: XmlElement, options: RpcOptions = {}): Promise<RpcReply> {
    const { promise, resolve, reject } = deferred<RpcReply>();
    const id = String(this.#nextId);
    this.#nextId += 1;
    try {
      const bytes = frame(this.#framing, rpcText(id, operation));
      if (options.signal?.aborted === true) throw new NetconfAbortedError('the call was aborted', false);
      if (this.#end !== undefined)
        throw new NetconfClosedError(`the session is over: ${this.#end.message}`, false, {
          cause: this.#end,
        });
      if (!this.#channel.writable) throw new NetconfClosedError('the transport is closed for writing', false);
      // INVARIANT: nothing that can fail or yield happens between the hook and the write, which
      // reaches the socket in the same step.
      options.beforeSend?.();
      this.#channel.write(bytes);
      if (options.beforeSend !== undefined) this.#flush();
    } catch (error) {
      reject(error);
      return promise;
    }
    this.#track(id, resolve, reject, options);
    return promise;
  }

  /** Ends the transport at once; calls in flight reject. */
  destroy(reason?: NetconfError): void {
    this.#finish(reason ?? new NetconfClosedError('the session was closed by this side', true));
  }

  #track(
    id: string,
    resolve: (reply: RpcReply) => void,
    reject: (error: unknown) => void,
    options: RpcOptions,
  ): void {
    const timeoutMs = options.timeoutMs ?? this.#rpcTimeoutMs;
    const giveUp = (error: NetconfError): void => {
      if (this.#abandoned.size >= MAX_ABANDONED)
        this.#finish(new NetconfClosedError('too many requests were never answered', true));
      else this.#abandoned.add(id);
      this.#pending.get(id)?.reject(error);
    };
    const timer = setTimeout(() => giveUp(new NetconfTimeoutError('rpc', timeoutMs, true)), timeoutMs);
    const aborted = (): void => giveUp(new NetconfAbortedError('the call was aborted', true));
    options.signal?.addEventListener('abort', aborted, { once: true });
    const settle = (): void => {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', aborted);
      this.#pending.delete(id);
    };
    this.#pending.set(id, {
      resolve: (reply) => {
        settle();
        resolve(reply);
      },
      reject: (error) => {
        settle();
        reject(error);
      },
    });
  }

  #onData(bytes: Buffer): void {
    if (this.#end !== undefined) return;
    try {
      this.#decoder.push(bytes);
    } catch (error) {
      const cause = error instanceof Error ? error : new Error(String(error));
      this.#finish(
        error instanceof NetconfError
          ? error
          : new NetconfFramingError(`a message cannot be read: ${cause.message}`, { cause }),
      );
    }
  }

  #onMessage(text: string): void {
    if (this.#end !== undefined) return;
    const root = this.#parse(text);
    if (this.#hello === undefined) this.#takeHello(root);
    else if (root.name === 'rpc-reply' && root.namespace === NETCONF_NS) this.#takeReply(root);
    else if (root.name === 'notification' && root.namespace === NOTIFICATION_NS)
      for (const listener of this.#listeners) listener(root);
    else throw new NetconfFramingError(`unexpected message \`${root.name}\``);
  }

  #parse(text: string): XmlElement {
    try {
      return parseMessage(text, this.#limits);
    } catch (error) {
      if (error instanceof XmlError) throw new NetconfFramingError(error.message, { cause: error });
      throw error;
    }
  }

  #takeHello(root: XmlElement): void {
    const hello = parseHello(root);
    const sessionId = hello.sessionId ?? '';
    if (!/^[1-9][0-9]{0,9}$/.test(sessionId))
      throw new NetconfFramingError(`session id \`${sessionId}\` is not usable`);
    const version = commonVersion(this.#offered, hello.capabilities);
    if (version === undefined) throw new NetconfCapabilityError(this.#offered.at(-1) ?? capability.base11);
    this.#hello = { sessionId, capabilities: hello.capabilities, version };
    // INVARIANT: the switch happens while the hello is handled, because later bytes in the same
    // packet are already chunked.
    if (version === '1.1') {
      this.#framing = 'chunked';
      this.#decoder.switchTo('chunked');
    }
    this.#onHello?.();
  }

  #takeReply(root: XmlElement): void {
    const reply = parseRpcReply(root);
    const id = reply.messageId;
    if (id !== undefined && this.#abandoned.delete(id)) return;
    const pending = id === undefined ? undefined : this.#pending.get(id);
    if (pending === undefined) {
      const why = reply.errors.map((error) => error.message ?? error.tag).join('; ');
      throw new NetconfFramingError(
        `a reply names the unknown message-id \`${id ?? ''}\`${why === '' ? '' : `: ${why}`}`,
      );
    }
    if (reply.errors.length > 0) pending.reject(new NetconfRpcError(reply.errors, reply.warnings));
    else pending.resolve({ ok: reply.ok, content: reply.content, warnings: reply.warnings });
  }

  #finish(reason: NetconfError): void {
    if (this.#end !== undefined) return;
    this.#end = reason;
    for (const pending of [...this.#pending.values()]) pending.reject(reason);
    this.#listeners.clear();
    this.#channel.destroy();
    this.#closed.resolve(reason);
  }
}
