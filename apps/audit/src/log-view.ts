import type {
  AppendResult,
  EventStore,
  EventToAppend,
  ExpectedRevision,
  LogSubscription,
  Position,
  RecordedEvent,
  StreamRetention,
  SubscribeOptions,
  SubscriptionHandlers,
} from '@interlock/kernel';

export type ReadOptions = { readonly from?: bigint; readonly limit?: number; readonly backwards?: boolean };
export type ReadAllOptions = {
  readonly after?: Position | null;
  readonly limit?: number;
  readonly backwards?: boolean;
};

/** Passes everything on to the log. Subclasses change how some of it is read. */
export class LogView implements EventStore {
  constructor(protected readonly store: EventStore) {}

  append(
    stream: string,
    events: readonly EventToAppend[],
    expected: ExpectedRevision,
  ): Promise<AppendResult> {
    return this.store.append(stream, events, expected);
  }

  read(stream: string, options?: ReadOptions): AsyncIterable<RecordedEvent> {
    return this.store.read(stream, options);
  }

  readAll(options?: ReadAllOptions): AsyncIterable<RecordedEvent> {
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
