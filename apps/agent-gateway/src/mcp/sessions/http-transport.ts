import { isUtf8 } from 'node:buffer';
import { OutboundError, type Outbound, type OutboundAnswer, type OutboundRequest } from '@interlock/outbound';
import {
  StreamableHTTPClientTransport,
  type StreamableHTTPClientTransportOptions,
} from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { answerSeen, plainLineEnds } from './event-stream.js';
import { isAnswer, type Outgoing } from './outgoing.js';

export type HttpTransportParts = {
  readonly outbound: Outbound;
  readonly url: string;
  /**
   * Returns the token that is sent as `Authorization: Bearer`; empty for none. It is called for
   * each request, and throws OutboundError if no token may be sent.
   */
  readonly token: () => string;
  readonly timeout_ms: number;
  readonly max_bytes: number;
  readonly outgoing: Outgoing;
};

type Fetch = NonNullable<StreamableHTTPClientTransportOptions['fetch']>;

const plainHeaders = (headers: RequestInit['headers']): { readonly [name: string]: string } =>
  Object.fromEntries(new Headers(headers).entries());

/**
 * The most of a server's own requests that are answered (with a refusal, or a pong) for each of
 * ours. A server can put thousands into one answer, and each reply would be a call.
 */
const mostAnswers = 16;

const withoutBody: ReadonlySet<number> = new Set([202, 204, 205, 304]);

/** Returns the text of one response header. */
const textOf = (value: string | readonly string[] | undefined): string | undefined =>
  typeof value === 'string' ? value : value?.join(', ');

const idOf = (message: unknown): string | number | undefined => {
  const id = typeof message === 'object' && message !== null && 'id' in message ? message.id : undefined;
  return typeof id === 'string' || typeof id === 'number' ? id : undefined;
};

const typeOf = (headers: OutboundAnswer['headers']): string =>
  textOf(headers['content-type'])?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
const hasEvents = (headers: OutboundAnswer['headers']): boolean => typeOf(headers) === 'text/event-stream';

/**
 * Refuses what cannot hold the answer to a request: a status without a body, or another type of
 * content. The MCP client would wait for an answer, or report an error without a cause. Throws
 * OutboundError.
 */
const refuseOtherContent = (message: unknown, { status, headers }: OutboundAnswer): void => {
  if (idOf(message) === undefined || isAnswer(message) || status < 200 || status >= 300) return;
  if (withoutBody.has(status))
    throw new OutboundError('reset', true, `the server answered ${status}, which has no answer in it`);
  if (!['application/json', 'text/event-stream'].includes(typeOf(headers)))
    throw new OutboundError(
      'reset',
      true,
      `the server answered ${status} with a \`content-type\` of neither JSON nor a stream of events`,
    );
};

/**
 * Returns, for a request, a function that is true once the answer has arrived in a stream of
 * events.
 */
const wholeOnce = (message: unknown): Pick<OutboundRequest, 'isWhole'> => {
  const id = idOf(message);
  if (id === undefined || isAnswer(message)) return {};
  const seen = answerSeen(id);
  return {
    isWhole: (chunk, headers) => hasEvents(headers) && seen(chunk),
  };
};

/**
 * Returns a `fetch` with the rules of webhooks. It resolves the address once, and refuses forbidden
 * addresses. It follows no redirects, and reads at most `max_bytes`. It opens no stream on which
 * the server could send requests.
 */
const boundedFetch = (parts: HttpTransportParts): Fetch => {
  let answers = 0;
  return async (url, init) => {
    const method = init?.method ?? 'GET';
    if (method !== 'POST' && method !== 'DELETE') return new Response(null, { status: 405 });
    const asked = typeof init?.body === 'string' ? init.body : '';
    const message: unknown = asked === '' ? undefined : JSON.parse(asked);
    answers = isAnswer(message) ? answers + 1 : 0;
    if (answers > mostAnswers) return new Response(null, { status: 202 });
    const call = parts.outgoing.of(message);
    const token = parts.token();
    const answer = await parts.outbound.send(method, {
      url: String(url),
      headers: {
        ...plainHeaders(init?.headers),
        'user-agent': 'interlock-agent-gateway',
        ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
      },
      body: asked,
      deadlineMs: parts.timeout_ms,
      maxBytes: parts.max_bytes,
      ...wholeOnce(message),
      beforeSend: () => {
        call?.beforeSend?.();
        if (call !== undefined) call.written = true;
      },
      ...(init?.signal === undefined || init.signal === null ? {} : { signal: init.signal }),
    });
    if (answer.status >= 300 && answer.status < 400)
      throw new OutboundError(
        'reset',
        true,
        `the server answered ${answer.status}, and redirects are not followed`,
      );
    refuseOtherContent(message, answer);
    if (answer.status < 200) throw new OutboundError('reset', true, `the server answered ${answer.status}`);
    const headers = new Headers();
    for (const name of ['content-type', 'mcp-session-id']) {
      const value = textOf(answer.headers[name]);
      if (value !== undefined) headers.set(name, value);
    }
    // The end of a stream of events may be cut within a character.
    if (!hasEvents(answer.headers) && !isUtf8(answer.bytes))
      throw new OutboundError('unreadable', true, 'the server answered text that is not UTF-8');
    const body = hasEvents(answer.headers) ? plainLineEnds()(answer.body) : answer.body;
    return new Response(withoutBody.has(answer.status) ? null : body, {
      status: answer.status === 202 ? 202 : answer.status,
      headers,
    });
  };
};

/**
 * Returns a Streamable HTTP transport to a registered server, through the guarded outbound client.
 */
export const httpTransport = (parts: HttpTransportParts): StreamableHTTPClientTransport =>
  new StreamableHTTPClientTransport(new URL(parts.url), {
    fetch: boundedFetch(parts),
    reconnectionOptions: {
      maxRetries: 0,
      initialReconnectionDelay: 1000,
      maxReconnectionDelay: 1000,
      reconnectionDelayGrowFactor: 1,
    },
  });
