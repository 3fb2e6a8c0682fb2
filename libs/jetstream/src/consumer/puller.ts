import { Events, nanos, type Msg, type NatsConnection, type QueuedIterator, type Status } from 'nats';
import { inboxFor } from '../connection/connect.js';
import { toDelivery, type Delivery } from '../messages/delivery.js';

export type PullSettings = {
  readonly connection: NatsConnection;
  readonly stream: string;
  readonly durable: string;
  /** How many messages may come now. */
  readonly room: () => number;
  readonly onDelivery: (delivery: Delivery) => void;
};

const expiresMs = 20_000;
const heartbeatMs = 1000;
/** Three heartbeats missed: the request is lost. */
const silenceMs = 3 * heartbeatMs + 500;

/**
 * Pulls messages of a durable consumer, never more than there is room for. (The client's own
 * `consume` requests more as messages arrive, however many are unhandled.) One request is open at a
 * time; `poke` opens the next after one ended for lack of room.
 */
export class Puller {
  readonly #settings: PullSettings;
  readonly #inbox: string;
  #left = 0;
  #heardAt = 0;
  #fail: (error: Error) => void = () => undefined;

  constructor(settings: PullSettings) {
    this.#settings = settings;
    this.#inbox = inboxFor(settings.connection);
  }

  /**
   * Pulls until the signal. Throws if the consumer is gone, the server falls silent or the
   * connection is interrupted.
   */
  async run(until: AbortSignal): Promise<void> {
    const { connection } = this.#settings;
    const subscription = connection.subscribe(this.#inbox, {
      callback: (error, message) => {
        if (error === null) this.#onMessage(message);
        else this.#fail(error);
      },
    });
    // The client returns an iterator that can be stopped, and keeps each one until it is.
    const status = connection.status() as QueuedIterator<Status>;
    let watch: NodeJS.Timeout | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        this.#fail = reject;
        if (until.aborted) resolve();
        until.addEventListener('abort', () => resolve(), { once: true });
        watch = setInterval(() => {
          if (this.#left > 0 && performance.now() - this.#heardAt > silenceMs)
            reject(new Error('the server fell silent'));
        }, heartbeatMs);
        void (async () => {
          for await (const { type } of status)
            if (type === Events.Reconnect) reject(new Error('the connection was broken'));
          reject(new Error('the connection was closed'));
        })().catch(reject);
        this.poke();
      });
    } finally {
      this.#fail = () => undefined;
      this.#left = 0;
      clearInterval(watch);
      status.stop();
      if (!connection.isClosed()) subscription.unsubscribe();
    }
  }

  /** There may be room again. */
  poke(): void {
    const { connection, stream, durable, room } = this.#settings;
    const batch = this.#left > 0 ? 0 : room();
    if (batch <= 0) return;
    this.#left = batch;
    this.#heardAt = performance.now();
    const request = JSON.stringify({ batch, expires: nanos(expiresMs), idle_heartbeat: nanos(heartbeatMs) });
    try {
      connection.publish(`$JS.API.CONSUMER.MSG.NEXT.${stream}.${durable}`, request, { reply: this.#inbox });
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #onMessage(message: Msg): void {
    this.#heardAt = performance.now();
    const delivery = toDelivery(message);
    if (delivery !== undefined) {
      this.#left -= 1;
      this.#settings.onDelivery(delivery);
      this.poke();
      return;
    }
    const code = message.headers?.code ?? 0;
    if (code === 100) return;
    // 404 and 408: the request ended without more messages. 409: it was ended, e.g. for another
    // leader. All others are errors.
    const text = message.headers?.description ?? '';
    if (code === 404 || code === 408 || (code === 409 && !/deleted|exceeded maxrequest/i.test(text))) {
      this.#left = 0;
      if (code === 409) setTimeout(() => this.poke(), 100);
      else this.poke();
    } else {
      this.#fail(new Error(`the server answered ${code} ${text}`));
    }
  }
}
