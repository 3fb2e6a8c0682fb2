import { holdsEvent, positionText, ProblemError, type EventStore, type Position } from '@interlock/kernel';

/** The last event of a checkpoint as it is stored; with its position, for a release before did not move it along. */
export const lastText = (position: Position, id: string): string => `${positionText(position)} ${id}`;

/** The id in it; null where it is of another position. */
export const lastOf = (text: string | null, position: Position | null): string | null => {
  const [at, id] = text?.split(' ') ?? [];
  return position !== null && at === positionText(position) ? id ?? null : null;
};

/** The log is not the one that was projected: it was restored to a state before, or is another. */
export class OtherLog extends ProblemError {
  constructor(what: string, position: Position) {
    super('wrong-state', `the log does not hold the event at ${positionText(position)} that ${what} has projected: it was restored to an earlier state, or is not the log of these read models`, {
      remedy: 'name the log and the database of one installation; where the log was restored, rebuild with --restored-log',
    });
  }
}

/** Refuses a log that does not hold, at a checkpoint's position, the event that was projected there: what lies between would be missed in silence. */
export const refuseOtherLog = async (store: EventStore, { position, last }: { readonly position: Position; readonly last: string | null }, what: string, head?: Position | null): Promise<void> => {
  if (!(await holdsEvent(store, { position, id: last }, head))) throw new OtherLog(what, position);
};

/** Whether the log is still the one that was projected. */
export class LogIdentity {
  #isDoubtful = false;

  constructor(private readonly store: EventStore, private readonly what: string) {}

  /** True after the log was away: what comes back may be another one. */
  get isDoubtful(): boolean {
    return this.#isDoubtful;
  }

  doubt(): void {
    this.#isDoubtful = true;
  }

  /** Throws `OtherLog`; doubtful where the log does not answer. `head` where that is known. */
  async check({ position, last }: { readonly position: Position | null; readonly last: string | null }, head?: Position | null): Promise<void> {
    try {
      if (position !== null) await refuseOtherLog(this.store, { position, last }, this.what, head);
      this.#isDoubtful = false;
    } catch (error) {
      if (error instanceof OtherLog) throw error;
      this.#isDoubtful = true;
    }
  }
}
