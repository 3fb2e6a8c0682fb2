import { collect, comparePositions, type EventStore, type Position } from './event-store.js';

/** A place in a log that someone has come to, and the event that stood there; null where that is not known. */
export type LogPlace = { readonly position: Position; readonly id: string | null };
/** What is asked of a log to find out whether it still is the one that was followed. */
export type LookedAt = {
  /** Where it ends; null where it is empty. */
  readonly head: () => Promise<Position | null>;
  /** The first event at a position or after it. */
  readonly firstFrom: (
    position: Position,
  ) => Promise<{ readonly id: string; readonly position: Position } | undefined>;
};
/** What a log has at such a place: the event itself, another one, none but later ones (or no event was known), or it ends before. */
export type FoundAt =
  | { readonly kind: 'held' }
  | { readonly kind: 'other' }
  | { readonly kind: 'passed' }
  | { readonly kind: 'short'; readonly head: Position | null };

/** Looks at what a log has at a place. Positions are given anew after a log was restored to an earlier state. `head` where that is known. Throws the log's errors. */
export const lookUp = async (log: LookedAt, place: LogPlace, head?: Position | null): Promise<FoundAt> => {
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
  // INVARIANT: it has grown between the two looks: what stands at the place now decides, for it may be another event.
  return (await look()) ?? { kind: 'passed' };
};

/** True where the log still holds the event of a place; without an id, where it reaches as far. `head` where that is known. Throws the store's errors. */
export const holdsEvent = async (
  store: Pick<EventStore, 'head' | 'readAll'>,
  place: LogPlace,
  head?: Position | null,
): Promise<boolean> => {
  const log: LookedAt = {
    head: () => store.head(),
    // Strictly after what is just before it: the event itself.
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
