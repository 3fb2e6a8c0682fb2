import {
  type AppendResult,
  type EventStore,
  type EventToAppend,
  type ExpectedRevision,
  type LogSubscription,
  type Position,
  type RecordedEvent,
  type StreamRetention,
  type SubscribeOptions,
  type SubscriptionHandlers,
} from '@interlock/kernel';
import { keptCheckpoints } from '@interlock/tree';

type ReadOptions = { readonly from?: bigint; readonly limit?: number; readonly backwards?: boolean };

/**
 * The log, except that a stream of checkpoints starts at its latest few events. So a stream that
 * grows every minute for years is read in milliseconds. INVARIANT: the decider's state needs only
 * these events (`keptCheckpoints`).
 */
export class TailStore implements EventStore {
  constructor(private readonly store: EventStore) {}

  async *read(stream: string, options: ReadOptions = {}): AsyncIterable<RecordedEvent> {
    if ((options.from ?? 0n) > 0n || options.backwards === true) {
      yield* this.store.read(stream, options);
      return;
    }
    const tail: RecordedEvent[] = [];
    let found = 0;
    for await (const event of this.store.read(stream, { backwards: true })) {
      tail.push(event);
      if (event.type === 'CheckpointPublished') found += 1;
      if (found === keptCheckpoints) break;
    }
    yield* tail.reverse().slice(0, options.limit);
  }

  append(
    stream: string,
    events: readonly EventToAppend[],
    expected: ExpectedRevision,
  ): Promise<AppendResult> {
    return this.store.append(stream, events, expected);
  }

  readAll(options?: {
    readonly after?: Position | null;
    readonly limit?: number;
    readonly backwards?: boolean;
  }): AsyncIterable<RecordedEvent> {
    return this.store.readAll(options);
  }

  subscribe(options: SubscribeOptions, handlers: SubscriptionHandlers): LogSubscription {
    return this.store.subscribe(options, handlers);
  }

  head(): Promise<Position | null> {
    return this.store.head();
  }

  setRetention(stream: string, retention: StreamRetention): Promise<void> {
    return this.store.setRetention(stream, retention);
  }

  scavenge(): Promise<void> {
    return this.store.scavenge();
  }
}
