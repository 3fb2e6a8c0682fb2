import type { BusStream } from '@interlock/contracts';

/** For `@MessagePattern`: a request/reply command, `<service>.<command>`. */
export type RpcPattern = { readonly rpc: string };

/** For `@EventPattern`: a durable pull consumer. */
export type ConsumerPattern = {
  readonly stream: BusStream;
  readonly durable: string;
  readonly filter: string;
  /**
   * For EVENTS: the handled event types. A 2.9 server filters by one subject only. There, events of
   * other types are acknowledged unread.
   */
  readonly eventTypes?: readonly string[];
  /** How many messages are handled at once; default 1. */
  readonly concurrency?: number;
  /**
   * The tenants of the subjects take turns. No more of one tenant's messages than its share are
   * handled or held at once. The excess is put back and delivered again shortly. The order is then
   * not that of the stream.
   */
  readonly fairTo?: 'tenant';
  /** How many deliveries may throw before the message is parked; default 10. */
  readonly maxDeliver?: number;
  /**
   * How many deliveries may end in the handler's own `retry` before the message is parked. The
   * default is 1000, because it waits for outages to end.
   */
  readonly maxRetries?: number;
  /**
   * Milliseconds after which a message of a dead process goes to another one; default 10 000.
   * Longer work extends it by itself.
   */
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
