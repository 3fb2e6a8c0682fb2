import { randomUUID } from 'node:crypto';
import type { PersonChange, RecordPersonAnswer, RecordPersonRequest } from '@interlock/contracts';

/** Records a change of a person's access in the log. Rejects if that was not possible. */
export type RecordPerson = (request: RecordPersonRequest) => Promise<RecordPersonAnswer>;
/**
 * The content of a record: the person, who made the change (null for the installation), and the
 * change.
 */
type Change = Omit<RecordPersonRequest, 'request_id'>;

const againMs = 2000;
/** The most ends of sessions that wait while the log is away. Beyond it, the oldest are dropped. */
const mostWaiting = 1000;

/**
 * Reports changes of people's access to the log. An access is recorded before it opens, and stays
 * closed if it cannot be recorded. Its end is recorded afterwards, however long the log is away,
 * because closing must not wait.
 */
export class PersonLog {
  readonly #waiting: RecordPersonRequest[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly record: RecordPerson) {}

  /**
   * Records an access before it opens. Throws what the recorder throws, e.g. `service-unreachable`;
   * then nothing may open.
   */
  async opens(change: Change): Promise<void> {
    const { requested } = await this.record({ request_id: randomUUID(), ...change });
    if (requested.length > 0) throw new Error('a way in opened before its change was approved');
  }

  /**
   * Returns the changes that people must still approve before the request is recorded; empty once
   * it is. Throws what `opens` throws.
   */
  async requests(request: RecordPersonRequest): Promise<RecordPersonAnswer['requested']> {
    return (await this.record(request)).requested;
  }

  /**
   * Records the end of an access. It never throws. A repeat has the same id, so that a late success
   * is not recorded twice.
   */
  ended(change: Change): void {
    if (this.#waiting.length >= mostWaiting) this.#waiting.shift();
    this.#waiting.push({ request_id: randomUUID(), ...change });
    if (this.#timer === undefined && this.#waiting.length === 1) void this.#send();
  }

  async #send(): Promise<void> {
    this.#timer = undefined;
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      try {
        await this.record(next);
        if (this.#waiting[0] === next) this.#waiting.shift();
      } catch {
        this.#timer = setTimeout(() => {
          void this.#send();
        }, againMs).unref();
        return;
      }
    }
  }
}

/**
 * Returns the change for a session that another person, or the provider, ended; null for all
 * sessions.
 */
export const sessionsRevoked = (
  session_id: string | null,
  because: Extract<PersonChange, { readonly kind: 'revoke_sessions' }>['because'],
): PersonChange => ({ kind: 'revoke_sessions', session_id, because });
