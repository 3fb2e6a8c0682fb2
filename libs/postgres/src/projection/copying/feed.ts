import {
  comparePositions,
  withholds,
  type EventStore,
  type LogSubscription,
  type Position,
  type RecordedEvent,
} from '@interlock/kernel';

import { Backlog } from '../../backlog.js';
import { followedStreams, follows, type Followed } from '../definition/projection.js';

export type FeedOptions = {
  readonly store: EventStore;
  readonly prefixes: Followed;
  readonly after: Position | null;
  /** Nothing after it is handed over. */
  readonly until?: Position;
  readonly name: string;
  readonly batchSize: number;
  readonly signal?: AbortSignal;
};

const pageSize = 1000;
const beyond = (event: RecordedEvent, until: Position | undefined): boolean =>
  until !== undefined && comparePositions(event.position, until) > 0;

/**
 * Hands over the events of some streams in batches, to the present end of the log. The next batch
 * is read while one is being applied. Returns the position up to which the log was read; null if it
 * is empty.
 */
export const feedToEnd = async (
  options: FeedOptions,
  take: (batch: readonly RecordedEvent[]) => Promise<void>,
): Promise<Position | null> => {
  const { store, prefixes, after, until, name, batchSize, signal } = options;
  signal?.throwIfAborted();
  if (after !== null && until !== undefined && comparePositions(after, until) >= 0) return after;
  const head = await store.head();
  if (head === null || (after !== null && comparePositions(after, head) >= 0)) return after;
  const backlog = new Backlog(2 * batchSize);
  let applying: Promise<void> | undefined;
  let ended = false;
  let subscription: LogSubscription | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      const drain = async (): Promise<void> => {
        while (backlog.length > 0) {
          const batch = backlog.first(batchSize);
          await take(batch);
          backlog.drop(batch);
          if (backlog.length < batchSize && !ended) return;
        }
      };
      const apply = (): Promise<void> => {
        applying ??= drain().finally(() => {
          applying = undefined;
        });
        return applying;
      };
      const end = (): void => {
        ended = true;
        const last = async (): Promise<void> => {
          while (backlog.length > 0) await apply();
        };
        last().then(resolve, reject);
      };
      signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      subscription = store.subscribe(
        { after, ...followedStreams(prefixes), name },
        {
          onEvent: (event) => {
            if (ended) return;
            if (beyond(event, until)) {
              end();
              return;
            }
            const room = backlog.add(event);
            if (backlog.length >= batchSize) apply().catch(reject);
            return room;
          },
          onCaughtUp: () => {
            if (!ended) end();
          },
          onFailure: reject,
        },
      );
    });
  } finally {
    ended = true;
    backlog.clear();
    await subscription?.stop();
  }
  return until !== undefined && comparePositions(until, head) < 0 ? until : head;
};

/**
 * The events of some streams between two positions, including the later one. It reads everything in
 * between, so use it for short distances. Returns nothing if that takes until `end`.
 */
export const readBetween = async (
  store: EventStore,
  prefixes: Followed,
  after: Position | null,
  until: Position,
  end: number,
): Promise<readonly RecordedEvent[] | undefined> => {
  const found: RecordedEvent[] = [];
  for (let from = after; ;) {
    let count = 0;
    for await (const event of store.readAll({ after: from, limit: pageSize })) {
      if (beyond(event, until)) return found;
      count += 1;
      from = event.position;
      if (follows(prefixes, event.stream) && !withholds(store, event)) found.push(event);
    }
    if (count < pageSize) return found;
    if (performance.now() > end) return undefined;
  }
};

/**
 * The number of events of some streams after a position, counted up to `most`, and the time of the
 * first.
 */
export const countAfter = async (
  store: EventStore,
  prefixes: Followed,
  after: Position | null,
  most: number,
): Promise<{ readonly events: number; readonly more: boolean; readonly since: string | null }> => {
  let events = 0;
  let since: string | null = null;
  class Enough extends Error {}
  try {
    await feedToEnd(
      { store, prefixes, after, name: 'projections-list', batchSize: Math.min(most, 500) },
      (batch) => {
        since ??= batch[0]?.created ?? null;
        events += batch.length;
        return events >= most ? Promise.reject(new Enough()) : Promise.resolve();
      },
    );
  } catch (error) {
    if (!(error instanceof Enough)) throw error;
    return { events, more: true, since };
  }
  return { events, more: false, since };
};
