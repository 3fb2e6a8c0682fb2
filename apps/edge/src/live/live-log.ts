import { liveTopics, parseStream, systemTenant, type LiveNote, type LiveTopic } from '@interlock/contracts';
import { comparePositions, positionText, type Position, type RecordedEvent } from '@interlock/kernel';

/**
 * The number of notes that are kept for returning listeners. A listener that was away for longer is
 * notified of the gap.
 */
const defaultKept = 5000;

const topicOf = new Map<string, LiveTopic>(
  Object.entries(liveTopics).flatMap(([topic, { categories }]) =>
    categories.map((category): [string, LiveTopic] => [category, topic as LiveTopic]),
  ),
);
/** The prefixes of the streams about which listeners are notified. */
export const livePrefixes: readonly string[] = [...topicOf.keys()].map((category) => `${category}-`);

/** Returns the note for an event; undefined if its stream belongs to no topic. */
export const noteOf = (event: RecordedEvent): LiveNote | undefined => {
  const stream = parseStream(event.stream);
  const topic = stream === undefined ? undefined : topicOf.get(stream.category);
  if (stream === undefined || topic === undefined) return undefined;
  return {
    topic,
    type: event.type,
    stream: event.stream,
    id: stream.id,
    tenant_id: stream.tenant,
    revision: `${event.revision}`,
    position: positionText(event.position),
    at: event.created,
  };
};

/** Stops and posture of the whole system apply to every tenant. */
const forEveryone: readonly LiveTopic[] = ['stops', 'posture'];

/** True if a listener receives a note. */
export const hears = (note: LiveNote, tenant: string, topics: ReadonlySet<LiveTopic>): boolean =>
  topics.has(note.topic) &&
  (note.tenant_id === tenant || (note.tenant_id === systemTenant && forEveryone.includes(note.topic)));

type Kept = { readonly note: LiveNote; readonly position: Position };
export type UnreadNotes = {
  readonly gap: boolean;
  readonly notes: readonly LiveNote[];
  readonly cursor: number;
};

/**
 * The newest notes, numbered in log order. Each listener has its own cursor, so a slow one costs
 * nothing.
 */
export class LiveLog {
  readonly #kept: Kept[] = [];
  readonly #limit: number;
  #first = 0;
  /** Notes at or before this position are not kept. */
  #floor: Position | null;
  #wakes = new Set<() => void>();

  constructor(floor: Position | null, limit = defaultKept) {
    this.#floor = floor;
    this.#limit = limit;
  }

  get end(): number {
    return this.#first + this.#kept.length;
  }

  push(event: RecordedEvent): void {
    const note = noteOf(event);
    if (note === undefined) return;
    this.#kept.push({ note, position: event.position });
    if (this.#kept.length > this.#limit) {
      this.#floor = this.#kept.shift()?.position ?? this.#floor;
      this.#first += 1;
    }
    this.wake();
  }

  /** Wakes all waiting listeners, because there is a new note or the service stops. */
  wake(): void {
    const wakes = this.#wakes;
    this.#wakes = new Set();
    for (const wake of wakes) wake();
  }

  /**
   * Returns the cursor of a listener that has seen everything up to a position; `gap` if notes
   * after it were dropped. A position after every note is that of a log before its restore, so
   * there is a gap, too.
   */
  from(position: Position): { readonly cursor: number; readonly gap: boolean } {
    const newest = this.#kept.at(-1)?.position ?? this.#floor;
    if (
      (this.#floor !== null && comparePositions(position, this.#floor) < 0) ||
      (newest !== null && comparePositions(position, newest) > 0)
    )
      return { cursor: this.end, gap: true };
    const at = this.#kept.findIndex((kept) => comparePositions(kept.position, position) > 0);
    return { cursor: at < 0 ? this.end : this.#first + at, gap: false };
  }

  /**
   * Returns the notes after a cursor. With `gap`, the listener was too slow, and continues from
   * now.
   */
  after(cursor: number): UnreadNotes {
    if (cursor < this.#first) return { gap: true, notes: [], cursor: this.end };
    return {
      gap: false,
      notes: this.#kept.slice(cursor - this.#first).map(({ note }) => note),
      cursor: this.end,
    };
  }

  /** Resolves when there is a note after the cursor, or on `wake`. */
  async more(cursor: number): Promise<void> {
    if (cursor < this.end) return;
    await new Promise<void>((resolve) => this.#wakes.add(resolve));
  }
}
