import { cutCategories, ownerOf, parseStream } from '@interlock/contracts';
import type { EventStore, EventToAppend, RecordedEvent } from './event-store.js';
import { ProblemError } from '../values/problem.js';
import { StartedRelease, type RunningRelease } from './release.js';

const logs = new WeakMap<EventStore, EventStore>();
const genuineViews = new WeakSet<EventStore>();

/**
 * Returns the log behind a view of `asWriter` or `genuine`; any other store is its own log. Per-log
 * caches of a process use it as their key.
 */
export const logBehind = (store: EventStore): EventStore => logs.get(store) ?? store;

/**
 * Returns why an event is forged; null if its category's owner wrote it. It is forged if another
 * service wrote it, if it names no writer, or if its signature is invalid. Null also for an event
 * of an unknown category, which cannot be judged.
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
 * Returns true for the first remaining event of a cut stream, whose state can no longer be folded.
 */
const isCut = ({ stream, revision }: RecordedEvent): boolean =>
  revision > 0n && cutCategories.some((category) => stream.startsWith(`${category}-`));

/** Returns true for an event that one command wrote together with the previous event. */
const isLater = (events: readonly EventToAppend[], place: number): boolean =>
  place > 0 && events[place]!.metadata.command_id === events[place - 1]!.metadata.command_id;

/**
 * Returns the log as one service writes to it. Each appended event carries the service's name as
 * `metadata.writer`. The first event of a command carries the id of its program's `ReleaseStarted`
 * as `metadata.release`; the log already holds that event. An append to a stream whose category
 * belongs to another service rejects with an Error. Reading is not restricted. `onAppend` receives
 * each append when it is sent.
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
 * Returns the log for everything that decides or acts. `read` throws `forged-event` at an event
 * that its category's owner did not write, and `stream-scavenged` if a cut stream is read from its
 * beginning. `subscribe` withholds forged events, so no read model, reactor or message uses them.
 * `readAll` hides nothing; its callers ask `withholds`. The owner never appends to a stream after a
 * forged event, because it can no longer read that stream. `onForged` receives each withheld event
 * and the reason; it must not throw.
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
 * Returns true for a forged event, if the store is a view of `genuine`. The caller then skips the
 * event.
 */
export const withholds = (store: EventStore, event: RecordedEvent): boolean =>
  genuineViews.has(store) && forgeryIn(event) !== null;
