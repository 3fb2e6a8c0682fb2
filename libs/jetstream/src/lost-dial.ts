import { ErrorCode, NatsError } from 'nats';
import { ProtocolHandler } from 'nats/lib/nats-base-client/protocol.js';

/**
 * Ends a dial whose connection the bus closes before it has let it in, which it does to everyone who comes while it reads its users anew (tried on 2.9.10).
 * The client 2.29 itself would wait for its whole timeout of 20 s before it dials again, or gives up. Its `connectError` is there as long as a dial waits.
 */
export const endLostDials = (): void => {
  const handler = ProtocolHandler.prototype;
  const { disconnected } = handler;
  handler.disconnected = function (error) {
    this.connectError?.(error ?? NatsError.errorForCode(ErrorCode.Disconnect));
    return disconnected.call(this, error);
  };
};
