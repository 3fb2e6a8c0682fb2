import { SpanKind } from '@opentelemetry/api';
import { parseSubject } from '@interlock/contracts';
import { backOffMs, type Handled } from '@interlock/kernel';
import { AckPolicy, DeliverPolicy, nanos, type NatsConnection } from 'nats';
import { messageOf, park } from './dead-letter.js';
import type { Replayed } from './dead-letters.js';
import type { Delivery } from '../messages/delivery.js';
import { filtersOf } from '../messages/filters.js';
import type { BusLogger } from '../connection/logger.js';
import { busMessage, type BusMessage } from '../messages/messages.js';
import { Lanes, type LaneLimits } from './lanes.js';
import type { ConsumerPattern } from '../messages/patterns.js';
import { Puller } from './puller.js';
import { putConsumer } from './put-consumer.js';
import { pause } from '../messages/timing.js';
import { contextOf, inSpan } from '../messages/trace-context.js';

export type ConsumerSettings = {
  readonly connection: NatsConnection;
  /** The service that handles the messages. */
  readonly service: string;
  readonly pattern: ConsumerPattern;
  readonly logger: BusLogger;
  readonly handle: (message: BusMessage) => Promise<unknown>;
  /**
   * Called for each handled message, with its result, the seconds that it took, and how many
   * messages the bus still held for the consumer when it was delivered.
   */
  readonly onHandled?:
    ((consumer: string, outcome: Outcome['kind'], seconds: number, pending: number) => void) | undefined;
};
type Outcome = Handled | { readonly kind: 'failed'; readonly reason: string };

const isHandled = (value: unknown): value is Handled =>
  typeof value === 'object' &&
  value !== null &&
  ['done', 'skip', 'retry', 'stop'].includes((value as { kind?: string }).kind ?? '');

const megabyte = 1_048_576;
/**
 * The number of messages that may be delivered and unacknowledged. If tenants share, messages that
 * were put back count too.
 */
const mostUnanswered = 100_000;

/**
 * Without shares there is one lane, limited by the room for pulled messages. With shares, a tenant
 * has at most half of the places, so that another finds a free one.
 */
const limitsOf = ({ fairTo }: ConsumerPattern, concurrency: number): LaneLimits =>
  fairTo === undefined
    ? {
        concurrency,
        share: concurrency,
        waiting: Infinity,
        waitingBytes: Infinity,
        waitingInAll: Infinity,
        waitingBytesInAll: Infinity,
      }
    : {
        concurrency,
        share: Math.ceil(concurrency / 2),
        waiting: 1024,
        waitingBytes: 8 * megabyte,
        waitingInAll: 8192,
        waitingBytesInAll: 64 * megabyte,
      };

/**
 * One durable pull consumer. It creates the consumer, takes messages, hands them over, acknowledges
 * them, and restarts when it breaks.
 */
export class DurableConsumer {
  readonly #settings: ConsumerSettings;
  readonly #concurrency: number;
  readonly #ackWaitMs: number;
  readonly #stopped = new AbortController();
  readonly #lanes: Lanes;
  /**
   * For messages that are put back, the server's count of deliveries means nothing. This counts how
   * often each threw here.
   */
  readonly #throws = new Map<number, number>();
  readonly #held = new Map<Delivery, NodeJS.Timeout>();
  readonly #running = new Set<Promise<void>>();
  #puller: Puller | undefined;
  #loop: Promise<void> = Promise.resolve();

  constructor(settings: ConsumerSettings) {
    this.#settings = settings;
    this.#concurrency = Math.max(1, settings.pattern.concurrency ?? 1);
    this.#ackWaitMs = settings.pattern.ackWaitMs ?? 10_000;
    this.#lanes = new Lanes(limitsOf(settings.pattern, this.#concurrency));
  }

  get name(): string {
    return this.#settings.pattern.durable;
  }

  start(): void {
    this.#loop = this.#keepConsuming();
  }

  /**
   * Takes no more messages and waits for those in hand. Messages that were taken but not begun go
   * back.
   */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#loop;
    for (const message of this.#lanes.empty()) {
      this.#release(message);
      message.nak();
    }
    await Promise.all(this.#running);
  }

  /** Hands a parked message to the handler again and returns its result; nothing else happens. */
  async replay(letter: unknown): Promise<Replayed> {
    const given = messageOf(letter);
    const outcome = await this.#handed(given);
    return outcome.kind === 'done' ? { outcome: 'done' } : { outcome: outcome.kind, reason: outcome.reason };
  }

  async #keepConsuming(): Promise<void> {
    const { pattern, logger, connection } = this.#settings;
    for (let failures = 0; !this.#stopped.signal.aborted && !connection.isClosed(); failures += 1) {
      try {
        await this.#consume(() => {
          failures = 0;
        });
      } catch (error) {
        logger.warn(
          { err: error, consumer: pattern.durable, stream: pattern.stream },
          'consumer broke, begins again',
        );
      }
      await pause(backOffMs(failures, 50, 2000, Math.random()), this.#stopped.signal);
    }
  }

  async #consume(onMessage: () => void): Promise<void> {
    const { connection, pattern } = this.#settings;
    const manager = await connection.jetstreamManager();
    await putConsumer(manager.consumers, pattern.stream, {
      durable_name: pattern.durable,
      ...filtersOf(pattern, connection.info?.version ?? ''),
      ack_policy: AckPolicy.Explicit,
      deliver_policy: DeliverPolicy.All,
      ack_wait: nanos(this.#ackWaitMs),
      max_ack_pending: this.#isFair ? mostUnanswered : Math.max(256, 4 * this.#concurrency),
      // INVARIANT: the server never gives up a message by itself, because it would do so without a
      // dead letter. The limits are kept here.
      max_deliver: -1,
    });
    if (this.#stopped.signal.aborted) return;
    this.#puller = new Puller({
      connection,
      stream: pattern.stream,
      durable: pattern.durable,
      // As many messages may wait as are handled at once, so that the next is ready when one is
      // done. If tenants share, the lanes decide.
      room: () =>
        this.#stopped.signal.aborted
          ? 0
          : this.#isFair
            ? 2 * this.#concurrency
            : 2 * this.#concurrency - this.#held.size,
      onDelivery: (message) => {
        onMessage();
        if (this.#isWanted(message.subject)) this.#take(message);
        else this.#pass(message);
      },
    });
    await this.#puller.run(this.#stopped.signal);
  }

  #isWanted(subject: string): boolean {
    const { eventTypes } = this.#settings.pattern;
    if (eventTypes === undefined) return true;
    const parsed = parseSubject(subject);
    return parsed?.kind !== 'events' || eventTypes.includes(parsed.eventType);
  }

  #pass(message: Delivery): void {
    message.ack();
    this.#puller?.poke();
  }

  /**
   * INVARIANT: a message in hand is extended from its arrival, also while it waits for its turn.
   */
  #take(message: Delivery): void {
    if (this.#stopped.signal.aborted) {
      message.nak();
      return;
    }
    if (!this.#lanes.offer(this.#laneOf(message.subject), message)) {
      message.nak(backOffMs(message.deliveries - 1, 500, 5000, Math.random()));
      return;
    }
    this.#held.set(
      message,
      setInterval(() => message.working(), this.#ackWaitMs / 3),
    );
    this.#next();
  }

  get #isFair(): boolean {
    return this.#settings.pattern.fairTo !== undefined;
  }

  #laneOf(subject: string): string {
    if (!this.#isFair) return '';
    const parsed = parseSubject(subject);
    return parsed !== undefined && 'tenant' in parsed ? parsed.tenant : '';
  }

  #next(): void {
    while (!this.#stopped.signal.aborted) {
      const next = this.#lanes.begin();
      if (next === undefined) return;
      const run = this.#handle(next.message).finally(() => {
        this.#lanes.end(next.name);
        this.#running.delete(run);
        this.#next();
      });
      this.#running.add(run);
    }
  }

  #release(message: Delivery): void {
    clearInterval(this.#held.get(message));
    this.#held.delete(message);
    this.#puller?.poke();
  }

  async #handle(message: Delivery): Promise<void> {
    const { pattern, logger } = this.#settings;
    const began = performance.now();
    let outcome: Outcome = { kind: 'failed', reason: 'it was not handled' };
    try {
      outcome = await this.#outcomeOf(message);
      await this.#answer(message, outcome);
    } catch (error) {
      logger.error(
        { err: error, consumer: pattern.durable, subject: message.subject, sequence: message.sequence },
        'a message could not be parked, it comes again',
      );
      message.nak(5000);
    } finally {
      this.#release(message);
    }
    try {
      const seconds = (performance.now() - began) / 1000;
      this.#settings.onHandled?.(pattern.durable, outcome.kind, seconds, message.pending);
    } catch (error) {
      logger.error({ err: error, consumer: pattern.durable }, 'a message could not be counted');
    }
  }

  async #outcomeOf(message: Delivery): Promise<Outcome> {
    const given = busMessage(message);
    if (given.deliveries > Math.max(this.#maxDeliver, this.#maxRetries))
      return { kind: 'stop', reason: `it was handed out ${given.deliveries} times` };
    return this.#handed(given);
  }

  async #handed(given: BusMessage): Promise<Outcome> {
    const { pattern, service, logger, handle } = this.#settings;
    const attributes = {
      'messaging.system': 'nats',
      'messaging.operation.type': 'process',
      'messaging.operation.name': 'handle',
      'messaging.destination.name': given.subject,
      'messaging.consumer.group.name': pattern.durable,
    };
    try {
      const parent = contextOf(given.headers['traceparent']);
      const answer = await inSpan(
        { name: `handle ${pattern.durable}`, kind: SpanKind.CONSUMER, attributes, parent, service },
        () => handle(given),
      );
      return isHandled(answer)
        ? answer
        : { kind: 'failed', reason: 'its handler did not say what became of it' };
    } catch (error) {
      logger.warn(
        {
          err: error,
          consumer: pattern.durable,
          subject: given.subject,
          sequence: given.sequence,
          deliveries: given.deliveries,
        },
        'a handler failed',
      );
      return { kind: 'failed', reason: error instanceof Error ? error.message : String(error) };
    }
  }

  async #answer(message: Delivery, outcome: Outcome): Promise<void> {
    const { connection, pattern, logger } = this.#settings;
    const deliveries = this.#tries(message, outcome);
    const spent =
      (outcome.kind === 'failed' && deliveries >= this.#maxDeliver) ||
      (outcome.kind === 'retry' && deliveries >= this.#maxRetries);
    if (outcome.kind === 'done' || outcome.kind === 'skip') message.ack();
    else if (outcome.kind === 'stop' || spent) {
      await park(connection, pattern, message, outcome.reason);
      logger.error(
        {
          consumer: pattern.durable,
          subject: message.subject,
          sequence: message.sequence,
          deliveries,
          reason: outcome.reason,
        },
        'a message was parked',
      );
      message.term();
    } else if (outcome.kind === 'retry') message.nak(Math.max(1, outcome.afterMs));
    else message.nak(backOffMs(deliveries - 1, 250, 60_000, Math.random()));
  }

  /**
   * How many times it was tried, including now. For shared consumers, messages that were put back
   * do not count.
   */
  #tries({ sequence, deliveries }: Delivery, { kind }: Outcome): number {
    if (!this.#isFair) return deliveries;
    const tries = (this.#throws.get(sequence) ?? 0) + 1;
    if (kind === 'failed' && tries < this.#maxDeliver) {
      this.#throws.set(sequence, tries);
      // Counts of messages that failed here and ended in another instance are eventually dropped.
      if (this.#throws.size > mostUnanswered) this.#throws.delete(this.#throws.keys().next().value!);
    } else if (kind !== 'retry') this.#throws.delete(sequence);
    return kind === 'retry' ? deliveries : tries;
  }

  get #maxDeliver(): number {
    return this.#settings.pattern.maxDeliver ?? 10;
  }

  get #maxRetries(): number {
    return this.#settings.pattern.maxRetries ?? 1000;
  }
}
