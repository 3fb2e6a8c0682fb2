import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { liveTopics, type LiveTopic } from '@interlock/contracts';
import {
  type EventStore,
  type LogSubscription,
  parsePosition,
  type Position,
  positionOrNull,
  ProblemError,
} from '@interlock/kernel';
import {
  bearerIn,
  callerIn,
  OpenAtOnce,
  requireTenant,
  streamLimits,
  type OpenLimits,
  type TokenVerifier,
} from '@interlock/platform';
import { hears, LiveLog, livePrefixes } from './live-log.js';
import { LogPulse } from './log-pulse.js';

export type LiveOptions = {
  readonly store: EventStore;
  /**
   * How often the server's time, the log's end and its age are sent, in milliseconds; default 10
   * 000.
   */
  readonly heartbeatMs?: number;
  /** The number of notes kept for returning listeners; default 5000. */
  readonly kept?: number;
  /** The streams that a tenant and one principal may have open at once; default 100 and 8. */
  readonly limits?: Omit<OpenLimits, 'what'>;
};
export type Live = { readonly stop: () => Promise<void> };

const isTopic = (text: string): text is LiveTopic => Object.hasOwn(liveTopics, text);

/**
 * Returns the topics of a request; all if it names none. Throws `validation-failed`, which names
 * every unknown topic.
 */
const topicsOf = (text: string | undefined): readonly LiveTopic[] => {
  const asked = (text ?? '').split(',').filter((part) => part !== '');
  if (asked.length === 0) return Object.keys(liveTopics).filter(isTopic);
  const wrong = asked.filter((part) => !isTopic(part));
  if (wrong.length > 0)
    throw new ProblemError('validation-failed', 'some topics are unknown', {
      violations: wrong.map((part) => ({
        pointer: '/query/topics',
        detail: `\`${part.slice(0, 40)}\` is not a topic: use ${Object.keys(liveTopics).join(', ')}`,
      })),
    });
  return asked.filter(isTopic);
};

const positionIn = (request: FastifyRequest): Position | undefined => {
  const text = request.headers['last-event-id'];
  if (typeof text !== 'string' || text === '') return undefined;
  const position = parsePosition(text);
  if (position !== undefined) return position;
  throw new ProblemError('validation-failed', 'the header `Last-Event-ID` is not a position of the log', {
    violations: [{ pointer: '/headers/last-event-id', detail: 'must be the id of an event of this stream' }],
  });
};

const frame = (event: string, id: string | undefined, data: unknown): string =>
  `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;

/** Returns one value of the query. Throws `validation-failed` if it occurs twice. */
const oneOf = (name: string, value: string | readonly string[] | undefined): string | undefined => {
  if (value === undefined || typeof value === 'string') return value;
  throw new ProblemError('validation-failed', `the query names \`${name}\` more than once`, {
    violations: [{ pointer: `/query/${name}`, detail: 'must be there once' }],
  });
};

/**
 * Adds `GET /api/v1/live?topics=…`, which notifies listeners of a tenant's events as they happen.
 * It sends the position of each event but never its content, which the listener reads through the
 * API. The event `time` contains the server's time, where the log ended when it last answered
 * (`position`), and how long ago that was (`log_age_ms`). It is sent at once when the log falls
 * silent. The stream continues after `Last-Event-ID`. If that is too old, the event `gap` is sent,
 * and the listener must read everything again.
 */
export const addLive = async (
  app: FastifyInstance,
  options: LiveOptions,
  verify: TokenVerifier,
  logger: Logger,
): Promise<Live> => {
  const { store, heartbeatMs = 10_000 } = options;
  const atOnce = new OpenAtOnce({ ...streamLimits, ...options.limits });
  const head = await store.head();
  const log = new LiveLog(head, options.kept);
  let failed = false;
  let stopped = false;
  const pulse = new LogPulse(store, head, () => log.wake());
  const subscription: LogSubscription = store.subscribe(
    { after: head, prefixes: livePrefixes, name: 'edge-live' },
    {
      onEvent: (event) => log.push(event),
      onFailure: (error) => {
        failed = true;
        logger.error({ err: error }, 'the live stream lost the log');
        log.wake();
      },
    },
  );

  const stream = async (
    reply: FastifyReply,
    tenant: string,
    topics: ReadonlySet<LiveTopic>,
    since: Position | undefined,
    isStillAllowed: () => Promise<boolean>,
  ): Promise<void> => {
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
      connection: 'close',
    });
    // The connection may have closed during the checks, and then emits no second event.
    let gone = raw.destroyed;
    const wakeAll = (): void => {
      gone = true;
      log.wake();
    };
    raw.once('close', wakeAll);
    const write = async (text: string): Promise<void> => {
      if (raw.write(text) || gone) return;
      await new Promise<void>((resolve) => {
        const end = (): void => {
          raw.off('drain', end);
          raw.off('close', end);
          resolve();
        };
        raw.once('drain', end);
        raw.once('close', end);
      });
    };
    const beat = (): string =>
      frame('time', undefined, { server_time: new Date().toISOString(), ...pulse.now() });
    const timer = setInterval(() => {
      if (!raw.writableNeedDrain) raw.write(beat());
      // A listener whose token expired or was revoked receives nothing more. One that is still
      // allowed reconnects and continues.
      void isStillAllowed().then((allowed) => {
        if (allowed) return;
        wakeAll();
        // A client that does not read its data would keep the connection open.
        if (raw.writableNeedDrain) raw.destroy();
      });
    }, heartbeatMs);
    const start = since === undefined ? { cursor: log.end, gap: false } : log.from(since);
    let { cursor } = start;
    try {
      // Makes clients reconnect soon after a cut, but not all at once.
      await write(`retry: ${1000 + Math.floor(Math.random() * 1000)}\n${beat()}`);
      if (start.gap) await write(frame('gap', undefined, {}));
      let silent = pulse.silent;
      while (!gone && !failed && !stopped) {
        const unread = log.after(cursor);
        cursor = unread.cursor;
        if (unread.gap) await write(frame('gap', undefined, {}));
        for (const note of unread.notes)
          if (hears(note, tenant, topics)) await write(frame(note.topic, note.position, note));
        if (pulse.silent !== silent) {
          ({ silent } = pulse);
          await write(beat());
        }
        await log.more(cursor);
      }
    } finally {
      clearInterval(timer);
      raw.end();
    }
  };

  app.get<{ Querystring: { topics?: string | string[]; tenant_id?: string | string[] } }>(
    '/api/v1/live',
    async (request, reply) => {
      const token = bearerIn(request);
      const caller = await callerIn(request, verify);
      const header = request.headers['x-tenant-id'];
      const topicsText = oneOf('topics', request.query.topics);
      const asked =
        oneOf('tenant_id', request.query.tenant_id) ?? (typeof header === 'string' ? header : undefined);
      const tenant = asked ?? caller.tenant_id;
      requireTenant(caller, tenant);
      const wanted = topicsOf(topicsText);
      const missing = wanted.find((topic) => !caller.scopes.includes(liveTopics[topic].scope));
      if (missing !== undefined && topicsText !== undefined)
        throw new ProblemError('missing-scope', `the scope \`${liveTopics[missing].scope}\` is needed`, {
          members: { scopes: [liveTopics[missing].scope] },
        });
      const topics = wanted.filter((topic) => caller.scopes.includes(liveTopics[topic].scope));
      const [needed] = wanted;
      if (topics.length === 0 && needed !== undefined)
        throw new ProblemError('missing-scope', `the scope \`${liveTopics[needed].scope}\` is needed`, {
          members: { scopes: wanted.map((topic) => liveTopics[topic].scope) },
        });
      if (failed) throw new ProblemError('log-unavailable', 'the live stream lost the log');
      const since = positionIn(request);
      const leave = atOnce.enter(tenant, caller);
      try {
        await stream(reply, tenant, new Set(topics), since, () =>
          verify(token).then(
            (now) => now.scopes.length === caller.scopes.length,
            () => false,
          ),
        );
      } finally {
        leave();
      }
    },
  );

  logger.debug({ after: positionOrNull(head) }, 'live');
  return {
    stop: async () => {
      stopped = true;
      pulse.stop();
      log.wake();
      await subscription.stop();
    },
  };
};
