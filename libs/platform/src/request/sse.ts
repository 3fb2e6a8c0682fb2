import type { FastifyReply } from 'fastify';
import { OpenAtOnce } from './open-at-once.js';
import { openTexts } from './opening.js';
import { stateOf } from './request-state.js';

/** One server-sent event; `data` is written as JSON. */
export type SseEvent = { readonly id?: string; readonly event?: string; readonly data: unknown };

const frame = ({ id, event, data }: SseEvent): string =>
  `${id === undefined ? '' : `id: ${id.replaceAll(/[\r\n]/g, ' ')}\n`}${event === undefined ? '' : `event: ${event.replaceAll(/[\r\n]/g, ' ')}\n`}data: ${JSON.stringify(data)}\n\n`;

type Streams = { readonly ends: Set<() => void>; readonly atOnce: OpenAtOnce };
const open = new WeakMap<object, Streams>();

/** The number of streams that one tenant, and one principal of it, may have open at a service. */
export const streamLimits = { what: 'streams', perTenant: 100, perPrincipal: 8 } as const;

/**
 * How often the token of a stream's client is verified again. Revocations are known after one more
 * second, so a revoked client receives nothing after two.
 */
const verifyEveryMs = 1000;

/** Ends every stream of a server that stops. */
export const endStreams = (server: object): void => {
  for (const end of open.get(server)?.ends ?? []) end();
};

/**
 * Streams events to the client until the iterable ends, the client disconnects, its token expires
 * or is revoked, or the service stops. Then it calls the iterable's `return`. Sealed texts are
 * decrypted as they are sent, for the tenants of the listener. A comment line every 15 s keeps
 * proxies from closing the connection. The stream waits for a slow client. Throws `rate-limited` if
 * the caller, or their tenant, has too many open.
 */
export const sse = async (
  reply: FastifyReply,
  events: AsyncIterable<SseEvent>,
  options: { readonly keepAliveMs?: number } = {},
): Promise<void> => {
  const { server } = reply.server;
  const streams = open.get(server) ?? { ends: new Set(), atOnce: new OpenAtOnce(streamLimits) };
  open.set(server, streams);
  const { principal, isStillAllowed } = stateOf(reply.request);
  const leave = streams.atOnce.enter(principal?.tenant_id ?? '', principal);
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
  const alive = setInterval(() => raw.write(': alive\n\n'), options.keepAliveMs ?? 15_000);
  let end = (): void => undefined;
  const gone = new Promise<'gone'>((resolve) => {
    end = () => resolve('gone');
    raw.once('close', end);
    streams.ends.add(end);
    // A client that disconnected during the checks does not signal it again.
    if (raw.destroyed) end();
  });
  const verify = (isAllowed: () => Promise<boolean>): void => {
    void isAllowed().then((allowed) => {
      if (allowed) return;
      end();
      // A client that does not read its data would keep the connection open.
      if (raw.writableNeedDrain) raw.destroy();
    });
  };
  // A public stream has no token.
  const verifying =
    isStillAllowed === undefined ? undefined : setInterval(verify, verifyEveryMs, isStillAllowed);
  try {
    for (;;) {
      const next = await Promise.race([iterator.next(), gone]);
      if (next === 'gone' || next.done === true) break;
      const message =
        principal === undefined
          ? next.value
          : { ...next.value, data: await openTexts(principal.people, principal.tenants, next.value.data) };
      if (!raw.write(frame(message)))
        await Promise.race([new Promise((resolve) => raw.once('drain', resolve)), gone]);
    }
  } finally {
    clearInterval(alive);
    clearInterval(verifying);
    streams.ends.delete(end);
    leave();
    void Promise.resolve(iterator.return?.()).catch(() => undefined);
    raw.end();
  }
};
