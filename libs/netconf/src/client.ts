import { MONITORING_NS, NETCONF_NS, NMDA_NS } from './names.js';
import { NetconfDataError, NetconfError, NetconfFramingError, NetconfTimeoutError } from './errors.js';
import type { RpcReply } from './session/messages.js';
import { operation, type Commit, type Datastore, type EditConfig, type Filter } from './operations.js';
import type { NetconfSession, RpcOptions } from './session/session.js';
import type { XmlElement } from './xml/parse.js';
import { textOf } from './xml/tree.js';

const pick = (reply: RpcReply, name: string, namespace: string): XmlElement => {
  const [found, ...others] = reply.content.filter((one) => one.name === name && one.namespace === namespace);
  if (found === undefined) throw new NetconfFramingError(`the reply holds no \`${name}\``);
  if (others.length > 0) throw new NetconfDataError(`the reply holds \`${name}\` several times`);
  return found;
};

/** Refuses a reply that says nothing at all. What it would answer has an unknown outcome. */
const saidSomething = (reply: RpcReply): RpcReply => {
  if (!reply.ok && reply.content.length === 0 && reply.warnings.length === 0)
    throw new NetconfFramingError('the reply holds neither `ok` nor an error');
  return reply;
};

/**
 * One RPC as it was sent, and how it ended. `error` is the error that the call rejected with;
 * undefined after success. Times in milliseconds.
 */
export type Exchange = {
  readonly sent: XmlElement;
  readonly sentAt: number;
  readonly tookMs: number;
  readonly error: unknown;
};

/**
 * The operations of a session as methods. Each takes `RpcOptions` last and throws what
 * `NetconfSession.rpc` throws. It also throws NetconfFramingError for a reply that lacks what the
 * operation answers, and NetconfDataError for one that has it several times.
 */
export class NetconfClient {
  readonly #listeners = new Set<(exchange: Exchange) => void>();

  constructor(
    readonly session: NetconfSession,
    /** Ends the transport of the session. */
    readonly disconnect: () => void = () => undefined,
  ) {}

  /** The id that the server gave this session, in the form that `kill-session` takes. */
  get sessionId(): string {
    return this.session.sessionId;
  }

  /** The capability URIs of the server's hello, unchanged. */
  get capabilities(): readonly string[] {
    return this.session.capabilities;
  }

  /** True if the hello lists the capability; parameters after `?` are ignored. */
  has(uri: string): boolean {
    return this.session.has(uri);
  }

  /** Sends any operation, for those without a method here. */
  rpc(element: XmlElement, options?: RpcOptions): Promise<RpcReply> {
    const reply = this.session.rpc(element, options);
    if (this.#listeners.size > 0) this.#tell(element, reply);
    return reply;
  }

  /** Sends an operation that is answered by `<ok/>` and no data. */
  async #write(element: XmlElement, options?: RpcOptions): Promise<RpcReply> {
    return saidSomething(await this.rpc(element, options));
  }

  /** Calls `listener` after each RPC; returns a function that stops this. */
  onExchange(listener: (exchange: Exchange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(sent: XmlElement, reply: Promise<RpcReply>): void {
    const sentAt = Date.now();
    const began = performance.now();
    const tell = (error: unknown): void => {
      for (const listener of this.#listeners)
        listener({ sent, sentAt, tookMs: performance.now() - began, error });
    };
    reply.then(() => tell(undefined), tell);
  }

  /** State and configuration; returns the `data` element. */
  async get(filter?: Filter, options?: RpcOptions): Promise<XmlElement> {
    return pick(await this.rpc(operation.get(filter), options), 'data', NETCONF_NS);
  }

  /** Configuration only; returns the `data` element. */
  async getConfig(source: Datastore, filter?: Filter, options?: RpcOptions): Promise<XmlElement> {
    return pick(await this.rpc(operation.getConfig(source, filter), options), 'data', NETCONF_NS);
  }

  /** Changes a datastore; `config` holds the top-level elements. */
  editConfig(edit: EditConfig, options?: RpcOptions): Promise<RpcReply> {
    return this.#write(operation.editConfig(edit), options);
  }

  /** Replaces a whole datastore with another one or with the given top-level elements. */
  copyConfig(
    target: Datastore,
    source: Datastore | { readonly config: readonly XmlElement[] },
    options?: RpcOptions,
  ): Promise<RpcReply> {
    return this.#write(operation.copyConfig(target, source), options);
  }

  /**
   * Takes the lock of a datastore. A refusal has the tag `lock-denied`; `lockHolder` reads the
   * holder from it.
   */
  lock(target: Datastore, options?: RpcOptions): Promise<RpcReply> {
    return this.#write(operation.lock(target), options);
  }

  /** Releases the lock; on many devices that drops uncommitted changes of the candidate. */
  unlock(target: Datastore, options?: RpcOptions): Promise<RpcReply> {
    return this.#write(operation.unlock(target), options);
  }

  /** Has the device check a datastore or the given top-level elements. */
  validate(
    source: Datastore | { readonly config: readonly XmlElement[] },
    options?: RpcOptions,
  ): Promise<RpcReply> {
    return this.#write(operation.validate(source), options);
  }

  /** A plain, confirmed, follow-up or confirming commit, depending on `commit`. */
  commit(commit: Commit = {}, options?: RpcOptions): Promise<RpcReply> {
    return this.#write(operation.commit(commit), options);
  }

  /** Takes a confirmed commit back. An `<ok/>` proves nothing: read the configuration. */
  cancelCommit(persistId?: string, options?: RpcOptions): Promise<RpcReply> {
    return this.#write(operation.cancelCommit(persistId), options);
  }

  /** Makes the candidate equal to running again. */
  discardChanges(options?: RpcOptions): Promise<RpcReply> {
    return this.#write(operation.discardChanges(), options);
  }

  /** Ends another session. */
  killSession(sessionId: string, options?: RpcOptions): Promise<RpcReply> {
    return this.#write(operation.killSession(sessionId), options);
  }

  /** The text of a module, as the device has it. */
  async getSchema(identifier: string, version?: string, options?: RpcOptions): Promise<string> {
    return textOf(
      pick(await this.rpc(operation.getSchema(identifier, version), options), 'data', MONITORING_NS),
    );
  }

  /**
   * NMDA: `store` is an identity of ietf-datastores such as `operational`; returns the `data`
   * element.
   */
  async getData(store: string, filter?: readonly XmlElement[], options?: RpcOptions): Promise<XmlElement> {
    return pick(await this.rpc(operation.getData(store, filter), options), 'data', NMDA_NS);
  }

  /** NMDA: edits `store`. */
  editData(
    store: string,
    config: readonly XmlElement[],
    defaultOperation?: 'merge' | 'replace' | 'none',
    options?: RpcOptions,
  ): Promise<RpcReply> {
    return this.#write(operation.editData(store, config, defaultOperation), options);
  }

  /** RFC 5277: from now on `session.onNotification` receives the device's notifications. */
  subscribe(stream?: string, options?: RpcOptions): Promise<RpcReply> {
    return this.#write(operation.createSubscription(stream), options);
  }

  /**
   * RFC 8641: from now on `session.onNotification` receives each change of a datastore, without its
   * present content.
   */
  subscribeOnChange(store: 'running', options?: RpcOptions): Promise<RpcReply> {
    return this.rpc(operation.establishOnChange(store), options);
  }

  /**
   * Sends `close-session`, then ends the transport whatever the answer. Never rejects if the
   * session is already over.
   */
  async close(options: RpcOptions = {}): Promise<void> {
    try {
      if (this.session.endedBy === undefined)
        await this.rpc(operation.closeSession(), { timeoutMs: 5_000, ...options });
    } catch (error) {
      if (!(error instanceof NetconfError)) throw error;
      if (error instanceof NetconfTimeoutError) this.session.destroy(error);
    } finally {
      this.destroy();
    }
  }

  /** Ends the transport at once, without `close-session`. */
  destroy(): void {
    this.session.destroy();
    this.disconnect();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
