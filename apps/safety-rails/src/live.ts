import { parseStream } from '@interlock/contracts';
import { positionText, type EventStore, type LogSubscription, type RecordedEvent } from '@interlock/kernel';
import type { SseEvent } from '@interlock/platform';

const kept = 1000;
type Listener = { readonly tenant: string; readonly queue: SseEvent[]; wake: () => void };

/** Hands the events of actions to whoever watches, as they come; a watcher that falls too far behind loses the oldest. */
export class LiveActions {
  readonly #listeners = new Set<Listener>();
  #subscription: LogSubscription | undefined;

  constructor(private readonly store: EventStore) {}

  async start(): Promise<void> {
    this.#subscription = this.store.subscribe({ after: await this.store.head(), prefixes: ['action-'], name: 'safety-rails-live' }, { onEvent: (event) => { this.#tell(event); } });
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
    const told: SseEvent = { id: positionText(event.position), event: event.type, data: { action_id: stream.id, at: event.metadata.occurred_at, revision: `${event.revision}`, data: event.data } };
    for (const listener of this.#listeners) {
      if (listener.tenant !== stream.tenant) continue;
      listener.queue.push(told);
      if (listener.queue.length > kept) listener.queue.shift();
      listener.wake();
    }
  }

  /** What happens from now on in a tenant. */
  async *watch(tenant: string): AsyncGenerator<SseEvent> {
    const listener: Listener = { tenant, queue: [], wake: () => undefined };
    this.#listeners.add(listener);
    try {
      while (this.#listeners.has(listener)) {
        const next = listener.queue.shift();
        if (next !== undefined) yield next;
        else await new Promise<void>((resolve) => { listener.wake = resolve; });
      }
    } finally {
      this.#listeners.delete(listener);
    }
  }
}
