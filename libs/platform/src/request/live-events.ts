import { parseStream } from '@interlock/contracts';
import { positionText, type EventStore, type LogSubscription, type RecordedEvent } from '@interlock/kernel';
import type { SseEvent } from './sse.js';

const kept = 1000;
type Listener = { readonly tenant: string; readonly queue: SseEvent[]; wake: () => void };

export type LiveSource = {
  /** The subscription's name. */
  readonly name: string;
  /** The streams whose events are sent. */
  readonly prefixes: readonly string[];
  /** The message about an event; `id` is that of its stream. */
  readonly data: (id: string, event: RecordedEvent) => Readonly<Record<string, unknown>>;
};

/**
 * Hands the log's events to watchers as they come. A watcher that falls more than 1000 behind loses
 * the oldest.
 */
export class LiveEvents {
  readonly #listeners = new Set<Listener>();
  #subscription: LogSubscription | undefined;

  constructor(
    private readonly store: EventStore,
    private readonly source: LiveSource,
  ) {}

  async start(): Promise<void> {
    const { name, prefixes } = this.source;
    this.#subscription = this.store.subscribe(
      { after: await this.store.head(), prefixes, name },
      {
        onEvent: (event) => {
          this.#tell(event);
        },
      },
    );
  }

  async stop(): Promise<void> {
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const listener of listeners) listener.wake();
    await this.#subscription?.stop();
  }

  #tell(event: RecordedEvent): void {
    const stream = parseStream(event.stream);
    if (stream === undefined) return;
    const message: SseEvent = {
      id: positionText(event.position),
      event: event.type,
      data: this.source.data(stream.id, event),
    };
    for (const listener of this.#listeners) {
      if (listener.tenant !== stream.tenant) continue;
      listener.queue.push(message);
      if (listener.queue.length > kept) listener.queue.shift();
      listener.wake();
    }
  }

  /** The events of a tenant from now on. */
  async *watch(tenant: string): AsyncGenerator<SseEvent> {
    const listener: Listener = { tenant, queue: [], wake: () => undefined };
    this.#listeners.add(listener);
    try {
      while (this.#listeners.has(listener)) {
        const next = listener.queue.shift();
        if (next !== undefined) yield next;
        else
          await new Promise<void>((resolve) => {
            listener.wake = resolve;
          });
      }
    } finally {
      this.#listeners.delete(listener);
    }
  }
}
