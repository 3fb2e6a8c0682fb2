import type { Msg, MsgHdrs } from 'nats';

/** One delivery of a message of a durable consumer, to be acknowledged once. */
export type Delivery = {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers: MsgHdrs | undefined;
  /** Its place in the stream. */
  readonly sequence: number;
  /** How many times it was delivered, including now. */
  readonly deliveries: number;
  /** When the bus stored it, in milliseconds since 1970; absent if the bus does not say. */
  readonly publishedMs?: number;
  /** Messages of its consumer that the bus has not delivered yet. */
  readonly pending: number;
  readonly ack: () => void;
  /** Deliver it again, after this number of milliseconds. */
  readonly nak: (afterMs?: number) => void;
  /** Never deliver it again. */
  readonly term: () => void;
  /** Still in progress: the wait for the acknowledgement restarts. */
  readonly working: () => void;
};

/**
 * Reads the acknowledgement subject (NATS ADR-15: nine tokens, or two more with a domain and
 * account); `undefined` for any other subject.
 */
export const toDelivery = (message: Msg): Delivery | undefined => {
  const tokens = (message.reply ?? '').split('.');
  if (tokens[0] !== '$JS' || tokens[1] !== 'ACK' || tokens.length < 9) return undefined;
  const [deliveries, sequence, , publishedNs, pending = 0] = tokens
    .slice(tokens.length === 9 ? 4 : 6)
    .map(Number);
  if (
    deliveries === undefined ||
    sequence === undefined ||
    !Number.isSafeInteger(deliveries) ||
    !Number.isSafeInteger(sequence)
  )
    return undefined;
  const answer = (text: string): void => {
    try {
      message.respond(text);
    } catch {
      // The connection was closed. Without an acknowledgement, the message is delivered again.
    }
  };
  return {
    subject: message.subject,
    data: message.data,
    headers: message.headers,
    sequence,
    deliveries,
    pending,
    ...(publishedNs === undefined || !Number.isFinite(publishedNs) || publishedNs <= 0
      ? {}
      : { publishedMs: Math.floor(publishedNs / 1_000_000) }),
    ack: () => answer('+ACK'),
    nak: (afterMs = 0) =>
      answer(afterMs > 0 ? `-NAK ${JSON.stringify({ delay: Math.round(afterMs) * 1_000_000 })}` : '-NAK'),
    term: () => answer('+TERM'),
    working: () => answer('+WPI'),
  };
};
