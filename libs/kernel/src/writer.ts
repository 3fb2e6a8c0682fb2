import { parseStream, streamOwners, type StreamCategory } from '@interlock/contracts';
import type { EventStore, RecordedEvent } from './event-store.js';

const logs = new WeakMap<EventStore, EventStore>();

/** The log that a view of `asWriter` writes to; any other store is its own log. What a process keeps per log is kept under this. */
export const logBehind = (store: EventStore): EventStore => logs.get(store) ?? store;

/** The service that alone writes to a stream; undefined where this release knows no category of that name. */
export const ownerOf = (stream: string): string | undefined => {
  const category = parseStream(stream)?.category ?? '';
  return Object.hasOwn(streamOwners, category) ? streamOwners[category as StreamCategory] : undefined;
};

/**
 * Why an event is forged: another service wrote it than the one that owns its category, or it names no writer. Null where its owner wrote it.
 * An event of a category that this release does not know cannot be judged: null.
 */
export const forgeryIn = ({
  stream,
  metadata: { writer },
}: Pick<RecordedEvent, 'stream' | 'metadata'>): string | null => {
  const owner = ownerOf(stream);
  if (owner === undefined || owner === writer) return null;
  return `is forged: ${writer === undefined ? 'it names no writer' : `\`${writer}\` wrote it`}, and \`${owner}\` alone writes \`${parseStream(stream)?.category}\``;
};

/**
 * The log as one service writes to it: each event that it appends carries the service's name as `metadata.writer`.
 * An append to a stream whose category belongs to another service rejects with an Error; reading is not restricted.
 */
export const asWriter = (store: EventStore, writer: string): EventStore => {
  const log = logBehind(store);
  const view: EventStore = {
    append: (stream, events, expected) =>
      ownerOf(stream) === writer
        ? log.append(
            stream,
            events.map((event) => ({ ...event, metadata: { ...event.metadata, writer } })),
            expected,
          )
        : Promise.reject(new Error(`\`${writer}\` does not own the stream \`${stream}\``)),
    read: (stream, options) => log.read(stream, options),
    readAll: (options) => log.readAll(options),
    subscribe: (options, handlers) => log.subscribe(options, handlers),
    head: () => log.head(),
    setRetention: (stream, retention) => log.setRetention(stream, retention),
  };
  logs.set(view, log);
  return view;
};
