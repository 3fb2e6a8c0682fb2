import { collect, comparePositions, type EventStore, type Position } from './event-store.js';

/**
 * The position that a reader of a log has reached, and the id of the event there; null if the id is
 * unknown.
 */
export type LogPlace = { readonly position: Position; readonly id: string | null };
/** The reads that tell if a log is still the one that was followed. */
export type LogReads = {
  /** The end of the log; null if it is empty. */
  readonly head: () => Promise<Position | null>;
  /** The first event at a position or after it. */
  readonly firstFrom: (
    position: Position,
  ) => Promise<{ readonly id: string; readonly position: Position } | undefined>;
};
/**
 * What a log holds at such a place. `held`: the event itself. `other`: another event. `passed`:
 * only later events, or the event's id is unknown. `short`: the log ends before the place.
 */
export type FoundAt =
  | { readonly kind: 'held' }
  | { readonly kind: 'other' }
  | { readonly kind: 'passed' }
  | { readonly kind: 'short'; readonly head: Position | null };

/**
 * Looks up what a log has at a place. A log that was restored to an earlier state gives out
 * positions again. Pass `head` if it is known. Throws the log's errors.
 */
export const lookUp = async (log: LogReads, place: LogPlace, head?: Position | null): Promise<FoundAt> => {
  const reaches = (end: Position | null): boolean =>
    end !== null && comparePositions(end, place.position) >= 0;
  if (head !== undefined && !reaches(head)) return { kind: 'short', head };
  if (head !== undefined && place.id === null) return { kind: 'passed' };
  const look = async (): Promise<FoundAt | undefined> => {
    const found = await log.firstFrom(place.position);
    if (found === undefined) return undefined;
    if (place.id === null || comparePositions(found.position, place.position) !== 0)
      return { kind: 'passed' };
    return { kind: found.id === place.id ? 'held' : 'other' };
  };
  const seen = await look();
  if (seen !== undefined) return seen;
  const end = head === undefined ? await log.head() : head;
  if (!reaches(end)) return { kind: 'short', head: end };
  // INVARIANT: the log has grown between the two reads. The current event at the place decides,
  // because it may be another one.
  return (await look()) ?? { kind: 'passed' };
};

/**
 * Returns true if the log still holds the event of a place. Without an id, returns true if the log
 * reaches that far. Pass `head` if it is known. Throws the store's errors.
 */
export const holdsEvent = async (
  store: Pick<EventStore, 'head' | 'readAll'>,
  place: LogPlace,
  head?: Position | null,
): Promise<boolean> => {
  const log: LogReads = {
    head: () => store.head(),
    // Reading strictly after the position just before it returns the event itself.
    firstFrom: async ({ commit, prepare }) =>
      (
        await collect(
          store.readAll({ after: prepare > 0n ? { commit, prepare: prepare - 1n } : null, limit: 1 }),
        )
      )[0],
  };
  const { kind } = await lookUp(log, place, head);
  return place.id === null ? kind !== 'short' : kind === 'held';
};
