import type { FastifyReply } from 'fastify';

/** One server-sent event; `data` is written as JSON. */
export type SseEvent = { readonly id?: string; readonly event?: string; readonly data: unknown };

const frame = ({ id, event, data }: SseEvent): string =>
  `${id === undefined ? '' : `id: ${id.replaceAll(/[\r\n]/g, ' ')}\n`}${event === undefined ? '' : `event: ${event.replaceAll(/[\r\n]/g, ' ')}\n`}data: ${JSON.stringify(data)}\n\n`;

const open = new WeakMap<object, Set<() => void>>();

/** Ends every stream of a server that stops. */
export const endStreams = (server: object): void => {
  for (const end of open.get(server) ?? []) end();
};

/**
 * Streams events to the client until the iterable ends, the client goes or the service stops; then the iterable's `return` is called.
 * A comment line every 15 s keeps proxies from closing. A client that reads slowly is waited for.
 */
export const sse = async (reply: FastifyReply, events: AsyncIterable<SseEvent>, options: { readonly keepAliveMs?: number } = {}): Promise<void> => {
  reply.hijack();
  const { raw } = reply;
  const headers = Object.fromEntries(Object.entries(reply.getHeaders()).filter(([, value]) => value !== undefined));
  raw.writeHead(200, { ...headers, 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store', 'x-accel-buffering': 'no', connection: 'close' } as never);
  raw.flushHeaders();
  raw.write(': open\n\n');
  const iterator = events[Symbol.asyncIterator]();
  const alive = setInterval(() => { raw.write(': alive\n\n'); }, options.keepAliveMs ?? 15_000);
  const streams = open.get(reply.server.server) ?? new Set<() => void>();
  open.set(reply.server.server, streams);
  let end = (): void => undefined;
  const gone = new Promise<'gone'>((resolve) => {
    end = () => { resolve('gone'); };
    raw.once('close', end);
    streams.add(end);
  });
  try {
    for (;;) {
      const next = await Promise.race([iterator.next(), gone]);
      if (next === 'gone' || next.done === true) break;
      if (!raw.write(frame(next.value))) await Promise.race([new Promise((resolve) => { raw.once('drain', resolve); }), gone]);
    }
  } finally {
    clearInterval(alive);
    streams.delete(end);
    void Promise.resolve(iterator.return?.()).catch(() => undefined);
    raw.end();
  }
};
