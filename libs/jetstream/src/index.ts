export {
  planStreams,
  applyStreams,
  presentReplicas,
  provision,
  provisionMissing,
  maxMessageBytes,
} from './provision.js';
export type { StreamChange, BusStreamConfig } from './provision.js';
export { JetStreamTransport } from './transport.js';
export type { TransportOptions, TransportMetrics } from './transport.js';
export { JetStreamContext } from './messages.js';
export type { BusMessage } from './messages.js';
export type { RpcPattern, ConsumerPattern } from './patterns.js';
export type { DeadLetter } from './dead-letter.js';
export { newestMessages, type KeptMessage, type NewestPage } from './newest.js';
export { listDeadLetters, replayDeadLetter, dropDeadLetter } from './dead-letters.js';
export type { ParkedMessage, Replayed } from './dead-letters.js';
export { wipeMessage } from './wipe.js';
export { RpcClient } from './rpc-client.js';
export type { RpcOptions, CallOptions } from './rpc-client.js';
export { shareLocally } from './rpc-local.js';
export { answeredBy, connectBus, newBusKey } from './connect.js';
export type { BusAddress, BusLogin, BusTls } from './connect.js';
export { readBusAddress, readBusTls } from './creds.js';
export { BusPublisher } from './publisher.js';
export type { Published, PublishOptions } from './publisher.js';
export { parseRelayedEvent, relayedEvent } from './relayed-event.js';
export type { RelayedEvent } from './relayed-event.js';
export { createRelay, BusAhead } from './relay.js';
export type { Relay, RelayOptions } from './relay.js';
export { rebuildEvents } from './relay-rebuild.js';
export { relayStatus } from './relay-status.js';
export type { RelayStatus } from './relay-status.js';
export type { BusLogger } from './logger.js';
export { putConsumer } from './put-consumer.js';
