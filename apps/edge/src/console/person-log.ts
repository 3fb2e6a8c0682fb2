import { randomUUID } from 'node:crypto';
import type { PersonChange, RecordPersonAnswer, RecordPersonRequest } from '@interlock/contracts';

/** Records a change of a person's way in, in the log; it rejects if that was not possible. */
export type RecordPerson = (request: RecordPersonRequest) => Promise<RecordPersonAnswer>;
/** What is recorded: the person, who did it (null for the installation), and the change. */
type Change = Omit<RecordPersonRequest, 'request_id'>;

const againMs = 2000;
/** More ends of sessions than happen while the log is away. Beyond it the oldest are dropped. */
const mostWaiting = 1000;

/**
 * What the edge tells the log about people. A way in is recorded before it opens, and stays shut if
 * it cannot be recorded. The end of one is recorded afterwards, however long the log is away,
 * because closing it must not wait.
 */
export class PersonLog {
  readonly #waiting: RecordPersonRequest[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly record: RecordPerson) {}

  /** Throws what the recorder throws, e.g. `service-unreachable`: then nothing may open. */
  async opens(change: Change): Promise<void> {
    const { requested } = await this.record({ request_id: randomUUID(), ...change });
    if (requested.length > 0) throw new Error('a way in opened before its change was approved');
  }

  /**
   * The changes that people must still approve before the request is recorded; empty once it is.
   * Throws like `opens`.
   */
  async requests(request: RecordPersonRequest): Promise<RecordPersonAnswer['requested']> {
    return (await this.record(request)).requested;
  }

  /** Never throws. A repeat has the same id, so that a late success is not recorded twice. */
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

/** The change of a session that somebody else, or the provider, ended; null for all of them. */
export const sessionsRevoked = (
  session_id: string | null,
  because: Extract<PersonChange, { readonly kind: 'revoke_sessions' }>['because'],
): PersonChange => ({ kind: 'revoke_sessions', session_id, because });
