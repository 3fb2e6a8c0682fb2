import { comparePositions, parsePosition, positionText, type EventStore, type Position, type RecordedEvent } from '@interlock/kernel';
import { eventLine, readExportedLine, type VerifierKey } from '@interlock/ledger';
import type { Archive } from './archive.js';
import { contradiction } from './errors.js';

type Reading = Pick<EventStore, 'readAll'>;

/** Events of the archive, each proved by its segment's seal, from a leaf on. */
export const archivedEvents = async function* (archive: Archive, keys: readonly VerifierKey[], from = 0, to = Infinity): AsyncGenerator<{ readonly index: number; readonly line: string; readonly event: RecordedEvent }> {
  for await (const { index, line } of archive.leaves(keys, from, to)) {
    const read = readExportedLine(line);
    if ('fault' in read) throw contradiction(null, `leaf ${index} of the archive is no event: it ${read.fault}`, index);
    yield { index, line, event: read.event };
  }
};

/**
 * The whole log although parts of it were scavenged: what is archived from the archive, what comes after from the log, in the order of its leaves.
 * What the log still holds of the archived range has to be what was archived, to the byte, and in its order. With it a tree can be built anew.
 * Throws `archive-contradicted` where log and archive differ, `archive-unavailable`, and the log's errors.
 */
export const wholeLog = async function* (archive: Archive, keys: readonly VerifierKey[], log: Reading): AsyncGenerator<RecordedEvent> {
  const last = await archive.last();
  if (last === null) {
    yield* log.readAll();
    return;
  }
  const end = parsePosition(last.manifest.last_position)!;
  const remaining = new Remaining(log, end);
  try {
    for await (const { index, line, event } of archivedEvents(archive, keys, 0, last.manifest.first + last.manifest.count)) {
      await remaining.pass(event, line, index);
      yield event;
    }
    yield* remaining.atEnd();
  } finally {
    await remaining.close();
  }
  yield* log.readAll({ after: end });
};

/** What the log still holds of the archived range. */
class Remaining {
  readonly #events: AsyncIterator<RecordedEvent>;
  #next: RecordedEvent | null | undefined;

  constructor(log: Reading, private readonly end: Position) {
    this.#events = log.readAll()[Symbol.asyncIterator]();
  }

  /** Holds the log's event against the archived one, where the log still has one there. */
  async pass(archived: RecordedEvent, line: string, index: number): Promise<void> {
    const event = await this.#peek();
    if (event === null) return;
    const order = comparePositions(event.position, archived.position);
    if (order > 0) return;
    const same = order === 0 && eventLine(event) === line;
    // Events of one append may share a position: of these, the archive's may come first and be gone from the log.
    if (order === 0 && !same && event.id !== archived.id && `${event.stream} ${event.revision}` !== `${archived.stream} ${archived.revision}`) return;
    if (!same) throw contradiction(null, `the log's event at position ${positionText(event.position)} is not the one that was archived as leaf ${index}`, index);
    this.#next = undefined;
  }

  /** What the log has at the very position where the archive ends and is of a later leaf. */
  async *atEnd(): AsyncGenerator<RecordedEvent> {
    for (let event = await this.#peek(); event !== null; event = await this.#peek()) {
      if (comparePositions(event.position, this.end) < 0) throw contradiction(null, `the log has an event at position ${positionText(event.position)} that was not archived, and the archive goes further`);
      this.#next = undefined;
      yield event;
    }
  }

  async close(): Promise<void> {
    await this.#events.return?.();
  }

  /** The next event of the archived range; null after the last. */
  async #peek(): Promise<RecordedEvent | null> {
    if (this.#next === undefined) {
      const { value, done } = await this.#events.next() as IteratorResult<RecordedEvent, undefined>;
      this.#next = done === true || value === undefined || comparePositions(value.position, this.end) > 0 ? null : value;
    }
    return this.#next;
  }
}
