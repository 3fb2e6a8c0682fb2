import { parseStream } from '@interlock/contracts';
import {
  comparePositions,
  positionText,
  ProblemError,
  type EventStore,
  type LogSubscription,
  type Position,
  type RecordedEvent,
} from '@interlock/kernel';
import type { SseEvent } from './sse.js';

const kept = 1000;
/** The number of events that are read in advance for a watcher that catches up. */
const readAhead = 100;

type Placed = { readonly position: Position; readonly message: SseEvent };
type Listener = { readonly tenant: string; readonly queue: Placed[]; wake: () => void };

export type LiveSource = {
  /** The subscription's name. */
  readonly name: string;
  /** The streams whose events are sent. */
  readonly prefixes: readonly string[];
  /** Returns the message about an event. `id` is that of its stream. */
  readonly data: (id: string, event: RecordedEvent) => Readonly<Record<string, unknown>>;
};

/** The type of the first message. Its id is the position after which the watcher gets events. */
export const openedEvent = 'opened';

/**
 * Passes the log's events on to watchers. A watcher that falls more than 1000 events behind gets
 * these, and then its watch ends. It can resume after the last of them.
 */
export class LiveEvents {
  readonly #listeners = new Set<Listener>();
  #subscription: LogSubscription | undefined;
  /** The position of the last event that the listeners received. */
  #at: Position | null = null;

  constructor(
    private readonly store: EventStore,
    private readonly source: LiveSource,
  ) {}

  async start(): Promise<void> {
    const { name, prefixes } = this.source;
    this.#at = await this.store.head();
    this.#subscription = this.store.subscribe(
      { after: this.#at, prefixes, name },
      {
        onEvent: (event) => {
          this.#at = event.position;
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

  #placed(event: RecordedEvent, tenant: string): Placed | undefined {
    const stream = parseStream(event.stream);
    if (stream?.tenant !== tenant) return undefined;
    const { position, type } = event;
    const data = this.source.data(stream.id, event);
    return { position, message: { id: positionText(position), event: type, data } };
  }

  #tell(event: RecordedEvent): void {
    for (const listener of this.#listeners) {
      const placed = this.#placed(event, listener.tenant);
      if (placed === undefined) continue;
      listener.queue.push(placed);
      if (listener.queue.length >= kept) this.#listeners.delete(listener);
      listener.wake();
    }
  }

  /**
   * Returns the events of a tenant after a position, or from now on. `openedEvent` comes first.
   * Throws `validation-failed` if the log ends before the position.
   */
  async watch(tenant: string, after: Position | null = null): Promise<AsyncGenerator<SseEvent>> {
    if (after !== null) {
      const head = await this.store.head();
      if (head === null || comparePositions(after, head) > 0)
        throw new ProblemError('validation-failed', 'the log ends before the position in `Last-Event-ID`', {
          remedy: 'the log was restored or is another one: read everything again, and omit the header',
          violations: [
            { pointer: '/headers/last-event-id', detail: 'must be the id of an event of this stream' },
          ],
        });
    }
    return this.#events(tenant, after);
  }

  async *#events(tenant: string, after: Position | null): AsyncGenerator<SseEvent> {
    const listener: Listener = { tenant, queue: [], wake: () => undefined };
    this.#listeners.add(listener);
    let last = after ?? this.#at;
    try {
      yield { ...(last === null ? {} : { id: positionText(last) }), event: openedEvent, data: {} };
      // INVARIANT: the watch listens before it reads the past, so no event is missed. Positions
      // identify repeats.
      if (after !== null)
        for await (const { position, message } of this.#past(tenant, after)) {
          last = position;
          yield message;
        }
      for (;;) {
        const next = listener.queue.shift();
        if (next !== undefined) {
          if (last === null || comparePositions(next.position, last) > 0) yield next.message;
        } else if (!this.#listeners.has(listener)) return;
        else
          await new Promise<void>((resolve) => {
            listener.wake = resolve;
          });
      }
    } finally {
      this.#listeners.delete(listener);
    }
  }

  /** Yields the events of a tenant after a position that are in the log at the time of the call. */
  async *#past(tenant: string, after: Position): AsyncGenerator<Placed> {
    const queue: Placed[] = [];
    let over: { readonly error?: unknown } | undefined;
    let wake = (): void => undefined;
    let taken = (): void => undefined;
    const end = (how: NonNullable<typeof over>): void => {
      over ??= how;
      wake();
    };
    const { name, prefixes } = this.source;
    const subscription = this.store.subscribe(
      { after, prefixes, name: `${name}-past` },
      {
        onEvent: async (event) => {
          const placed = this.#placed(event, tenant);
          if (placed === undefined || over !== undefined) return;
          queue.push(placed);
          wake();
          if (queue.length >= readAhead)
            await new Promise<void>((resolve) => {
              taken = resolve;
            });
        },
        onCaughtUp: () => end({}),
        onFailure: (error) => end({ error }),
      },
    );
    try {
      for (;;) {
        const next = queue.shift();
        if (next !== undefined) {
          taken();
          yield next;
        } else if (over === undefined)
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        else if ('error' in over) throw over.error;
        else return;
      }
    } finally {
      end({});
      taken();
      await subscription.stop();
    }
  }
}
