import type { EventStoreDBClient } from '@eventstore/db-client';
import { SpanKind, SpanStatusCode, trace, type Attributes, type Span } from '@opentelemetry/api';
import {
  createUpcaster,
  tracedFault,
  type AppendResult,
  type EventStore,
  type EventToAppend,
  type ExpectedRevision,
  type LogSubscription,
  type Position,
  type RecordedEvent,
  type StreamRetention,
  type SubscribeOptions,
  type SubscriptionHandlers,
  type UpcastStep,
} from '@interlock/kernel';
import { atThisPace } from '@interlock/pace';
import { appendEvents } from './writing/append.js';
import { startScavenge } from './connection/client.js';
import { Connection, silent, type AdapterLogger } from './connection/connection.js';
import { lateProblem, readProblem } from './connection/errors.js';
import { LogEnd } from './reading/log-end.js';
import { readHead, readLog, readStream } from './reading/read.js';
import { SharedFeed, type SizedHandlers } from './reading/shared-feed.js';
import { signed, type EventKeys } from './writing/signing.js';
import { SilenceWatch } from './connection/silence.js';
import { SupervisedSubscription } from './reading/subscription.js';
import { inStep, within } from './connection/timing.js';

export type EventStoreOptions = {
  readonly logger?: AdapterLogger;
  /**
   * The time in milliseconds that an append, or each wait of a read, may take. The default is 5000
   * times the pace of the machine.
   */
  readonly deadlineMs?: number;
  /**
   * Milliseconds between checks of a quiet log: that it still answers, and that no subscription is
   * silent while the log has events for it. The default is 2000.
   */
  readonly watchdogMs?: number;
  readonly upcasters?: readonly UpcastStep[];
  /**
   * Set if events are signed. Appended events are then signed, and an event that is read says why
   * its signature is invalid (`unsigned`).
   */
  readonly keys?: EventKeys | null;
  /** Called before each repeat of an append whose outcome is unknown. */
  readonly onRetry?: (stream: string, attempt: number, cause: unknown) => void;
};

/**
 * The log over the official client. One per process, because the client keeps one table of pending
 * appends for all.
 */
export type ConnectedEventStore = EventStore & {
  readonly close: () => Promise<void>;
  /** Throws `log-unavailable` if the log does not answer within the deadline. */
  readonly ping: () => Promise<void>;
};

/**
 * Connects to the log, e.g. `esdb://audit:PASSWORD@127.0.0.1:2113?tls=true&tlsCAFile=FILE`, and
 * returns once it has answered. Throws `log-unavailable` if it does not within the deadline.
 */
export const connectEventStore = async (
  url: string,
  options: EventStoreOptions = {},
): Promise<ConnectedEventStore> => {
  const store = new ClientEventStore(url, options);
  try {
    await store.ping();
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
};

const tracer = trace.getTracer('@interlock/eventstore');

class ClientEventStore implements ConnectedEventStore {
  readonly #connection: Connection;
  readonly #deadlineMs: number;
  readonly #logger: AdapterLogger;
  readonly #keys: EventKeys | null;
  /** Checks an event as the log has it, then converts it to its present shape. */
  readonly #taken: (event: RecordedEvent) => RecordedEvent;
  readonly #onRetry: (stream: string, attempt: number, cause: unknown) => void;
  readonly #subscriptions = new Set<SupervisedSubscription>();
  readonly #feed: SharedFeed;
  readonly #silence: SilenceWatch;
  readonly #head: LogEnd;
  readonly #endChecks: () => void;
  #checking = false;

  constructor(url: string, options: EventStoreOptions) {
    this.#logger = options.logger ?? silent;
    this.#deadlineMs = options.deadlineMs ?? atThisPace(5000);
    const upcast = createUpcaster(options.upcasters ?? []);
    const keys = (this.#keys = options.keys ?? null);
    this.#taken =
      keys === null
        ? upcast
        : (event) => {
            const unsigned = keys.faultOf(event);
            return upcast(unsigned === null ? event : { ...event, unsigned });
          };
    this.#onRetry = (stream, attempt, cause) => {
      this.#logger.warn({ err: cause, stream, attempt }, 'outcome of an append unknown, repeated');
      options.onRetry?.(stream, attempt, cause);
    };
    this.#connection = new Connection(url, this.#logger);
    this.#head = new LogEnd(() => readHead(this.#reading));
    const watchdogMs = options.watchdogMs ?? 2000;
    this.#feed = new SharedFeed({
      head: () => this.head(),
      subscribe: (following, handlers) => this.#follow(following, handlers),
      logger: this.#logger,
    });
    this.#silence = new SilenceWatch({
      head: () => this.#head.notOlderThan(watchdogMs / 2),
      readAfter: (after) => readLog(this.#reading, { after }),
    });
    this.#endChecks = inStep(watchdogMs, () => {
      void this.#check();
    });
  }

  append(
    stream: string,
    events: readonly EventToAppend[],
    expected: ExpectedRevision,
  ): Promise<AppendResult> {
    const attributes = {
      'db.system.name': 'eventstoredb',
      'db.operation.name': 'append',
      'interlock.stream': stream,
      'interlock.events': events.length,
    };
    return tracer.startActiveSpan('log append', { kind: SpanKind.CLIENT, attributes }, (span) =>
      finish(span, this.#append(stream, events, expected)),
    );
  }

  async #append(
    stream: string,
    events: readonly EventToAppend[],
    expected: ExpectedRevision,
  ): Promise<AppendResult> {
    return appendEvents(
      { connection: this.#connection, deadlineMs: this.#deadlineMs, onRetry: this.#onRetry },
      stream,
      this.#keys === null ? events : signed(this.#keys, stream, events, expected),
      expected,
    );
  }

  read(
    stream: string,
    options: { from?: bigint; limit?: number; backwards?: boolean } = {},
  ): AsyncIterable<RecordedEvent> {
    return this.#traced(
      'log read',
      { 'interlock.stream': stream },
      readStream(this.#reading, stream, options),
    );
  }

  readAll(
    options: { after?: Position | null; limit?: number; backwards?: boolean } = {},
  ): AsyncIterable<RecordedEvent> {
    return this.#traced('log read all', {}, readLog(this.#reading, options));
  }

  subscribe(options: SubscribeOptions, handlers: SubscriptionHandlers): LogSubscription {
    return this.#follow(options, handlers, this.#feed);
  }

  /**
   * Follows by itself. Once it has caught up, it follows with others if there is a feed to continue
   * with.
   */
  #follow(options: SubscribeOptions, handlers: SizedHandlers, shared?: SharedFeed): LogSubscription {
    const subscription = new SupervisedSubscription(
      {
        ...this.#reading,
        logger: this.#logger,
        taken: this.#taken,
        ...(shared === undefined ? {} : { shared }),
      },
      options,
      handlers,
    );
    this.#subscriptions.add(subscription);
    this.#silence.add(subscription);
    return {
      stop: async () => {
        this.#subscriptions.delete(subscription);
        this.#silence.remove(subscription);
        await subscription.stop();
      },
    };
  }

  head(): Promise<Position | null> {
    return this.#head.read();
  }

  setRetention(stream: string, { maxAgeS, maxCount, truncateBefore }: StreamRetention): Promise<void> {
    const metadata = {
      ...(maxAgeS === undefined ? {} : { maxAge: maxAgeS }),
      ...(maxCount === undefined ? {} : { maxCount }),
      ...(truncateBefore === undefined ? {} : { truncateBefore: Number(truncateBefore) }),
    };
    return this.#asked(`setting the retention of \`${stream}\``, (client) =>
      client.setStreamMetadata(stream, metadata),
    );
  }

  scavenge(): Promise<void> {
    return this.#asked('the start of a scavenge', startScavenge);
  }

  async #asked(what: string, ask: (client: EventStoreDBClient) => Promise<unknown>): Promise<void> {
    const asked = async (): Promise<unknown> => ask((await this.#connection.link()).client);
    const answer = await within(asked(), this.#deadlineMs).catch((error: unknown) => {
      throw readProblem(error, what);
    });
    if (answer === 'late') throw lateProblem(what, this.#deadlineMs);
  }

  async ping(): Promise<void> {
    await this.head();
  }

  async close(): Promise<void> {
    this.#endChecks();
    await this.#feed.stop();
    await Promise.all([...this.#subscriptions].map((subscription) => subscription.stop()));
    await this.#connection.close();
  }

  get #reading() {
    return { connection: this.#connection, deadlineMs: this.#deadlineMs };
  }

  /**
   * A frozen server leaves a subscription silent, like an idle log; only a question distinguishes
   * the two. A late answer replaces the client.
   */
  async #check(): Promise<void> {
    if (this.#checking) return;
    this.#checking = true;
    try {
      await this.#silence.look();
      for (const subscription of this.#subscriptions) await subscription.look();
    } catch (error) {
      this.#logger.warn({ err: error }, 'the log does not answer');
    } finally {
      this.#checking = false;
    }
  }

  async *#traced(
    name: string,
    attributes: Attributes,
    events: AsyncIterable<RecordedEvent>,
  ): AsyncGenerator<RecordedEvent> {
    // A service repeats reads outside of any work all day. Each span would be a trace of its own.
    if (trace.getActiveSpan() === undefined) {
      for await (const event of events) yield this.#taken(event);
      return;
    }
    const span = tracer.startSpan(name, {
      kind: SpanKind.CLIENT,
      attributes: { 'db.system.name': 'eventstoredb', 'db.operation.name': 'read', ...attributes },
    });
    let count = 0;
    try {
      for await (const event of events) {
        count += 1;
        yield this.#taken(event);
      }
    } catch (error) {
      failed(span, error);
      throw error;
    } finally {
      span.setAttribute('interlock.events', count).end();
    }
  }
}

const failed = (span: Span, error: unknown): void => {
  const { type, message } = tracedFault(error);
  span.setAttribute('error.type', type).setStatus({ code: SpanStatusCode.ERROR, message });
};

const finish = async <T>(span: Span, work: Promise<T>): Promise<T> => {
  try {
    return await work;
  } catch (error) {
    failed(span, error);
    throw error;
  } finally {
    span.end();
  }
};
