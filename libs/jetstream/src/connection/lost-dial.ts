import { ErrorCode, NatsError } from 'nats';
import { ProtocolHandler } from 'nats/lib/nats-base-client/protocol.js';

/**
 * Ends a dial whose connection the bus closes before it accepts it. The bus does so with every
 * connection while it reads its users again (tried on 2.9.10). The client 2.29 would wait for its
 * whole timeout of 20 s before it dials again or gives up. Its `connectError` exists as long as a
 * dial waits.
 */
export const endLostDials = (): void => {
  const handler = ProtocolHandler.prototype;
  const { disconnected } = handler;
  handler.disconnected = function (error) {
    this.connectError?.(error ?? NatsError.errorForCode(ErrorCode.Disconnect));
    return disconnected.call(this, error);
  };
};
