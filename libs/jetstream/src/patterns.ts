import type { BusStream } from '@interlock/contracts';

/** Of `@MessagePattern`: a command of request and reply, `<service>.<command>`. */
export type RpcPattern = { readonly rpc: string };

/** Of `@EventPattern`: a durable pull consumer. */
export type ConsumerPattern = {
  readonly stream: BusStream;
  readonly durable: string;
  readonly filter: string;
  /** Of EVENTS: the event types that are handled. A server of 2.9 filters by one subject only: there, what carries another type is acknowledged unread. */
  readonly eventTypes?: readonly string[];
  /** How many messages are handled at once; 1 unless told. */
  readonly concurrency?: number;
  /**
   * The tenants of the subjects take turns: of one tenant no more is handled or held at once than its share, and what is over it is put back, to come again in
   * a moment. Its order is then not that of the stream.
   */
  readonly fairTo?: 'tenant';
  /** How many deliveries may end in a throw before the message is parked; 10 unless told. */
  readonly maxDeliver?: number;
  /** How many deliveries may end in the handler's own `retry` before the message is parked; 1000 unless told: outages are waited for. */
  readonly maxRetries?: number;
  /** Milliseconds after which a message of a dead process goes to another one; 10 000 unless told. Longer work extends it by itself. */
  readonly ackWaitMs?: number;
};

export const isRpcPattern = (pattern: unknown): pattern is RpcPattern =>
  typeof pattern === 'object' &&
  pattern !== null &&
  'rpc' in pattern &&
  typeof pattern.rpc === 'string' &&
  /^[^.\s]+\.[^.\s]+$/.test(pattern.rpc);

export const isConsumerPattern = (pattern: unknown): pattern is ConsumerPattern =>
  typeof pattern === 'object' &&
  pattern !== null &&
  ['stream', 'durable', 'filter'].every(
    (name) => typeof (pattern as { [name: string]: unknown })[name] === 'string',
  );
