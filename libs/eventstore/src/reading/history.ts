import {
  comparePositions,
  lookUp,
  positionText,
  ProblemError,
  type LookedAt,
  type Position,
} from '@interlock/kernel';
import { streamed, type ReadSettings } from './read.js';

/** The id of an event at a place in the log. */
type Mark = { readonly id: string; readonly position: Position };

const beginning: Position = { commit: 0n, prepare: 0n };
const remedy =
  'see whether the log was replaced, or restored from an older copy; what follows it must be rebuilt from its beginning';

/** This log is not the one that was followed. */
export class OtherHistory extends ProblemError {
  constructor(place: Position, why: string) {
    super(
      'log-damaged',
      `the log has another history than the one that was followed up to position ${positionText(place)}: ${why}`,
      { remedy },
    );
  }
}

const first = async (
  settings: ReadSettings,
  direction: 'forwards' | 'backwards',
  fromPosition: Position | 'end',
  count = 1,
): Promise<readonly Mark[]> => {
  const found: Mark[] = [];
  const read = streamed(settings, 'a look at where the log was followed to', ({ client }) =>
    client.readAll({ requiresLeader: true, direction, fromPosition, maxCount: count }),
  );
  for await (const { event } of read)
    if (event?.position !== undefined) found.push({ id: event.id, position: event.position });
  return found;
};

/**
 * Tells whether the log is still the one that was followed up to a place. A log that was replaced,
 * or restored from an older copy, would silently deliver nothing up to that place, and then other
 * events. It counts as another log only if it proves it itself. The proof is another event at that
 * place, an end before an event that was processed, or growth before a place at which it once
 * ended. A place without a known event needs the last proof: a checkpoint of a real server may lie
 * after its last event.
 */
export class History {
  readonly #settings: ReadSettings;
  readonly #log: LookedAt;
  /** Where the log ended when it was seen to end before the place; null if that never happened. */
  #short: { readonly place: Position; readonly head: Position | null } | undefined;

  constructor(settings: ReadSettings) {
    this.#settings = settings;
    this.#log = {
      head: async () => (await first(settings, 'backwards', 'end'))[0]?.position ?? null,
      firstFrom: async (position) => (await first(settings, 'forwards', position))[0],
    };
  }

  /** True while it is unknown whether the log is another one. */
  get isDoubtful(): boolean {
    return this.#short !== undefined;
  }

  /**
   * Looks at the log. `id` is that of the event at the place, if one was processed there. Throws
   * `log-damaged` if the log is another one, and the log's other problems.
   */
  async check(place: Position, id: string | undefined): Promise<void> {
    const found = await lookUp(this.#log, { position: place, id: id ?? null });
    if (found.kind === 'other') throw new OtherHistory(place, 'another event stands there');
    if (found.kind === 'held') this.#short = undefined;
    if (this.#short !== undefined) await this.#grown(this.#short.place, this.#short.head);
    if (found.kind !== 'short') {
      this.#short = undefined;
      return;
    }
    if (found.head !== null && id !== undefined)
      throw new OtherHistory(place, `it ends at ${positionText(found.head)}`);
    this.#short ??= { place, head: found.head };
  }

  async #grown(place: Position, head: Position | null): Promise<void> {
    const next = (await first(this.#settings, 'forwards', head ?? beginning, 2)).find(
      ({ position }) => head === null || comparePositions(position, head) > 0,
    );
    if (next !== undefined && comparePositions(next.position, place) < 0)
      throw new OtherHistory(
        place,
        `it ended at ${head === null ? 'its beginning' : positionText(head)}, and went on before that place`,
      );
  }
}
