import { lookup as systemLookup } from 'node:dns/promises';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { judgeAddress, type AddressRules, type AddressVerdict } from './address.js';

/** Why a request came to nothing. */
export type OutboundFault =
  | 'bad-url'
  | 'address-refused'
  | 'not-resolved'
  | 'not-connected'
  | 'not-trusted'
  | 'timeout'
  | 'reset'
  | 'too-large';

/** A request that got no whole answer. `sent` is false where not one byte of it was written: then nobody can have acted on it. */
export class OutboundError extends Error {
  readonly fault: OutboundFault;
  readonly sent: boolean;
  constructor(fault: OutboundFault, sent: boolean, detail: string) {
    super(detail);
    this.name = 'OutboundError';
    this.fault = fault;
    this.sent = sent;
  }
}

/** Resolves a host name to all of its addresses. */
export type Resolve = (host: string) => Promise<readonly string[]>;

export type OutboundOptions = AddressRules & {
  /** The system's resolver where absent. */
  readonly resolve?: Resolve;
  /** Certificates, PEM, that are trusted in place of the system's. */
  readonly ca?: string;
};

export type OutboundRequest = {
  readonly url: string;
  /** `POST` where absent. */
  readonly method?: 'POST' | 'DELETE';
  readonly headers: { readonly [name: string]: string };
  readonly body: string;
  /** Milliseconds for everything: resolving, connecting, sending and the whole answer. */
  readonly deadlineMs: number;
  /** Bytes of the answer's body that are read at most. */
  readonly maxBytes: number;
  /** Called in the same synchronous step as the write of the request; where it throws, nothing is sent and its error is thrown on. */
  readonly beforeSend?: () => void;
  readonly signal?: AbortSignal;
};

/** An answer of whatever status; a redirect is one like any other and is never followed. */
export type OutboundAnswer = {
  readonly status: number;
  readonly headers: { readonly [name: string]: string | readonly string[] | undefined };
  readonly body: string;
};

export type Outbound = { readonly post: (request: OutboundRequest) => Promise<OutboundAnswer> };

type Place = { readonly url: URL; readonly host: string; readonly port: number };

const placeOf = (text: string): Place => {
  if (!URL.canParse(text)) throw new OutboundError('bad-url', false, 'the address is no URL');
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw new OutboundError('bad-url', false, 'only `https:` and `http:` addresses are reached');
  if (url.username !== '' || url.password !== '')
    throw new OutboundError('bad-url', false, 'the address names a user or a password');
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  return { url, host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port };
};

const systemResolve: Resolve = async (host) =>
  (await systemLookup(host, { all: true, verbatim: true })).map(({ address }) => address);

/** Every address that a name resolves to must be one that may be reached: the name is resolved once, and the connection goes to the address that was judged. */
const judged = (
  { url, port }: Place,
  addresses: readonly string[],
  rules: AddressRules,
): { readonly address: string } => {
  const [address] = addresses;
  if (address === undefined) throw new OutboundError('not-resolved', false, 'the host has no address');
  const verdicts: readonly AddressVerdict[] = addresses.map((one) => judgeAddress(one, port, rules));
  for (const verdict of verdicts)
    if (typeof verdict === 'object')
      throw new OutboundError('address-refused', false, `the address of the host ${verdict.refused}`);
  if (url.protocol === 'http:' && verdicts.includes('public'))
    throw new OutboundError('address-refused', false, 'a public address is reached by `https:` only');
  return { address };
};

const tlsCodes = /^(?:ERR_TLS_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_SSL_|HOSTNAME_MISMATCH)/;
const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

/** The connection to the very address that was judged; a certificate is checked against the name. */
const open = (
  place: Place,
  address: string,
  options: OutboundOptions,
  signal: AbortSignal,
): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const secure = place.url.protocol === 'https:';
    const socket: Socket = secure
      ? connectTls({
          host: address,
          port: place.port,
          ...(/^[\d.]+$|:/.test(place.host) ? {} : { servername: place.host }),
          ALPNProtocols: ['http/1.1'],
          rejectUnauthorized: true,
          ...(options.ca === undefined ? {} : { ca: options.ca }),
        })
      : connectTcp({ host: address, port: place.port });
    const end = (): void => {
      signal.removeEventListener('abort', aborted);
      socket.removeListener('error', failed);
    };
    const failed = (error: Error): void => {
      end();
      socket.destroy();
      const fault = tlsCodes.test(codeOf(error)) ? 'not-trusted' : 'not-connected';
      reject(new OutboundError(fault, false, `no connection: ${codeOf(error) || error.message}`));
    };
    const aborted = (): void => {
      end();
      socket.on('error', () => undefined);
      socket.destroy();
      reject(new OutboundError('timeout', false, 'no connection within the deadline'));
    };
    socket.once('error', failed);
    signal.addEventListener('abort', aborted);
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      end();
      resolve(socket);
    });
  });

/** The answer's body as text, up to so many bytes of it; more is a fault, and nothing more is read. */
const bodyOf = async (message: IncomingMessage, maxBytes: number): Promise<string> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes)
      throw new OutboundError('too-large', true, `the answer has more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  if (!message.complete) throw new OutboundError('reset', true, 'the answer broke off');
  return Buffer.concat(chunks).toString('utf8');
};

const exchange = (
  place: Place,
  socket: Socket,
  request: OutboundRequest,
  signal: AbortSignal,
): Promise<OutboundAnswer> =>
  new Promise((resolve, reject) => {
    let sent = false;
    const outgoing = httpRequest({
      method: request.method ?? 'POST',
      path: `${place.url.pathname}${place.url.search}`,
      headers: {
        ...request.headers,
        host: place.url.host,
        connection: 'close',
        'content-length': String(Buffer.byteLength(request.body)),
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
    const aborted = (): void => {
      fail(new OutboundError('timeout', sent, 'no whole answer within the deadline'));
    };
    signal.addEventListener('abort', aborted);
    outgoing.on('error', (error) => {
      fail(new OutboundError('reset', sent, `the connection broke: ${codeOf(error) || error.message}`));
    });
    // What a server answers with `101`, or before the request, is no answer to it.
    outgoing.on('upgrade', () => {
      fail(new OutboundError('reset', sent, 'the server changed the protocol'));
    });
    outgoing.on('response', (message) => {
      bodyOf(message, request.maxBytes).then(
        (body) => {
          signal.removeEventListener('abort', aborted);
          socket.destroy();
          resolve({ status: message.statusCode ?? 0, headers: message.headers, body });
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
        // INVARIANT: nothing lies between the check and the write: the socket is connected and belongs to this request.
        request.beforeSend?.();
        sent = true;
        outgoing.end(request.body);
      } catch (error) {
        fail(error);
      }
    });
  });

/**
 * Makes a client for requests to addresses that others name. It reaches public addresses by verified TLS, and others only where they are allowed; resolves a name
 * once and goes to the very address that it judged; follows no redirect; reads no more of an answer than the request allows; and gives up at the deadline.
 * `post` throws OutboundError, or what `beforeSend` throws.
 */
export const createOutbound = (options: OutboundOptions): Outbound => {
  const resolve = options.resolve ?? systemResolve;
  return {
    post: async (request) => {
      const place = placeOf(request.url);
      const deadline = AbortSignal.timeout(Math.max(1, Math.min(request.deadlineMs, 600_000)));
      const signal = request.signal === undefined ? deadline : AbortSignal.any([deadline, request.signal]);
      const late = new Promise<never>((_, reject) => {
        signal.addEventListener(
          'abort',
          () => {
            reject(new OutboundError('timeout', false, 'the host was not resolved within the deadline'));
          },
          { once: true },
        );
      });
      late.catch(() => undefined);
      const resolving = resolve(place.host).catch(() => {
        throw new OutboundError('not-resolved', false, 'the host cannot be resolved');
      });
      const { address } = judged(place, await Promise.race([resolving, late]), options);
      const socket = await open(place, address, options, signal);
      return exchange(place, socket, request, signal);
    },
  };
};
