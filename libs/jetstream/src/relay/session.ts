import { parseStream, subject } from '@interlock/contracts';
import type { EventStore, Position, RecordedEvent } from '@interlock/kernel';
import { positionText } from '@interlock/kernel';
import { atThisPace } from '@interlock/pace';
import { headers, type JetStreamClient, type NatsConnection } from 'nats';
import type { BusLogger } from '../connection/logger.js';
import { maxMessageBytes } from '../connection/provision.js';
import { relayedEvent, type RelayedEvent } from './relayed-event.js';
import type { Reached } from './place.js';

export type SessionSettings = {
  readonly store: EventStore;
  readonly connection: NatsConnection;
  readonly after: Position | null;
  /** The stream's last sequence at the start: the first publish must follow it. */
  readonly sequence: number;
  readonly window: number;
  readonly logger: BusLogger;
  readonly mayPublish: () => boolean;
  /** True for an event that must not reach the bus; by default none. */
  readonly isLeftOut?: (event: RecordedEvent) => Promise<boolean>;
  /**
   * Everything up to this position is on the bus or does not belong there; the message's sequence
   * if one was stored.
   */
  readonly onRelayed: (reached: Reached, sequence: number | null) => void;
};

const token = /^[A-Za-z0-9_=-]+$/;
const headerAllowance = 4096;
/**
 * NATS puts the subject into one line with its own data. A line that is too long ends the
 * connection of the whole process.
 */
const longestSubject = 1024;
const traceparent = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * The subject of an event; `undefined` if its stream or type is not one of Interlock's, or is too
 * long.
 */
export const relaySubject = (event: {
  readonly stream: string;
  readonly type: string;
}): string | undefined => {
  const parsed = parseStream(event.stream);
  if (parsed === undefined) return undefined;
  const name = subject({
    kind: 'events',
    category: parsed.category,
    eventType: event.type,
    tenant: parsed.tenant,
  });
  return name.length <= longestSubject && name.split('.').every((part) => token.test(part))
    ? name
    : undefined;
};

/**
 * The body of an event. If it is too large for a message, without its data; if still too large,
 * without its metadata; `undefined` if even its name is too large.
 */
export const relayBody = (event: RecordedEvent, maxBytes: number): Uint8Array | undefined => {
  const whole = relayedEvent(event);
  const stub: RelayedEvent = { ...whole, data: null, truncated: true };
  for (const shape of [whole, stub, { ...stub, metadata: {} }]) {
    const body = Buffer.from(JSON.stringify(shape));
    if (body.byteLength <= maxBytes) return body;
  }
  return undefined;
};

type Place = { readonly reached: Reached; taken: boolean; sequence: number | null };

/**
 * One turn of the active relay. Publishes are pipelined. Each names the message that it must
 * follow, so the stream stores them in the order of the log or not at all. After a failure, or if
 * another user has written, every later one is refused too. (Counting sequences would not be
 * enough: another user's message could take the place of a refused one.)
 */
export class RelaySession {
  readonly #settings: SessionSettings;
  readonly #jetstream: JetStreamClient;
  readonly #ended = new AbortController();
  /** In the order of the log. */
  readonly #window: Place[] = [];
  readonly #inFlight = new Set<Promise<void>>();
  #previous: string | undefined;
  #isOpen = false;
  #failure: unknown;
  #room: (() => void) | undefined;

  constructor(settings: SessionSettings) {
    this.#settings = settings;
    this.#jetstream = settings.connection.jetstream();
  }

  /**
   * Relays until the signal, until JetStream dropped a repeat, until a new connection to the log,
   * or until a failure, which is thrown.
   */
  async run(until: AbortSignal): Promise<void> {
    const ended = new Promise<void>((resolve) => {
      const signal = AbortSignal.any([until, this.#ended.signal]);
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    const subscription = this.#settings.store.subscribe(
      { after: this.#settings.after, name: 'relay' },
      {
        onOpened: () => {
          // The log may be another one now, so the next turn checks first.
          if (this.#isOpen) this.#ended.abort();
          this.#isOpen = true;
        },
        onEvent: (event) => this.#relay(event),
        onFailure: (error) => this.#fail(error),
      },
    );
    await ended;
    this.#ended.abort();
    this.#room?.();
    await subscription.stop();
    await Promise.all(this.#inFlight);
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #relay(event: RecordedEvent): Promise<void> {
    while (this.#inFlight.size >= this.#settings.window && !this.#ended.signal.aborted)
      await new Promise<void>((resolve) => {
        this.#room = resolve;
      });
    if (this.#ended.signal.aborted) return;
    const { connection, logger } = this.#settings;
    const isLeftOut = (await this.#settings.isLeftOut?.(event)) === true;
    if (this.#ended.signal.aborted) return;
    const to = isLeftOut ? undefined : relaySubject(event);
    const body =
      to === undefined
        ? undefined
        : relayBody(
            event,
            Math.min(connection.info?.max_payload ?? maxMessageBytes, maxMessageBytes) - headerAllowance,
          );
    const place: Place = {
      reached: { position: event.position, id: event.id },
      taken: false,
      sequence: null,
    };
    if (to === undefined || body === undefined) {
      logger.warn(
        { stream: event.stream.slice(0, 300), type: event.type.slice(0, 300) },
        'an event that is forged, has no subject, or is too large even without its data, was left out',
      );
      place.taken = true;
      this.#window.push(place);
      this.#advance();
      return;
    }
    if (!this.#settings.mayPublish()) {
      this.#fail(new Error('the lease is not valid any more'));
      return;
    }
    this.#window.push(place);
    const publish = this.#publish(to, body, event, this.#previous, place).finally(() => {
      this.#inFlight.delete(publish);
      this.#room?.();
    });
    this.#previous = event.id;
    this.#inFlight.add(publish);
  }

  async #publish(
    to: string,
    body: Uint8Array,
    event: RecordedEvent,
    previous: string | undefined,
    place: Place,
  ): Promise<void> {
    const given = headers();
    given.set('position', positionText(event.position));
    const parent: unknown = event.metadata.traceparent;
    if (typeof parent === 'string' && traceparent.test(parent)) given.set('traceparent', parent);
    const expect =
      previous === undefined ? { lastSequence: this.#settings.sequence } : { lastMsgID: previous };
    try {
      const ack = await this.#jetstream.publish(to, body, {
        msgID: event.id,
        headers: given,
        timeout: atThisPace(5000),
        expect,
      });
      place.taken = true;
      place.sequence = ack.seq;
      this.#advance();
      // The log may hold an event twice (appends without expected revision). JetStream drops the
      // second, so the next publish is refused.
      if (ack.duplicate) this.#ended.abort();
    } catch (error) {
      this.#fail(error);
    }
  }

  /**
   * INVARIANT: the position moves only over events without a gap before them, because a dropped
   * repeat says nothing about its predecessors.
   */
  #advance(): void {
    while (this.#window[0]?.taken === true) {
      const { reached, sequence } = this.#window.shift()!;
      this.#settings.onRelayed(reached, sequence);
    }
  }

  #fail(error: unknown): void {
    if (this.#ended.signal.aborted) return;
    this.#failure ??= error;
    this.#ended.abort();
    this.#room?.();
  }
}
