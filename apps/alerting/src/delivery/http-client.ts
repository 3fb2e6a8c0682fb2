import { request as plainRequest, type IncomingMessage } from 'node:http';
import { request as tlsRequest, type RequestOptions } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { rootCertificates } from 'node:tls';
import { pinnedAddresses, RefusedAddress, type AddressRule, type Resolve } from './addresses.js';

export type HttpAnswer = {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
};
export type HttpRequest = {
  readonly method: 'GET' | 'POST' | 'PATCH';
  readonly url: string;
  readonly headers: { readonly [name: string]: string };
  readonly body: string | null;
};
export type HttpClientOptions = {
  readonly rule: AddressRule;
  readonly resolve: Resolve;
  /** From the question to the last byte that is read. */
  readonly timeoutMs: number;
  readonly mostBytes: number;
  /** Certificates of authorities beside the usual ones, PEM. */
  readonly ca: string | null;
};

/** Why a request got no answer; `final` where another attempt cannot get one either. It names no address, no header and no body. */
export class HttpFailure extends Error {
  constructor(
    message: string,
    readonly final: boolean,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
  }
}

const told: { readonly [code: string]: string } = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was reset',
  ENOTFOUND: 'the host is not known',
  EAI_AGAIN: 'the host could not be looked up',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the host cannot be reached',
  ETIMEDOUT: 'no answer came in time',
};
const codeOf = (error: unknown): string => String((error as { readonly code?: unknown } | null)?.code ?? '');

/** A connection's failure in words that hold nothing secret. */
export const failureOf = (error: unknown): HttpFailure => {
  if (error instanceof HttpFailure) return error;
  if (error instanceof RefusedAddress) return new HttpFailure(error.message, true, error);
  const code = codeOf(error);
  if (/CERT|SELF_SIGNED|ISSUER|SSL|TLS|ALTNAME/.test(code))
    return new HttpFailure(`the certificate is not believed (${code})`, false, error);
  return new HttpFailure(
    told[code] ?? `the connection failed${code === '' ? '' : ` (${code})`}`,
    false,
    error,
  );
};

/**
 * Sends one request to an address that was looked at before, and reads a bounded answer. Redirects are answers, and not followed; certificates are verified.
 * Without TLS it sends only where the configuration names the network. Throws `HttpFailure`.
 */
export class HttpClient {
  constructor(private readonly options: HttpClientOptions) {}

  async send({ method, url: text, headers, body }: HttpRequest): Promise<HttpAnswer> {
    const { rule, resolve, timeoutMs, ca } = this.options;
    if (!URL.canParse(text)) throw new HttpFailure('the address is none', true);
    const url = new URL(text);
    if (url.protocol !== 'https:' && url.protocol !== 'http:')
      throw new HttpFailure('the address is neither https nor http', true);
    const limit = AbortSignal.timeout(timeoutMs);
    try {
      const pinned = await withinLimit(pinnedAddresses(url.hostname, rule, resolve), limit);
      const isTls = url.protocol === 'https:';
      if (!isTls && !pinned.every(({ address }) => rule.isNamed(address)))
        throw new HttpFailure(
          'what is not encrypted goes to networks only that the configuration allows',
          true,
        );
      const host = url.hostname.replace(/^\[|\]$/g, '');
      const options: RequestOptions = {
        method,
        agent: false,
        host,
        lookup: pinnedLookup(pinned),
        port: url.port === '' ? (isTls ? 443 : 80) : Number(url.port),
        path: `${url.pathname}${url.search}`,
        headers: {
          ...headers,
          host: url.host,
          'user-agent': 'interlock',
          'accept-encoding': 'identity',
          ...(body === null ? {} : { 'content-length': `${Buffer.byteLength(body)}` }),
        },
        signal: limit,
        ...(isTls
          ? {
              rejectUnauthorized: true,
              minVersion: 'TLSv1.2' as const,
              ...(isIP(host) === 0 ? { servername: host } : {}),
              ...(ca === null ? {} : { ca: [...rootCertificates, ca] }),
            }
          : {}),
      };
      return await new Promise<HttpAnswer>((answer, fail) => {
        const request = (isTls ? tlsRequest : plainRequest)(options, (response) => {
          this.#read(response).then(answer, fail);
        });
        request.on('error', fail);
        request.end(body ?? undefined);
      });
    } catch (error) {
      if (limit.aborted) throw new HttpFailure('no answer came in time', false, error);
      throw failureOf(error);
    }
  }

  /** Only the status counts of an answer that is too long, so what is beyond the limit is left unread. */
  async #read(response: IncomingMessage): Promise<HttpAnswer> {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > this.options.mostBytes) {
        response.destroy();
        break;
      }
    }
    return {
      status: response.statusCode ?? 0,
      headers: response.headers,
      body: Buffer.concat(chunks).subarray(0, this.options.mostBytes).toString('utf8'),
    };
  }
}

/** Answers what was looked at, whatever the name says by now. */
export const pinnedLookup =
  (pinned: Awaited<ReturnType<typeof pinnedAddresses>>): LookupFunction =>
  (_host, { all }, answer) => {
    const [first] = pinned;
    if (all === true) answer(null, [...pinned]);
    else answer(null, first.address, first.family);
  };

const withinLimit = async <T>(work: Promise<T>, limit: AbortSignal): Promise<T> =>
  Promise.race([
    work,
    new Promise<never>((_, reject) => {
      limit.addEventListener('abort', () => {
        reject(new HttpFailure('the host could not be looked up in time', false));
      });
    }),
  ]);
