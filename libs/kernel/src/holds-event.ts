import { collect, comparePositions, type EventStore, type Position } from './event-store.js';

/**
 * True where the log still holds, at a position that someone has come to, the event that stood there; false after it was restored to an earlier state, for positions are given
 * anew then. Without an id only where the log ends is compared. `head` where that is known. Throws the store's errors.
 */
export const holdsEvent = async (
  store: Pick<EventStore, 'head' | 'readAll'>,
  at: { readonly position: Position; readonly id: string | null },
  head?: Position | null,
): Promise<boolean> => {
  const { position, id } = at;
  const end = head === undefined ? await store.head() : head;
  if (end === null || comparePositions(end, position) < 0) return false;
  if (id === null) return true;
  // Strictly after what is just before it: the event itself.
  const [found] = await collect(
    store.readAll({
      after: position.prepare > 0n ? { ...position, prepare: position.prepare - 1n } : null,
      limit: 1,
    }),
  );
  return found?.id === id && comparePositions(found.position, position) === 0;
};
