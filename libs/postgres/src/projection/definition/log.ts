import {
  holdsEvent,
  inRounds,
  logBehind,
  positionText,
  ProblemError,
  type EventStore,
  type Position,
} from '@interlock/kernel';

/**
 * The last event of a checkpoint, as stored. It has its own position, because an earlier release
 * did not move it along.
 */
export const lastText = (position: Position, id: string): string => `${positionText(position)} ${id}`;

/** The id in it; null if it belongs to another position. */
export const lastOf = (text: string | null, position: Position | null): string | null => {
  const [at, id] = text?.split(' ') ?? [];
  return position !== null && at === positionText(position) ? (id ?? null) : null;
};

/**
 * The log is not the one that was projected: it was restored to an earlier state, or is another
 * log.
 */
export class OtherLog extends ProblemError {
  constructor(what: string, position: Position) {
    super(
      'wrong-state',
      `the log does not hold the event at ${positionText(position)} that ${what} has projected: it was restored to an earlier state, or is not the log of these read models`,
      {
        remedy:
          'name the log and the database of one installation; where the log was restored, rebuild with --restored-log',
      },
    );
  }
}

/**
 * Refuses a log without the projected event at a checkpoint's position, because the events in
 * between would be missed silently.
 */
export const refuseOtherLog = async (
  store: EventStore,
  { position, last }: { readonly position: Position; readonly last: string | null },
  what: string,
  head?: Position | null,
): Promise<void> => {
  if (!(await holdsEvent(store, { position, id: last }, head))) throw new OtherLog(what, position);
};

/** Events between a checkpoint and the end of the log were cut from the log. */
export class EventsCut extends ProblemError {
  constructor(what: string, service: string, name: string) {
    super('stream-scavenged', `${what} lacks events that were cut from the log and are in its archive only`, {
      remedy: `run \`interlock projections rebuild ${service}/${name}\``,
    });
  }
}

const heads = new WeakMap<EventStore, () => Promise<Position | null>>();

/**
 * The end of the log, read after the call. One read serves all read models of the process that ask
 * at the same time.
 */
export const headOf = (store: EventStore): Promise<Position | null> => {
  const log = logBehind(store);
  const read = heads.get(log) ?? inRounds(() => log.head());
  heads.set(log, read);
  return read();
};

/** Tells whether the log is still the one that was projected. */
export class LogIdentity {
  /** How often it was doubted, and how many of these doubts are settled. */
  #doubts = 0;
  #settled = 0;
  /** The event that was found in the log since the last doubt. */
  #found: string | undefined;

  constructor(
    private readonly store: EventStore,
    private readonly what: string,
  ) {}

  /** True after the log was away, because another log may return. */
  get isDoubtful(): boolean {
    return this.#settled < this.#doubts;
  }

  doubt(): void {
    this.#doubts += 1;
    this.#found = undefined;
  }

  /**
   * Throws `OtherLog`. Stays in doubt if the log does not answer. Pass `head` if it is known. An
   * event that was found since the last doubt is not read again.
   */
  async check(
    { position, last }: { readonly position: Position | null; readonly last: string | null },
    head?: Position | null,
  ): Promise<void> {
    const doubts = this.#doubts;
    const sought = position === null || last === null ? undefined : lastText(position, last);
    const isFound = sought !== undefined && sought === this.#found;
    try {
      if (position !== null)
        await refuseOtherLog(this.store, { position, last: isFound ? null : last }, this.what, head);
    } catch (error) {
      if (error instanceof OtherLog) throw error;
      this.doubt();
      return;
    }
    this.#settled = Math.max(this.#settled, doubts);
    if (doubts === this.#doubts) this.#found = sought;
  }
}
