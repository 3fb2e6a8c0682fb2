import { comparePositions, type EventStore, type RecordedEvent } from '@interlock/kernel';
import type { LogTree } from './log-tree.js';

/**
 * Returns the position after which to read the log to reach a leaf, and how many events to skip
 * there. Events of one append may share a position.
 */
const before = async (
  tree: LogTree,
  leaf: number,
): Promise<{ readonly after: Awaited<ReturnType<LogTree['position']>> | null; readonly skip: number }> => {
  if (leaf === 0) return { after: null, skip: 0 };
  const own = await tree.position(leaf);
  for (let earlier = leaf - 1; earlier >= 0; earlier -= 1) {
    const position = await tree.position(earlier);
    if (comparePositions(position, own) < 0) return { after: position, skip: leaf - 1 - earlier };
  }
  return { after: null, skip: leaf };
};

/** Yields the log's current events, starting at a leaf of the tree. */
export const eventsFrom = async function* (
  log: Pick<EventStore, 'readAll'>,
  tree: LogTree,
  leaf: number,
): AsyncGenerator<RecordedEvent> {
  const { after, skip } = await before(tree, leaf);
  let left = skip;
  for await (const event of log.readAll({ after })) {
    if (left === 0) yield event;
    else left -= 1;
  }
};
