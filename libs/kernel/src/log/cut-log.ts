import { cutCategories, streamName, systemTenant } from '@interlock/contracts';
import { collect, comparePositions, parsePosition, type EventStore, type Position } from './event-store.js';
import { ProblemError } from '../values/problem.js';
import { genuine } from './writer.js';

/**
 * The stream in which audit notes, before each cut of the log, up to which position events may be
 * missing.
 */
export const cutNoteStream = streamName('checkpoint', systemTenant, 'cuts');

/**
 * Returns the position up to which events of some streams may have been cut from the log, over all
 * tenants. Null if nothing was cut. Throws `forged-event` and the store's errors.
 */
export const cutThrough = async (store: Pick<EventStore, 'read'>): Promise<Position | null> => {
  const [note] = await collect(
    genuine(store as EventStore).read(cutNoteStream, { backwards: true, limit: 1 }),
  );
  if (note === undefined) return null;
  const through = parsePosition(String((note.data as { readonly through?: unknown }).through));
  if (through === undefined)
    throw new ProblemError('log-damaged', `the last event of \`${cutNoteStream}\` names no position`);
  return through;
};

/**
 * Returns true if a reader that continues after a position may miss cut events. `prefixes` are the
 * streams that it reads; null means all.
 */
export const isCutAfter = async (
  store: Pick<EventStore, 'read'>,
  after: Position | null,
  prefixes: readonly string[] | null,
): Promise<boolean> => {
  const reads = (category: string): boolean =>
    prefixes === null ||
    prefixes.some((prefix) => prefix.startsWith(category) || category.startsWith(prefix));
  if (!cutCategories.some((category) => reads(`${category}-`))) return false;
  const through = await cutThrough(store);
  return through !== null && (after === null || comparePositions(after, through) < 0);
};
