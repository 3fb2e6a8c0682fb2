import {
  comparePositions,
  parsePosition,
  positionText,
  type EventStore,
  type Position,
  type RecordedEvent,
} from '@interlock/kernel';
import { eventLine, readExportedLine, type VerifierKey } from '@interlock/tree';
import type { Archive } from './archive.js';
import { contradiction } from './errors.js';

type Reading = Pick<EventStore, 'readAll'>;

/** Events of the archive, each proved by its segment's seal, from a leaf on. */
export const archivedEvents = async function* (
  archive: Archive,
  keys: readonly VerifierKey[],
  from = 0,
  to = Infinity,
): AsyncGenerator<{ readonly index: number; readonly line: string; readonly event: RecordedEvent }> {
  for await (const { index, line } of archive.leaves(keys, from, to)) {
    const read = readExportedLine(line);
    if ('fault' in read)
      throw contradiction(null, `leaf ${index} of the archive is no event: it ${read.fault}`, index);
    yield { index, line, event: read.event };
  }
};

export type WholeLogOptions = {
  /** Null: from the beginning; otherwise strictly after. */
  readonly after?: Position | null;
  /**
   * `refuse`: what the log still holds of the archived range has to be what was archived, to the
   * byte, and in its order. `log`: what the log holds is handed out as it is, for whoever judges
   * it.
   */
  readonly differing?: 'refuse' | 'log';
};

/**
 * The whole log although parts of it were scavenged: what is archived from the archive, what comes
 * after from the log, in the order of its leaves. With it a tree can be built anew. Throws
 * `archive-contradicted` where the archive does not hold, or log and archive differ;
 * `archive-unavailable`; the log's errors.
 */
export const wholeLog = async function* (
  archive: Archive,
  keys: readonly VerifierKey[],
  log: Reading,
  { after = null, differing = 'refuse' }: WholeLogOptions = {},
): AsyncGenerator<RecordedEvent> {
  const last = await archive.last();
  const end = last === null ? null : parsePosition(last.manifest.last_position)!;
  if (last === null || end === null || (after !== null && comparePositions(after, end) >= 0)) {
    yield* log.readAll({ after });
    return;
  }
  const remaining = new Remaining(log, after, end);
  try {
    for await (const { index, line, event } of archivedEvents(
      archive,
      keys,
      await firstAfter(archive, after),
      last.manifest.first + last.manifest.count,
    )) {
      if (after !== null && comparePositions(event.position, after) <= 0) continue;
      if (differing === 'log') {
        yield* remaining.inPlaceOf(event);
      } else {
        await remaining.pass(event, line, index);
        yield event;
      }
    }
    yield* remaining.atEnd(differing === 'refuse');
  } finally {
    await remaining.close();
  }
  yield* log.readAll({ after: end });
};

/** The first leaf of the segment that has what comes after a position. */
const firstAfter = async (archive: Archive, after: Position | null): Promise<number> => {
  if (after === null) return 0;
  for await (const { manifest } of archive.manifests())
    if (comparePositions(parsePosition(manifest.last_position)!, after) > 0) return manifest.first;
  return 0;
};

/** What the log still holds of the archived range. */
class Remaining {
  readonly #events: AsyncIterator<RecordedEvent>;
  #next: RecordedEvent | null | undefined;

  constructor(
    log: Reading,
    after: Position | null,
    private readonly end: Position,
  ) {
    this.#events = log.readAll({ after })[Symbol.asyncIterator]();
  }

  /** Holds the log's event against the archived one, where the log still has one there. */
  async pass(archived: RecordedEvent, line: string, index: number): Promise<void> {
    const event = await this.#peek();
    if (event === null) return;
    const order = comparePositions(event.position, archived.position);
    if (order > 0) return;
    const same = order === 0 && eventLine(event) === line;
    // Events of one append may share a position: of these, the archive's may come first and be gone
    // from the log.
    if (
      order === 0 &&
      !same &&
      event.id !== archived.id &&
      `${event.stream} ${event.revision}` !== `${archived.stream} ${archived.revision}`
    )
      return;
    if (!same)
      throw contradiction(
        null,
        `the log's event at position ${positionText(event.position)} is not the one that was archived as leaf ${index}`,
        index,
      );
    this.#next = undefined;
  }

  /**
   * What the log has up to an archived event's place, and that event where the log no longer has
   * one there.
   */
  async *inPlaceOf(archived: RecordedEvent): AsyncGenerator<RecordedEvent> {
    for (
      let event = await this.#peek();
      event !== null && comparePositions(event.position, archived.position) <= 0;
      event = await this.#peek()
    ) {
      const isIt = comparePositions(event.position, archived.position) === 0;
      // Events of one append may share a position: of these, the archive's may come first and be
      // gone from the log.
      if (
        isIt &&
        event.id !== archived.id &&
        `${event.stream} ${event.revision}` !== `${archived.stream} ${archived.revision}`
      )
        break;
      this.#next = undefined;
      yield event;
      if (isIt) return;
    }
    yield archived;
  }

  /** What the log has at the very position where the archive ends and is of a later leaf. */
  async *atEnd(strictly: boolean): AsyncGenerator<RecordedEvent> {
    for (let event = await this.#peek(); event !== null; event = await this.#peek()) {
      if (strictly && comparePositions(event.position, this.end) < 0)
        throw contradiction(
          null,
          `the log has an event at position ${positionText(event.position)} that was not archived, and the archive goes further`,
        );
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
      const { value, done } = (await this.#events.next()) as IteratorResult<RecordedEvent, undefined>;
      this.#next =
        done === true || value === undefined || comparePositions(value.position, this.end) > 0 ? null : value;
    }
    return this.#next;
  }
}
