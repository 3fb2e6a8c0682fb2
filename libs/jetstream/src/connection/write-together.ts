import type { NatsConnection } from 'nats';

/**
 * The parts of the client 2.29 that the adapter uses. The client writes to the socket as soon as
 * the sending step has ended, even if more follows in this turn of the event loop.
 */
type Protocol = {
  flushPending: () => void;
  close: () => Promise<void>;
  readonly outbound: { readonly size: () => number };
  readonly pendingLimit: number;
};

/**
 * Makes a connection send everything from one turn of the event loop (events, answers,
 * acknowledgements) in one write. Data that are too large to buffer are sent at once.
 */
export const writeTogether = (connection: NatsConnection): void => {
  const { protocol } = connection as unknown as { readonly protocol: Protocol };
  const flush = protocol.flushPending.bind(protocol);
  const close = protocol.close.bind(protocol);
  let isDue = false;
  protocol.flushPending = () => {
    if (protocol.outbound.size() >= protocol.pendingLimit) flush();
    if (isDue) return;
    isDue = true;
    setImmediate(() => {
      isDue = false;
      flush();
    });
  };
  protocol.close = () => {
    flush();
    return close();
  };
};
