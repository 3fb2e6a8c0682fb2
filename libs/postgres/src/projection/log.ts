import {
  holdsEvent,
  inRounds,
  logBehind,
  positionText,
  ProblemError,
  type EventStore,
  type Position,
} from '@interlock/kernel';

/** The last event of a checkpoint as it is stored; with its position, for a release before did not move it along. */
export const lastText = (position: Position, id: string): string => `${positionText(position)} ${id}`;

/** The id in it; null where it is of another position. */
export const lastOf = (text: string | null, position: Position | null): string | null => {
  const [at, id] = text?.split(' ') ?? [];
  return position !== null && at === positionText(position) ? (id ?? null) : null;
};

/** The log is not the one that was projected: it was restored to a state before, or is another. */
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

/** Refuses a log that does not hold, at a checkpoint's position, the event that was projected there: what lies between would be missed in silence. */
export const refuseOtherLog = async (
  store: EventStore,
  { position, last }: { readonly position: Position; readonly last: string | null },
  what: string,
  head?: Position | null,
): Promise<void> => {
  if (!(await holdsEvent(store, { position, id: last }, head))) throw new OtherLog(what, position);
};

const heads = new WeakMap<EventStore, () => Promise<Position | null>>();

/** Where the log ends, read after the call; one read serves all read models of the process that ask at the same time. */
export const headOf = (store: EventStore): Promise<Position | null> => {
  const log = logBehind(store);
  const read = heads.get(log) ?? inRounds(() => log.head());
  heads.set(log, read);
  return read();
};

/** Whether the log is still the one that was projected. */
export class LogIdentity {
  /** How often it was doubted, and how many of these doubts are settled. */
  #doubts = 0;
  #settled = 0;
  /** The event that was found in the log since it was last doubted. */
  #found: string | undefined;

  constructor(
    private readonly store: EventStore,
    private readonly what: string,
  ) {}

  /** True after the log was away: what comes back may be another one. */
  get isDoubtful(): boolean {
    return this.#settled < this.#doubts;
  }

  doubt(): void {
    this.#doubts += 1;
    this.#found = undefined;
  }

  /** Throws `OtherLog`; doubtful where the log does not answer. `head` where that is known. An event that was found, and not doubted since, is not looked up again. */
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
