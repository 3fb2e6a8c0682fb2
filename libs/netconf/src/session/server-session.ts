import type { Duplex } from 'node:stream';
import { NETCONF_NS } from '../names.js';
import { NetconfClosedError, NetconfError, NetconfFramingError, NetconfRpcError } from '../errors.js';
import { frame, FrameDecoder, type Framing } from './framing.js';
import { defaultLimits, type NetconfLimits } from '../limits.js';
import {
  commonVersion,
  helloText,
  parseHello,
  parseMessage,
  parseRpc,
  rpcReplyText,
  type ParsedRpc,
} from './messages.js';
import { rpcErrorElement, type RpcError } from '../rpc-error.js';
import type { XmlElement } from '../xml/parse.js';
import { elementBuilder, type ElementBuilder } from '../xml/tree.js';
import { serialiseXml } from '../xml/serialise.js';

const nc: ElementBuilder = elementBuilder(NETCONF_NS);

// The limit of queued requests, for a client that never reads its replies.
const MAX_QUEUED = 1024;

/** The answer to an operation. */
export type ServerReply = {
  readonly content: readonly XmlElement[];
  /** Ends the session after the reply is written, as for `close-session`. */
  readonly close?: boolean;
};

/** The options of a server's session. */
export type ServerSessionOptions = {
  readonly sessionId: number;
  readonly capabilities: readonly string[];
  readonly limits?: Partial<NetconfLimits>;
  /** Sent in a comment before the hello, as some servers do; without `--`. */
  readonly helloComment?: string;
  /**
   * Called with one operation at a time, in order. A thrown NetconfRpcError becomes the reply;
   * anything else an `operation-failed`.
   */
  readonly onRpc: (operation: XmlElement) => Promise<ServerReply>;
  /** Called once, when the session is over for any reason. */
  readonly onEnd: (reason: NetconfError) => void;
};

/** `<ok/>` as a reply. */
export const okReply: ServerReply = { content: [nc('ok')] };

/** A NetconfRpcError with one error of severity error, to be thrown from `onRpc`. */
export const rpcFault = (tag: string, message: string, more: Partial<RpcError> = {}): NetconfRpcError =>
  new NetconfRpcError([{ type: 'application', tag, severity: 'error', message, ...more }]);

const faultOf = (error: unknown): readonly XmlElement[] => {
  if (error instanceof NetconfRpcError) return [...error.warnings, ...error.errors].map(rpcErrorElement);
  return [
    rpcErrorElement({
      type: 'application',
      tag: 'operation-failed',
      severity: 'error',
      message: 'internal fault',
    }),
  ];
};

/**
 * The server's side of one session over any byte stream: hello, framing, requests in order,
 * notifications.
 */
export class NetconfServerSession {
  readonly #channel: Duplex;
  readonly #options: ServerSessionOptions;
  readonly #decoder: FrameDecoder;
  readonly #limits: NetconfLimits;
  readonly #queue: ParsedRpc[] = [];
  #framing: Framing = 'eom';
  #version: '1.0' | '1.1' | undefined;
  #busy = false;
  #over = false;

  constructor(channel: Duplex, options: ServerSessionOptions) {
    this.#channel = channel;
    this.#options = options;
    this.#limits = { ...defaultLimits, ...options.limits };
    this.#decoder = new FrameDecoder(this.#limits.maxMessageBytes, (text) => this.#onMessage(text));
    channel.on('data', (bytes: Buffer) => this.#onData(bytes));
    channel.on('error', (cause: Error) =>
      this.end(new NetconfClosedError(`the transport failed: ${cause.message}`, false, { cause })),
    );
    channel.on('end', () => this.end(new NetconfClosedError('the client ended the session', false)));
    channel.on('close', () => this.end(new NetconfClosedError('the transport was closed', false)));
    const comment = options.helloComment === undefined ? '' : `<!--${options.helloComment}-->\n`;
    channel.write(
      frame(
        'eom',
        comment + helloText({ capabilities: options.capabilities, sessionId: String(options.sessionId) }),
      ),
    );
  }

  /** The version in use; undefined before the client's hello. */
  get version(): '1.0' | '1.1' | undefined {
    return this.#version;
  }

  /** The id that the hello gave to the client. */
  get sessionId(): number {
    return this.#options.sessionId;
  }

  /** Sends a message of any kind, such as a notification. */
  send(message: XmlElement): void {
    this.#write(serialiseXml(message));
  }

  /** Writes bytes unchanged and without framing, to test a client against a broken server. */
  sendRaw(bytes: Buffer): void {
    if (!this.#over) this.#channel.write(bytes);
  }

  /** Ends the session. Written bytes still go out, and queued requests are dropped. */
  end(reason: NetconfError): void {
    if (this.#over) return;
    this.#over = true;
    this.#queue.length = 0;
    this.#channel.end();
    this.#options.onEnd(reason);
  }

  #write(text: string): void {
    if (!this.#over) this.#channel.write(frame(this.#framing, text));
  }

  #onData(bytes: Buffer): void {
    if (this.#over) return;
    try {
      this.#decoder.push(bytes);
    } catch (error) {
      const cause = error instanceof Error ? error : new Error(String(error));
      this.end(
        error instanceof NetconfError
          ? error
          : new NetconfFramingError(`a message cannot be read: ${cause.message}`, { cause }),
      );
    }
  }

  #onMessage(text: string): void {
    if (this.#over) return;
    const root = parseMessage(text, this.#limits);
    if (this.#version === undefined) {
      this.#takeHello(root);
      return;
    }
    if (this.#queue.length >= MAX_QUEUED)
      throw new NetconfFramingError(`more than ${MAX_QUEUED} requests wait`);
    this.#queue.push(parseRpc(root));
    if (!this.#busy) void this.#drain();
  }

  #takeHello(root: XmlElement): void {
    const hello = parseHello(root);
    if (hello.sessionId !== undefined) throw new NetconfFramingError('a client may not choose a session id');
    const version = commonVersion(this.#options.capabilities, hello.capabilities);
    if (version === undefined) throw new NetconfFramingError('no version of the protocol in common');
    this.#version = version;
    if (version === '1.1') {
      this.#framing = 'chunked';
      this.#decoder.switchTo('chunked');
    }
  }

  async #drain(): Promise<void> {
    this.#busy = true;
    for (let rpc = this.#queue.shift(); rpc !== undefined; rpc = this.#queue.shift()) await this.#answer(rpc);
    this.#busy = false;
  }

  async #answer(rpc: ParsedRpc): Promise<void> {
    let reply: ServerReply;
    try {
      if (rpc.messageId === undefined) {
        const info = nc('error-info', nc('bad-attribute', 'message-id'), nc('bad-element', 'rpc'));
        throw rpcFault('missing-attribute', 'an rpc needs a message-id', { type: 'rpc', info });
      }
      if (rpc.operation === undefined)
        throw rpcFault('missing-element', 'an rpc holds exactly one operation', { type: 'rpc' });
      reply = await this.#options.onRpc(rpc.operation);
    } catch (error) {
      reply = { content: faultOf(error) };
    }
    if (this.#over) return;
    this.#write(rpcReplyText(rpc.attributes, reply.content));
    if (reply.close === true) this.end(new NetconfClosedError('the client closed the session', false));
  }
}
