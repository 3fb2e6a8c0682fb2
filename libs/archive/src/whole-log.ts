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

/** The events of the archive from a leaf on, each proved by its segment's seal. */
export const archivedEvents = async function* (
  archive: Archive,
  keys: readonly VerifierKey[],
  from = 0,
  to = Infinity,
): AsyncGenerator<{ readonly index: number; readonly line: string; readonly event: RecordedEvent }> {
  for await (const { index, line } of archive.leaves(keys, from, to)) {
    const read = readExportedLine(line);
    if ('fault' in read)
      throw contradiction(null, `leaf ${index} of the archive is not an event: it ${read.fault}`, index);
    yield { index, line, event: read.event };
  }
};

export type WholeLogOptions = {
  /** Strictly after this position; null starts at the beginning. */
  readonly after?: Position | null;
  /**
   * `refuse`: the log's remaining events of the archived range must equal the archived ones, to the
   * byte and in order. `log`: they are returned as the log has them, for the caller to judge.
   */
  readonly differing?: 'refuse' | 'log';
};

/**
 * The whole log, even if parts of it were scavenged: archived events from the archive and later
 * ones from the log, in the order of the leaves. A tree can be rebuilt from it. Throws
 * `archive-contradicted` if the archive does not hold, or if log and archive differ. Also throws
 * `archive-unavailable` and the log's errors.
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

/** The first leaf of the segment that holds the events after a position. */
const firstAfter = async (archive: Archive, after: Position | null): Promise<number> => {
  if (after === null) return 0;
  for await (const { manifest } of archive.manifests())
    if (comparePositions(parsePosition(manifest.last_position)!, after) > 0) return manifest.first;
  return 0;
};

/** The events of the archived range that the log still holds. */
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

  /** Compares the log's event with the archived one, if the log still has it. */
  async pass(archived: RecordedEvent, line: string, index: number): Promise<void> {
    const event = await this.#peek();
    if (event === null) return;
    const order = comparePositions(event.position, archived.position);
    if (order > 0) return;
    const same = order === 0 && eventLine(event) === line;
    // Events of one append may share a position. The archived ones may come first among them and be
    // gone from the log.
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
   * The log's events up to an archived event's place. The archived event follows if the log no
   * longer has it.
   */
  async *inPlaceOf(archived: RecordedEvent): AsyncGenerator<RecordedEvent> {
    for (
      let event = await this.#peek();
      event !== null && comparePositions(event.position, archived.position) <= 0;
      event = await this.#peek()
    ) {
      const isIt = comparePositions(event.position, archived.position) === 0;
      // Events of one append may share a position. The archived ones may come first among them and
      // be gone from the log.
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

  /** The log's events at the very position where the archive ends that belong to later leaves. */
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
