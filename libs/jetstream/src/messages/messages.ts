import { parseSubject } from '@interlock/contracts';
import { BaseRpcContext } from '@nestjs/microservices';
import type { Delivery } from './delivery.js';
import { incomingHeaders } from './trace-context.js';

/** A message of a durable consumer as its handler receives it. */
export type BusMessage = {
  readonly subject: string;
  /** Parsed JSON; `undefined` if the payload is not JSON. */
  readonly data: unknown;
  readonly raw: Uint8Array;
  readonly headers: { readonly [name: string]: string };
  /** How many times it was delivered, including now. */
  readonly deliveries: number;
  /** Its place in the stream. */
  readonly sequence: number;
  /**
   * When the bus stored it, by the bus's own clock; absent if the bus does not say, as for a parked
   * message.
   */
  readonly publishedAt?: string;
};

/** Second argument of every handler: subject and headers. */
export class JetStreamContext extends BaseRpcContext<
  [subject: string, headers: { readonly [name: string]: string }]
> {
  getSubject(): string {
    return this.args[0];
  }

  /**
   * The caller: the authenticated user from the subject of a command; empty if it is not a command.
   */
  getCaller(): string {
    const parsed = parseSubject(this.getSubject());
    return parsed?.kind === 'rpc' ? parsed.caller : '';
  }

  getHeaders(): { readonly [name: string]: string } {
    return this.args[1];
  }
}

export const parseJson = (raw: Uint8Array): unknown => {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(raw)) as unknown;
  } catch {
    return undefined;
  }
};

export const busMessage = (message: Delivery): BusMessage => ({
  subject: message.subject,
  data: parseJson(message.data),
  raw: message.data,
  headers: incomingHeaders(message.headers),
  deliveries: message.deliveries,
  sequence: message.sequence,
  ...(message.publishedMs === undefined ? {} : { publishedAt: new Date(message.publishedMs).toISOString() }),
});
