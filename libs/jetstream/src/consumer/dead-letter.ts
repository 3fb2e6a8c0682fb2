import { cutText, ProblemError } from '@interlock/kernel';
import { subject, type BusStream, type Timestamp } from '@interlock/contracts';
import type { NatsConnection } from 'nats';
import type { Delivery } from '../messages/delivery.js';
import { incomingHeaders } from '../messages/trace-context.js';
import { parseJson, type BusMessage } from '../messages/messages.js';
import type { ConsumerPattern } from '../messages/patterns.js';
import { maxMessageBytes } from '../connection/provision.js';
import { BusPublisher } from '../messages/publisher.js';

/** A message on `interlock.dead.<consumer>`: one that was given up, and why. */
export type DeadLetter = {
  readonly consumer: string;
  readonly stream: BusStream;
  readonly subject: string;
  readonly sequence: number;
  readonly reason: string;
  readonly deliveries: number;
  readonly at: Timestamp;
  readonly headers: { readonly [name: string]: string };
  /** The parsed JSON; null if it was not JSON. */
  readonly payload: unknown;
  /** The bytes of a payload that the JSON alone does not restore. */
  readonly payload_base64?: string;
  /** The payload was too large for the letter; the stream keeps it until it ages out. */
  readonly truncated?: true;
};

/**
 * Returns whether the parsed JSON restores the bytes. Others write JSON with spaces, in another
 * order, or with numbers that lose digits.
 */
const isRestored = (parsed: unknown, data: Uint8Array): boolean =>
  parsed !== undefined && Buffer.from(JSON.stringify(parsed)).equals(data);

/**
 * Writes the dead letter of a message, once however often it is repeated within two minutes. Throws
 * `bus-unavailable`.
 */
export const park = async (
  connection: NatsConnection,
  pattern: ConsumerPattern,
  message: Delivery,
  reason: string,
): Promise<void> => {
  const parsed = parseJson(message.data);
  const letter: DeadLetter = {
    consumer: pattern.durable,
    stream: pattern.stream,
    subject: message.subject,
    sequence: message.sequence,
    reason: cutText(reason, 2000),
    deliveries: message.deliveries,
    at: new Date().toISOString(),
    headers: incomingHeaders(message.headers),
    payload: parsed ?? null,
  };
  const payload_base64 = Buffer.from(message.data).toString('base64');
  const forms: readonly DeadLetter[] = [
    ...(isRestored(parsed, message.data) ? [] : [{ ...letter, payload_base64 }]),
    ...(parsed === undefined ? [] : [letter]),
  ];
  const most = Math.min(connection.info?.max_payload ?? maxMessageBytes, maxMessageBytes) - 4096;
  const kept: DeadLetter = forms.find((form) => Buffer.byteLength(JSON.stringify(form)) < most) ?? {
    ...letter,
    payload: null,
    truncated: true,
  };
  await new BusPublisher(connection).publish(subject({ kind: 'dead', consumer: pattern.durable }), kept, {
    msgId: `dead:${pattern.stream}:${pattern.durable}:${message.sequence}`,
  });
};

/**
 * Restores the original message of a dead letter. Throws `payload-too-large` if the payload was not
 * kept, and `validation-failed` if it is not a dead letter.
 */
export const messageOf = (value: unknown): BusMessage => {
  const letter = value as Partial<DeadLetter> | null;
  if (typeof letter?.subject !== 'string' || typeof letter.sequence !== 'number')
    throw new ProblemError('validation-failed', 'this is not a dead letter');
  if (letter.truncated === true)
    throw new ProblemError(
      'payload-too-large',
      `the payload of the parked message was too large to be kept: it stands at ${letter.sequence} of ${letter.stream}`,
    );
  const raw =
    letter.payload_base64 === undefined
      ? Buffer.from(JSON.stringify(letter.payload ?? null))
      : Buffer.from(letter.payload_base64, 'base64');
  return {
    subject: letter.subject,
    data: letter.payload_base64 === undefined ? letter.payload : parseJson(raw),
    raw,
    headers: letter.headers ?? {},
    deliveries: (letter.deliveries ?? 0) + 1,
    sequence: letter.sequence,
  };
};
