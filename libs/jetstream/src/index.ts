export {
  planStreams,
  applyStreams,
  presentReplicas,
  provision,
  provisionMissing,
  maxMessageBytes,
} from './connection/provision.js';
export type { StreamChange, BusStreamConfig } from './connection/provision.js';
export { JetStreamTransport } from './transport.js';
export type { TransportOptions, TransportMetrics } from './transport.js';
export { JetStreamContext } from './messages/messages.js';
export type { BusMessage } from './messages/messages.js';
export type { RpcPattern, ConsumerPattern } from './messages/patterns.js';
export type { DeadLetter } from './consumer/dead-letter.js';
export { newestMessages, type KeptMessage, type NewestPage } from './consumer/newest.js';
export { listDeadLetters, replayDeadLetter, dropDeadLetter } from './consumer/dead-letters.js';
export type { ParkedMessage, Replayed } from './consumer/dead-letters.js';
export { wipeMessage } from './consumer/wipe.js';
export { RpcClient } from './rpc/rpc-client.js';
export type { RpcOptions, CallOptions } from './rpc/rpc-client.js';
export { shareLocally } from './rpc/rpc-local.js';
export { answeredBy, connectBus, newBusKey } from './connection/connect.js';
export type { BusAddress, BusLogin, BusTls } from './connection/connect.js';
export { readBusAddress, readBusTls } from './connection/creds.js';
export {
  activeTraceparent,
  contextOf,
  inSpan,
  outgoingHeaders,
  spanError,
  traceparentWithin,
} from './messages/trace-context.js';
export type { SpanOf } from './messages/trace-context.js';
export { BusPublisher } from './messages/publisher.js';
export type { Published, PublishOptions } from './messages/publisher.js';
export { parseRelayedEvent, relayedEvent } from './relay/relayed-event.js';
export type { RelayedEvent } from './relay/relayed-event.js';
export { createRelay, BusAhead } from './relay/relay.js';
export type { Relay, RelayOptions } from './relay/relay.js';
export { rebuildEvents } from './relay/rebuild.js';
export { relayStatus } from './relay/status.js';
export type { RelayStatus } from './relay/status.js';
export type { BusLogger } from './connection/logger.js';
export { putConsumer } from './consumer/put-consumer.js';
