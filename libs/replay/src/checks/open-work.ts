import { OpenCallsFold } from '@interlock/agents';
import { parseStream } from '@interlock/contracts';
import {
  comparePositions,
  forgeryIn,
  notedEvery,
  noteParts,
  parsePosition,
  type OpenWorkFold,
  type OpenWorkNoted,
  type Position,
  type RecordedEvent,
} from '@interlock/kernel';
import { OpenTransactions } from '@interlock/network';
import { HistoryIndex } from '@interlock/policy';
import { RailsOpenWork, railsWorkCategories } from '@interlock/rails';
import { compared, type Finding } from '../finding.js';
import type { StreamOf } from '../stream-replay.js';

/**
 * How many events of a service are kept unfolded, because a snapshot may name a position before
 * them.
 */
const mostBehind = 2 * notedEvery;

type Noted = {
  readonly categories: readonly string[];
  readonly work: OpenWorkFold;
  /**
   * The latest events, which are not folded yet, because a snapshot names a position before its
   * own.
   */
  readonly behind: RecordedEvent[];
  /** The last event that was folded. */
  folded: Position | null;
};

const noted = (categories: readonly string[], work: OpenWorkFold): Noted => ({
  categories,
  work,
  behind: [],
  folded: null,
});

/**
 * Replays snapshots of open work. A snapshot at a position lists the work that the events up to
 * that position leave open.
 */
export class OpenWorkReplay {
  readonly #services = new Map<string, Noted>([
    ['safety-rails', noted(railsWorkCategories, new RailsOpenWork())],
    ['netconf-gateway', noted(['device_tx'], new OpenTransactions())],
    ['agent-gateway', noted(['call'], new OpenCallsFold())],
    ['policy-evaluator', noted(['action'], new HistoryIndex())],
  ]);

  constructor(private readonly whole: boolean) {}

  /** Takes every event of the log, because open work follows from it. */
  before(event: RecordedEvent): void {
    if (forgeryIn(event) !== null) return;
    const category = parseStream(event.stream)?.category ?? '';
    for (const service of this.#services.values()) {
      if (!service.categories.includes(category)) continue;
      service.behind.push(event);
      if (service.behind.length > mostBehind) fold(service, service.behind.splice(0, notedEvery));
    }
  }

  take(event: RecordedEvent, { id }: StreamOf): readonly Finding[] {
    const kind = 'open_work';
    const { note_id, part, position: text } = event.data as OpenWorkNoted['data'];
    const position = parsePosition(text);
    const service = this.#services.get(id);
    if (service === undefined || position === undefined || comparePositions(position, event.position) >= 0)
      return [
        compared(kind, 'a note is of a service that notes, at a place before its own', [id, text], null),
      ];
    if (!this.whole) return [{ kind, missing: 'what is open is not all in the file', excused: true }];
    if (service.folded !== null && comparePositions(service.folded, position) > 0)
      return [{ kind, missing: `the note \`${note_id}\` came too late to be made again`, excused: true }];
    const later = service.behind.findIndex((one) => comparePositions(one.position, position) > 0);
    fold(service, service.behind.splice(0, later === -1 ? service.behind.length : later));
    const parts = noteParts(id, position, service.work.streams());
    return [compared(kind, 'what a note says is open', event.data, parts[part - 1] ?? null)];
  }
}

const fold = (service: Noted, events: readonly RecordedEvent[]): void => {
  for (const event of events) {
    service.work.take(event);
    service.folded = event.position;
  }
};
