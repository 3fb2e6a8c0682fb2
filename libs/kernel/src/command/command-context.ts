import type { Actor, Timestamp } from '@interlock/contracts';
import type { DomainEvent } from './decider.js';
import type { Approver, ChangeRef, Position } from '../log/event-store.js';

/** Metadata that every command adds to its events. */
export type CommandContext = {
  /**
   * The id of the command. A repeat with the same id and content appends nothing twice. A repeat
   * with other content is refused (`idempotency-conflict`).
   */
  readonly commandId: string;
  readonly tenantId: string;
  readonly actor: Actor;
  readonly now: Timestamp;
  readonly correlationId: string;
  readonly causationId: string;
  readonly traceparent?: string;
  /** The approved change request that the command applies. */
  readonly change?: ChangeRef;
  /** The person's rights. Present if the command is an approval. */
  readonly approver?: Approver;
  /**
   * True if the stream most likely does not exist yet, so the command is decided without reading
   * it. If it does exist, the append loses the race, and the command is decided again on its
   * events.
   */
  readonly expectsNew?: boolean;
  /**
   * The revision in the caller's `If-Match`. Another revision of the stream (−1n: no stream) is
   * refused as `stale-revision`, and the command is never decided again.
   */
  readonly expectedRevision?: bigint;
};

export type CommandResult<E extends DomainEvent, S> = {
  readonly state: S;
  /** Revision of the stream's last event after the command; −1n if the stream is empty. */
  readonly revision: bigint;
  /** The position of the last appended event in the log; null if it is not known. */
  readonly position: Position | null;
  readonly events: readonly E[];
  /** True if the command's own events were already in the stream. */
  readonly repeated: boolean;
};

export type CommandHandlerOptions = {
  /** The number of streams whose state is kept; the least recently used is dropped first. */
  readonly cacheSize?: number;
  /**
   * Waits between attempts after a lost race, with jitter. Receives the attempt's number, from 1.
   */
  readonly backoff: (attempt: number) => Promise<void>;
  /** How many times a lost race is decided again before `deadline-exceeded`. */
  readonly maxAttempts?: number;
};
