import {
  checkRevision,
  comparePositions,
  WrongRevisionError,
  type AppendResult,
  type EventStore,
  type EventToAppend,
  type ExpectedRevision,
  type LogSubscription,
  type Position,
  type RecordedEvent,
  type SubscribeOptions,
  type StreamRetention,
  type SubscriptionHandlers,
} from './event-store.js';

/** The in-memory twin of the log, for pure tests. `now` returns the value of `created`. */
export class InMemoryEventStore implements EventStore {
  readonly #all: RecordedEvent[] = [];
  readonly #streams = new Map<string, RecordedEvent[]>();
  /** The first revision that each stream shows. */
  readonly #first = new Map<string, bigint>();
  readonly #wakeUps = new Set<() => void>();
  readonly #now: () => string;

  constructor(now: () => string = () => '2026-01-01T00:00:00.000Z') {
    this.#now = now;
  }

  append(
    stream: string,
    events: readonly EventToAppend[],
    expected: ExpectedRevision,
  ): Promise<AppendResult> {
    return new Promise((resolve) => resolve(this.#append(stream, events, expected)));
  }

  #append(stream: string, events: readonly EventToAppend[], expected: ExpectedRevision): AppendResult {
    const present = this.#streams.get(stream) ?? [];
    const last = BigInt(present.length) - 1n;
    if (typeof expected === 'bigint' || expected === 'no_stream') {
      const from = expected === 'no_stream' ? 0 : Number(expected) + 1;
      if (from !== present.length) {
        const repeated = events.length > 0 && events.every((event, i) => present[from + i]?.id === event.id);
        if (!repeated) throw new WrongRevisionError(stream, expected, present.length === 0 ? null : last);
        const original = present[from + events.length - 1]!;
        return { revision: original.revision, position: original.position };
      }
    }
    if (expected === 'stream_exists' && present.length === 0)
      throw new WrongRevisionError(stream, expected, null);
    if (expected === 'any') {
      const known = events.map((event) => present.find((p) => p.id === event.id));
      if (events.length > 0 && known.every((event) => event !== undefined)) {
        const original = known.at(-1)!;
        return { revision: original.revision, position: original.position };
      }
    }
    for (const event of events) {
      const at = (this.#all.at(-1)?.position.commit ?? 0n) + 1n;
      const recorded: RecordedEvent = {
        ...event,
        data: structuredClone(event.data),
        stream,
        revision: BigInt(present.length),
        position: { commit: at, prepare: at },
        created: this.#now(),
      };
      present.push(recorded);
      this.#all.push(recorded);
    }
    this.#streams.set(stream, present);
    for (const wake of this.#wakeUps) wake();
    const end = present.at(-1);
    return { revision: end?.revision ?? -1n, position: end?.position ?? { commit: 0n, prepare: 0n } };
  }

  async *read(
    stream: string,
    options: { from?: bigint; limit?: number; backwards?: boolean } = {},
  ): AsyncIterable<RecordedEvent> {
    checkRevision(options.from);
    const first = this.#first.get(stream) ?? 0n;
    const present = (this.#streams.get(stream) ?? []).filter(({ revision }) => revision >= first);
    const ordered =
      options.backwards === true
        ? present.filter((e) => options.from === undefined || e.revision <= options.from).reverse()
        : present.filter((e) => e.revision >= (options.from ?? 0n));
    yield* ordered.slice(0, options.limit);
  }

  async *readAll(
    options: { after?: Position | null; limit?: number; backwards?: boolean } = {},
  ): AsyncIterable<RecordedEvent> {
    const after = options.after ?? null;
    const ordered =
      options.backwards === true
        ? [...this.#all].reverse()
        : this.#all.filter((e) => after === null || comparePositions(e.position, after) > 0);
    yield* ordered.slice(0, options.limit);
  }

  subscribe(options: SubscribeOptions, handlers: SubscriptionHandlers): LogSubscription {
    let stopped = false;
    let wake = (): void => undefined;
    const onCommit = (): void => wake();
    this.#wakeUps.add(onCommit);
    const run = async (): Promise<void> => {
      let next =
        options.after === null
          ? 0
          : this.#all.findIndex((e) => comparePositions(e.position, options.after!) > 0);
      if (next < 0) next = this.#all.length;
      let caughtUp = false;
      handlers.onOpened?.();
      while (!stopped) {
        const event = this.#all[next];
        if (event === undefined) {
          if (!caughtUp) await handlers.onCaughtUp?.();
          caughtUp = true;
          const last = this.#all.at(-1);
          if (last !== undefined) await handlers.onCheckpoint?.(last.position);
          if (this.#all[next] === undefined && !stopped)
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
          continue;
        }
        next += 1;
        if (options.prefixes === undefined || options.prefixes.some((p) => event.stream.startsWith(p)))
          await handlers.onEvent(event);
      }
    };
    const running = run().catch((error: unknown) => handlers.onFailure?.(error));
    return {
      stop: async () => {
        stopped = true;
        this.#wakeUps.delete(onCommit);
        wake();
        await running;
      },
    };
  }

  head(): Promise<Position | null> {
    return Promise.resolve(this.#all.at(-1)?.position ?? null);
  }

  /** Sets a stream's retention. Only truncation is supported, because the twin has no clock. */
  setRetention(stream: string, { truncateBefore }: StreamRetention): Promise<void> {
    if (truncateBefore !== undefined) this.#first.set(stream, truncateBefore);
    return Promise.resolve();
  }

  scavenge(): Promise<void> {
    for (const [stream, first] of this.#first) {
      const last = this.#streams.get(stream)?.at(-1);
      for (let i = this.#all.length - 1; i >= 0; i -= 1) {
        const event = this.#all[i]!;
        if (event.stream === stream && event.revision < first && event !== last) this.#all.splice(i, 1);
      }
    }
    return Promise.resolve();
  }
}
