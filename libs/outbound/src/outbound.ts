import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { decoded } from './content-coding.js';
import { connectTo, type OutboundOptions, type Place } from './connection.js';
import { codeOf, OutboundError } from './outbound-error.js';

export type OutboundRequest = {
  readonly url: string;
  readonly headers: { readonly [name: string]: string };
  /** The body; null sends none. */
  readonly body: string | null;
  /** Milliseconds for the whole exchange: resolving, connecting, sending and the whole answer. */
  readonly deadlineMs: number;
  /** The longest body of an answer that is read, in bytes, after its content coding is undone. */
  readonly maxBytes: number;
  /**
   * What to do with a body that is longer, breaks off, cannot be decoded, or is not whole at the
   * deadline. `cut` returns what is there, without the rest; the default is a fault.
   */
  readonly brokenBody?: 'fault' | 'cut';
  /**
   * Called with each decoded piece of the body. When it returns true, the answer is whole, whether
   * the server ends it or not.
   */
  readonly isWhole?: (chunk: Buffer, headers: OutboundAnswer['headers']) => boolean;
  /**
   * Called in the same synchronous step as the write of the request. If it throws, nothing is sent
   * and the caller gets its error.
   */
  readonly beforeSend?: () => void;
  readonly signal?: AbortSignal;
};
export type OutboundMethod = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/** An answer of any status. Redirects are returned like any other answer and never followed. */
export type OutboundAnswer = {
  readonly status: number;
  readonly headers: { readonly [name: string]: string | readonly string[] | undefined };
  readonly bytes: Buffer;
  /** The bytes as UTF-8. What is not UTF-8 is replaced. */
  readonly body: string;
};

/**
 * A host and port that somebody else names, for a protocol other than HTTP. `clear`: nothing on the
 * connection will be encrypted.
 */
export type OutboundPlace = Pick<Place, 'host' | 'port' | 'clear'> & { readonly signal: AbortSignal };

export type Outbound = {
  readonly send: (method: OutboundMethod, request: OutboundRequest) => Promise<OutboundAnswer>;
  readonly post: (request: OutboundRequest) => Promise<OutboundAnswer>;
  /** Opens a TCP connection under the same rules. */
  readonly connect: (place: OutboundPlace) => Promise<Socket>;
};

type Target = Place & { readonly url: URL };

const bare = (host: string): string => host.replace(/^\[(.*)\]$/, '$1');

const targetOf = (text: string): Target => {
  if (!URL.canParse(text)) throw new OutboundError('bad-url', false, 'the address is not a URL');
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw new OutboundError('bad-url', false, 'only `https:` and `http:` addresses are reached');
  if (url.username !== '' || url.password !== '')
    throw new OutboundError('bad-url', false, 'the address names a user or a password');
  const tls = url.protocol === 'https:';
  return {
    url,
    host: bare(url.hostname),
    port: url.port === '' ? (tls ? 443 : 80) : Number(url.port),
    clear: !tls,
    tls,
  };
};

/** The answer's body, up to a number of bytes. */
const bodyOf = async (
  message: IncomingMessage,
  { maxBytes, brokenBody, isWhole }: OutboundRequest,
): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of decoded(message)) {
      size += chunk.length;
      if (size > maxBytes && brokenBody === 'cut')
        return Buffer.concat([...chunks, chunk]).subarray(0, maxBytes);
      if (size > maxBytes)
        throw new OutboundError('too-large', true, `the answer has more than ${maxBytes} bytes`);
      chunks.push(chunk);
      if (isWhole?.(chunk, message.headers) === true) return Buffer.concat(chunks);
    }
    if (!message.complete) throw new OutboundError('reset', true, 'the answer broke off');
  } catch (error) {
    if (brokenBody !== 'cut') throw error;
  }
  return Buffer.concat(chunks);
};

const exchange = (
  method: OutboundMethod,
  { url }: Target,
  socket: Socket,
  request: OutboundRequest,
  signal: AbortSignal,
): Promise<OutboundAnswer> =>
  new Promise((resolve, reject) => {
    let sent = false;
    const outgoing = httpRequest({
      method,
      path: `${url.pathname}${url.search}`,
      headers: {
        ...request.headers,
        host: url.host,
        connection: 'close',
        ...(request.body === null ? {} : { 'content-length': String(Buffer.byteLength(request.body)) }),
      },
      createConnection: () => socket,
      maxHeaderSize: 16_384,
    });
    const fail = (error: unknown): void => {
      signal.removeEventListener('abort', aborted);
      outgoing.destroy();
      socket.destroy();
      reject(error instanceof Error ? error : new Error(String(error)));
    };
    let answering: IncomingMessage | undefined;
    const aborted = (): void => {
      if (answering !== undefined && request.brokenBody === 'cut') answering.destroy();
      else fail(new OutboundError('timeout', sent, 'no whole answer within the deadline'));
    };
    signal.addEventListener('abort', aborted);
    outgoing.on('error', (error) => {
      // An answer that has begun tells by itself how it ends.
      if (answering === undefined)
        fail(new OutboundError('reset', sent, `the connection broke: ${codeOf(error) || error.message}`));
    });
    // A `101` response, or a response before the request, is not an answer to it.
    outgoing.on('upgrade', () => fail(new OutboundError('reset', sent, 'the server changed the protocol')));
    outgoing.on('response', (message) => {
      answering = message;
      bodyOf(message, request).then(
        (bytes) => {
          signal.removeEventListener('abort', aborted);
          socket.destroy();
          const { statusCode: status = 0, headers } = message;
          resolve({ status, headers, bytes, body: bytes.toString('utf8') });
        },
        (error: unknown) => {
          fail(
            error instanceof OutboundError
              ? error
              : new OutboundError('reset', true, `the answer broke off: ${codeOf(error)}`),
          );
        },
      );
    });
    outgoing.once('socket', () => {
      if (signal.aborted) {
        aborted();
        return;
      }
      try {
        // INVARIANT: nothing happens between the check and the write: the socket is connected and
        // belongs to this request.
        request.beforeSend?.();
        sent = true;
        outgoing.end(request.body ?? undefined);
      } catch (error) {
        fail(error);
      }
    });
  });

/**
 * Creates a client for requests to addresses that others name. It reaches public addresses by
 * verified TLS, and others only if they are allowed. It resolves a name once, connects to an
 * address that it judged, and follows no redirect. It reads at most what the request allows, and
 * gives up at the deadline. `send` and `post` throw OutboundError, or the error of `beforeSend`;
 * `connect` throws OutboundError.
 */
export const createOutbound = (options: OutboundOptions): Outbound => {
  const send = async (method: OutboundMethod, request: OutboundRequest): Promise<OutboundAnswer> => {
    const target = targetOf(request.url);
    const deadline = AbortSignal.timeout(Math.max(1, Math.min(request.deadlineMs, 600_000)));
    const signal = request.signal === undefined ? deadline : AbortSignal.any([deadline, request.signal]);
    return exchange(method, target, await connectTo(target, options, signal), request, signal);
  };
  return {
    send,
    post: (request) => send('POST', request),
    connect: ({ host, port, clear, signal }) =>
      connectTo({ host: bare(host), port, clear, tls: false }, options, signal),
  };
};
