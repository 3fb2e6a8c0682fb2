import { cutCategories, ownerOf, parseStream } from '@interlock/contracts';
import type { EventStore, EventToAppend, RecordedEvent } from './event-store.js';
import { ProblemError } from '../values/problem.js';
import { StartedRelease, type RunningRelease } from './release.js';

const logs = new WeakMap<EventStore, EventStore>();
const genuineViews = new WeakSet<EventStore>();

/**
 * The log behind a view of `asWriter` or `genuine`; any other store is its own log. What a process
 * keeps per log is kept under this.
 */
export const logBehind = (store: EventStore): EventStore => logs.get(store) ?? store;

/**
 * Why an event is forged: another service wrote it than the one that owns its category, it names no
 * writer, or its signature does not hold. Null where its owner wrote it. An event of a category
 * that this release does not know cannot be judged: null.
 */
export const forgeryIn = ({
  stream,
  metadata: { writer },
  unsigned,
}: Pick<RecordedEvent, 'stream' | 'metadata' | 'unsigned'>): string | null => {
  const owner = ownerOf(stream);
  if (owner === undefined) return null;
  if (owner === writer) return unsigned === undefined ? null : `is forged: ${unsigned}`;
  return `is forged: ${writer === undefined ? 'it names no writer' : `\`${writer}\` wrote it`}, and \`${owner}\` alone writes \`${parseStream(stream)?.category}\``;
};

/**
 * True for the first event that is left of a stream that was cut: its state cannot be folded any
 * more.
 */
const isCut = ({ stream, revision }: RecordedEvent): boolean =>
  revision > 0n && cutCategories.some((category) => stream.startsWith(`${category}-`));

/** True for an event that one command wrote together with the event before it. */
const isLater = (events: readonly EventToAppend[], place: number): boolean =>
  place > 0 && events[place]!.metadata.command_id === events[place - 1]!.metadata.command_id;

/**
 * The log as one service writes to it: each event that it appends carries the service's name as
 * `metadata.writer`. The first event of a command carries the id of the `ReleaseStarted` of its
 * program as `metadata.release`, which the log holds before it. An append to a stream whose
 * category belongs to another service rejects with an Error; reading is not restricted. `onAppend`
 * is handed each append when it is sent.
 */
export const asWriter = (
  store: EventStore,
  writer: string,
  release?: RunningRelease,
  onAppend?: (append: Promise<unknown>) => void,
): EventStore => {
  const log = logBehind(store);
  const started = release === undefined ? undefined : new StartedRelease(log, writer, release);
  const view: EventStore = {
    append: async (stream, events, expected) => {
      if (ownerOf(stream) !== writer) throw new Error(`\`${writer}\` does not own the stream \`${stream}\``);
      await started?.recorded();
      const release = started === undefined ? {} : { release: started.id };
      const append = log.append(
        stream,
        events.map((event, place) => ({
          ...event,
          metadata: { ...event.metadata, writer, ...(isLater(events, place) ? {} : release) },
        })),
        expected,
      );
      onAppend?.(append);
      return append;
    },
    read: (stream, options) => log.read(stream, options),
    readAll: (options) => log.readAll(options),
    subscribe: (options, handlers) => log.subscribe(options, handlers),
    head: () => log.head(),
    setRetention: (stream, retention) => log.setRetention(stream, retention),
    scavenge: () => log.scavenge(),
  };
  logs.set(view, log);
  return view;
};

/**
 * The log as everything that decides or acts reads it. `read` throws `forged-event` at an event
 * that its category's owner did not write, and `stream-scavenged` where a stream that was cut is
 * read from its beginning. `subscribe` withholds such an event: no read model,
 * reactor or message is made of it. `readAll` hides nothing: its callers ask `withholds`. The owner
 * never appends to a stream after a forged event, because it can no longer read that stream.
 * `onForged` hears of each event that a subscription withholds, and why it is forged; it must not
 * throw.
 */
export const genuine = (
  store: EventStore,
  onForged?: (event: RecordedEvent, forgery: string) => void,
): EventStore => {
  const log = logBehind(store);
  const view: EventStore = {
    append: (stream, events, expected) => store.append(stream, events, expected),
    async *read(stream, options = {}) {
      let fromStart = (options.from ?? 0n) === 0n && options.backwards !== true;
      for await (const event of store.read(stream, options)) {
        const forgery = forgeryIn(event);
        if (forgery !== null)
          throw new ProblemError(
            'forged-event',
            `event ${event.revision} (\`${event.type}\`) of stream \`${stream}\` ${forgery}`,
            { remedy: 'follow the runbook docs/runbooks/forged_event.md' },
          );
        if (fromStart && isCut(event))
          throw new ProblemError(
            'stream-scavenged',
            `the stream \`${stream}\` was cut before revision ${event.revision}: it is in the archive of the log`,
            { remedy: 'read it with an export of the audit' },
          );
        fromStart = false;
        yield event;
      }
    },
    readAll: (options) => store.readAll(options),
    subscribe: (options, handlers) => {
      const take = (event: RecordedEvent): Promise<void> | void => {
        const forgery = forgeryIn(event);
        if (forgery === null) return handlers.onEvent(event);
        onForged?.(event, forgery);
      };
      return store.subscribe(options, { ...handlers, onEvent: take });
    },
    head: () => store.head(),
    setRetention: (stream, retention) => store.setRetention(stream, retention),
    scavenge: () => store.scavenge(),
  };
  logs.set(view, log);
  genuineViews.add(view);
  return view;
};

/**
 * True for a forged event, where the store is a view of `genuine`: its caller passes the event
 * over.
 */
export const withholds = (store: EventStore, event: RecordedEvent): boolean =>
  genuineViews.has(store) && forgeryIn(event) !== null;
