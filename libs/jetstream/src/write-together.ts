import type { NatsConnection } from 'nats';

/** What the adapter reaches into of the client 2.29: it writes to the socket as soon as the step that sent something has ended, be there more to come in this turn of the loop or not. */
type Protocol = {
  flushPending: () => void;
  close: () => Promise<void>;
  readonly outbound: { readonly size: () => number };
  readonly pendingLimit: number;
};

/** Has a connection send all that arises in one turn of the event loop (events, answers, acknowledgements) in one write. What is too much to be kept goes at once. */
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
