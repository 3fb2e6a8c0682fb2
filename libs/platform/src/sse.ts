import type { FastifyReply } from 'fastify';
import { ProblemError } from '@interlock/kernel';

import { openTexts } from './opening.js';
import { stateOf } from './request-state.js';

/** One server-sent event; `data` is written as JSON. */
export type SseEvent = { readonly id?: string; readonly event?: string; readonly data: unknown };

const frame = ({ id, event, data }: SseEvent): string =>
  `${id === undefined ? '' : `id: ${id.replaceAll(/[\r\n]/g, ' ')}\n`}${event === undefined ? '' : `event: ${event.replaceAll(/[\r\n]/g, ' ')}\n`}data: ${JSON.stringify(data)}\n\n`;

type Stream = { readonly tenant: string | undefined; readonly end: () => void };
const open = new WeakMap<object, Set<Stream>>();

/** Streams that one tenant may have open at a service. */
export const streamLimit = 100;

const refuseTooMany = (streams: ReadonlySet<Stream>, tenant: string | undefined): void => {
  if ([...streams].filter((stream) => stream.tenant === tenant).length < streamLimit) return;
  throw new ProblemError(
    'rate-limited',
    `the tenant has ${streamLimit} streams open, which is as many as it may`,
    { remedy: 'close one of them' },
  );
};

/** Ends every stream of a server that stops. */
export const endStreams = (server: object): void => {
  for (const { end } of open.get(server) ?? []) end();
};

/**
 * Streams events to the client until the iterable ends, the client goes or the service stops; then the iterable's `return` is called.
 * Sealed texts are opened as they are sent, for the tenants of who listens. A comment line every 15 s keeps proxies from closing. A client that reads slowly is waited for.
 * Throws `rate-limited` where the caller's tenant has too many open.
 */
export const sse = async (
  reply: FastifyReply,
  events: AsyncIterable<SseEvent>,
  options: { readonly keepAliveMs?: number } = {},
): Promise<void> => {
  const streams = open.get(reply.server.server) ?? new Set<Stream>();
  const { principal } = stateOf(reply.request);
  const tenant = principal?.tenant_id;
  refuseTooMany(streams, tenant);
  reply.hijack();
  const { raw } = reply;
  const headers = Object.fromEntries(
    Object.entries(reply.getHeaders()).filter(([, value]) => value !== undefined),
  );
  raw.writeHead(200, {
    ...headers,
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    connection: 'close',
  } as never);
  raw.flushHeaders();
  raw.write(': open\n\n');
  const iterator = events[Symbol.asyncIterator]();
  const alive = setInterval(() => {
    raw.write(': alive\n\n');
  }, options.keepAliveMs ?? 15_000);
  open.set(reply.server.server, streams);
  let stream: Stream = { tenant, end: () => undefined };
  const gone = new Promise<'gone'>((resolve) => {
    stream = {
      tenant,
      end: () => {
        resolve('gone');
      },
    };
    raw.once('close', stream.end);
    streams.add(stream);
  });
  try {
    for (;;) {
      const next = await Promise.race([iterator.next(), gone]);
      if (next === 'gone' || next.done === true) break;
      const told =
        principal === undefined
          ? next.value
          : { ...next.value, data: await openTexts(principal.people, principal.tenants, next.value.data) };
      if (!raw.write(frame(told)))
        await Promise.race([
          new Promise((resolve) => {
            raw.once('drain', resolve);
          }),
          gone,
        ]);
    }
  } finally {
    clearInterval(alive);
    streams.delete(stream);
    void Promise.resolve(iterator.return?.()).catch(() => undefined);
    raw.end();
  }
};
