import { Server, type CustomTransportStrategy, type MessageHandler } from '@nestjs/microservices';
import type { NatsConnection } from 'nats';
import { lastValueFrom } from 'rxjs';
import { DurableConsumer, type ConsumerSettings } from './consumer/consumer.js';
import { silent, type BusLogger } from './connection/logger.js';
import { JetStreamContext } from './messages/messages.js';
import { isConsumerPattern, isRpcPattern, type ConsumerPattern } from './messages/patterns.js';
import { RpcCommand, type RpcCommandSettings } from './rpc/rpc-server.js';
import { within } from './messages/timing.js';

const flushMs = 2000;

export type TransportMetrics = {
  readonly onHandled?: ConsumerSettings['onHandled'];
  readonly onAnswered?: RpcCommandSettings['onAnswered'];
};
export type TransportOptions = {
  readonly connection: NatsConnection;
  /** Name of the service: the queue group of its commands. */
  readonly service: string;
  readonly logger?: BusLogger;
  readonly metrics?: TransportMetrics;
};

/**
 * Nest's transport over NATS. `@MessagePattern({ rpc: '<service>.<command>' })` serves a
 * request/reply command. `@EventPattern({ stream, durable, filter, … })` is a durable pull consumer
 * whose handler returns `Handled`. A handler's error must pass Nest's filters unchanged. Bind a
 * filter that rethrows it; otherwise each error becomes `internal-error`.
 */
export class JetStreamTransport extends Server implements CustomTransportStrategy {
  readonly #options: TransportOptions;
  readonly #busLogger: BusLogger;
  readonly #commands = new Map<string, MessageHandler>();
  readonly #consumers = new Map<
    string,
    { readonly pattern: ConsumerPattern; readonly handler: MessageHandler }
  >();
  #serving: readonly RpcCommand[] = [];
  #consuming: readonly DurableConsumer[] = [];

  constructor(options: TransportOptions) {
    super();
    this.#options = options;
    this.#busLogger = options.logger ?? silent;
  }

  /** Throws if a pattern is neither of the two, or is bound twice. */
  override addHandler(
    pattern: unknown,
    callback: MessageHandler,
    isEventHandler = false,
    extras: Record<string, unknown> = {},
  ): void {
    if (isEventHandler && isConsumerPattern(pattern)) {
      if (this.#consumers.has(pattern.durable))
        throw new Error(`consumer \`${pattern.durable}\` has two handlers`);
      this.#consumers.set(pattern.durable, { pattern, handler: callback });
    } else if (!isEventHandler && isRpcPattern(pattern)) {
      if (this.#commands.has(pattern.rpc)) throw new Error(`command \`${pattern.rpc}\` has two handlers`);
      this.#commands.set(pattern.rpc, callback);
    } else {
      throw new Error(`no pattern of this transport: ${JSON.stringify(pattern)}`);
    }
    super.addHandler(pattern, callback, isEventHandler, extras);
  }

  async listen(callback: (error?: unknown) => void): Promise<void> {
    const { connection, service, metrics } = this.#options;
    try {
      this.#serving = [...this.#commands].map(
        ([name, handler]) =>
          new RpcCommand({
            connection,
            service,
            name,
            logger: this.#busLogger,
            onAnswered: metrics?.onAnswered,
            context: (subject, headers) => new JetStreamContext([subject, headers]),
            handle: (request, context) => this.#settle(handler(request, context)),
          }),
      );
      this.#consuming = [...this.#consumers.values()].map(
        ({ pattern, handler }) =>
          new DurableConsumer({
            connection,
            service,
            pattern,
            logger: this.#busLogger,
            onHandled: metrics?.onHandled,
            handle: (message) =>
              this.#settle(handler(message, new JetStreamContext([message.subject, message.headers]))),
          }),
      );
      const replays = this.#consuming.map(
        (consumer) =>
          new RpcCommand({
            connection,
            service,
            group: consumer.name,
            name: `${consumer.name}.replay`,
            logger: this.#busLogger,
            context: (subject, headers) => new JetStreamContext([subject, headers]),
            handle: (letter) => consumer.replay(letter),
          }),
      );
      this.#serving = [...this.#serving, ...replays];
      for (const consumer of this.#consuming) consumer.start();
      if (!(await within(connection.flush(), flushMs)))
        this.#busLogger.warn({ service }, 'the bus does not answer yet, the service is served when it does');
      callback();
    } catch (error) {
      callback(error);
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#serving, ...this.#consuming].map((part) => part.stop()));
    this.#serving = [];
    this.#consuming = [];
  }

  on(): never {
    throw new Error('this transport has no events');
  }

  unwrap<T>(): T {
    return this.#options.connection as T;
  }

  async #settle(result: unknown): Promise<unknown> {
    return lastValueFrom(this.transformToObservable<unknown>((await result) as Promise<unknown>), {
      defaultValue: undefined,
    });
  }
}
