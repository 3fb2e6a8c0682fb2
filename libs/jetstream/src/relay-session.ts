import { parseStream, subject } from '@interlock/contracts';
import type { EventStore, Position, RecordedEvent } from '@interlock/kernel';
import { positionText } from '@interlock/kernel';
import { headers, type JetStreamClient, type NatsConnection } from 'nats';
import type { BusLogger } from './logger.js';
import { maxMessageBytes } from './provision.js';
import { relayedEvent, type RelayedEvent } from './relayed-event.js';

export type SessionSettings = {
  readonly store: EventStore;
  readonly connection: NatsConnection;
  readonly after: Position | null;
  /** The stream's last sequence at the start: what the first publish must follow. */
  readonly sequence: number;
  readonly window: number;
  readonly logger: BusLogger;
  readonly mayPublish: () => boolean;
  readonly onRelayed: (position: Position) => void;
};

const token = /^[A-Za-z0-9_=-]+$/;
const headerAllowance = 4096;

/** The subject of an event; `undefined` where its stream or type is none of Interlock's. */
export const relaySubject = (event: { readonly stream: string; readonly type: string }): string | undefined => {
  const parsed = parseStream(event.stream);
  if (parsed === undefined) return undefined;
  const name = subject({ kind: 'events', category: parsed.category, eventType: event.type, tenant: parsed.tenant });
  return name.split('.').every((part) => token.test(part)) ? name : undefined;
};

/** The body of an event; where it is too large for a message, without its data. */
export const relayBody = (event: RecordedEvent, maxBytes: number): Uint8Array => {
  const whole = relayedEvent(event);
  const body = Buffer.from(JSON.stringify(whole));
  if (body.byteLength <= maxBytes) return body;
  const stub: RelayedEvent = { ...whole, data: null, truncated: true };
  return Buffer.from(JSON.stringify(stub));
};

/**
 * One turn of the active relay. Publishes are pipelined; each names the message that it must follow, so that the stream takes them in the
 * order of the log or not at all: after a failure, and where anyone else has written, whatever comes later is refused too. (Counting
 * sequences would not do: someone else's message fills the place of one that was refused.)
 */
export class RelaySession {
  readonly #settings: SessionSettings;
  readonly #jetstream: JetStreamClient;
  readonly #ended = new AbortController();
  /** In the order of the log. */
  readonly #window: { readonly position: Position; taken: boolean }[] = [];
  readonly #inFlight = new Set<Promise<void>>();
  #previous: string | undefined;
  #failure: unknown;
  #room: (() => void) | undefined;

  constructor(settings: SessionSettings) {
    this.#settings = settings;
    this.#jetstream = settings.connection.jetstream();
  }

  /** Relays until the signal, until JetStream dropped a repeat, or until something fails, which is thrown. */
  async run(until: AbortSignal): Promise<void> {
    const ended = new Promise<void>((resolve) => {
      const signal = AbortSignal.any([until, this.#ended.signal]);
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => { resolve(); }, { once: true });
    });
    const subscription = this.#settings.store.subscribe({ after: this.#settings.after, name: 'relay' }, {
      onEvent: (event) => this.#relay(event),
      onFailure: (error) => { this.#fail(error); },
    });
    await ended;
    this.#ended.abort();
    this.#room?.();
    await subscription.stop();
    await Promise.all(this.#inFlight);
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #relay(event: RecordedEvent): Promise<void> {
    while (this.#inFlight.size >= this.#settings.window && !this.#ended.signal.aborted) await new Promise<void>((resolve) => { this.#room = resolve; });
    if (this.#ended.signal.aborted) return;
    const to = relaySubject(event);
    if (to === undefined) {
      this.#settings.logger.warn({ stream: event.stream, type: event.type }, 'an event that has no subject was left out');
      this.#window.push({ position: event.position, taken: true });
      this.#advance();
      return;
    }
    if (!this.#settings.mayPublish()) {
      this.#fail(new Error('the lease is not valid any more'));
      return;
    }
    const place = { position: event.position, taken: false };
    this.#window.push(place);
    const publish = this.#publish(to, event, this.#previous, place).finally(() => {
      this.#inFlight.delete(publish);
      this.#room?.();
    });
    this.#previous = event.id;
    this.#inFlight.add(publish);
  }

  async #publish(to: string, event: RecordedEvent, previous: string | undefined, place: { taken: boolean }): Promise<void> {
    const { connection } = this.#settings;
    const given = headers();
    given.set('position', positionText(event.position));
    if (event.metadata.traceparent !== undefined) given.set('traceparent', event.metadata.traceparent);
    const expect = previous === undefined ? { lastSequence: this.#settings.sequence } : { lastMsgID: previous };
    const maxBytes = Math.min(connection.info?.max_payload ?? maxMessageBytes, maxMessageBytes) - headerAllowance;
    try {
      const ack = await this.#jetstream.publish(to, relayBody(event, maxBytes), { msgID: event.id, headers: given, timeout: 5000, expect });
      place.taken = true;
      this.#advance();
      // The log may hold an event twice (appends without expected revision). JetStream drops the second, so that what follows it is refused.
      if (ack.duplicate) this.#ended.abort();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** INVARIANT: the position moves only over events without a gap before them: that a repeat was dropped says nothing of its predecessors. */
  #advance(): void {
    while (this.#window[0]?.taken === true) this.#settings.onRelayed(this.#window.shift()!.position);
  }

  #fail(error: unknown): void {
    if (this.#ended.signal.aborted) return;
    this.#failure ??= error;
    this.#ended.abort();
    this.#room?.();
  }
}
