import { randomUUID } from 'node:crypto';
import { mayAccess, mayClaim, mayScavenge } from '../storage/access.js';
import { isDamagedEvent } from '../storage/checksum.js';
import { decide, exists, type Recorded } from './decide.js';
import type { FaultBoard } from '../model/faults.js';
import { IdCache } from '../model/id-cache.js';
import { messageOf } from '../model/message-of.js';
import { deletedMetadata, withTruncateBefore } from '../model/metadata.js';
import {
  describedBy,
  METADATA_TYPE,
  metastreamOf,
  type ProposedEvent,
  TOMBSTONE_ROW,
  TOMBSTONE_TYPE,
  type WriteOutcome,
  type WriteRequest,
} from '../model/model.js';
import type { Storage } from '../storage/storage.js';
import type { Streams, StreamState } from '../storage/streams.js';
import type { Principal } from '../model/users.js';

type QueuedWrite = {
  readonly request: WriteRequest;
  readonly principal: Principal;
  readonly answer: (outcome: WriteOutcome) => void;
};

/**
 * Accepts writes and calls `answer` once for each: after the commit that made it durable, or with
 * its refusal.
 */
export interface LogWriter {
  write(request: WriteRequest, principal: Principal, answer: (outcome: WriteOutcome) => void): void;
  /** Accepts no more writes and resolves when the accepted ones are answered. */
  drain(): Promise<void>;
}

export type WriterParts = {
  readonly storage: Storage;
  readonly streams: Streams;
  readonly faults: FaultBoard;
  /** Called after a transaction, before its writes are answered. */
  readonly onCommit?: () => void;
  /** Called when the log was reopened from the disk. */
  readonly onRecovered?: () => void;
};

/** How many ids are remembered to make a repeated append without an exact revision idempotent. */
const REMEMBERED_IDS = 100_000;

/** The most writes of one transaction; more wait for the next. */
const GROUP_LIMIT = 1024;

const EMPTY = new Uint8Array(0);

/** Never notified: waiting on it blocks the thread for a time. */
const NEVER = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

/**
 * The only writer. Writes that arrive in one turn of the event loop share a transaction, and none
 * is answered before its commit.
 */
export class Writer implements LogWriter {
  readonly #storage: Storage;
  readonly #streams: Streams;
  readonly #ids: IdCache;
  readonly #faults: FaultBoard;
  readonly #recorded: Recorded;
  readonly #onCommit: () => void;
  readonly #onRecovered: () => void;
  #queue: QueuedWrite[] = [];
  #scheduled = false;
  #closed = false;
  #broken = false;
  /** The last position that is known to be on the disk. */
  #committed: number;
  #idle: (() => void)[] = [];

  constructor({ storage, streams, faults, onCommit, onRecovered }: WriterParts) {
    this.#storage = storage;
    this.#committed = storage.head;
    this.#streams = streams;
    this.#ids = new IdCache(REMEMBERED_IDS);
    this.#faults = faults;
    this.#onCommit = onCommit ?? (() => undefined);
    this.#onRecovered = onRecovered ?? (() => undefined);
    this.#recorded = {
      ids: this.#ids,
      idsFrom: (streamId, revision, count) => storage.idsFrom(streamId, revision, count),
      hasMetadata: (stream) => streams.get(metastreamOf(stream)).last >= 0,
    };
    faults.onChange(() => this.#schedule());
    faults.onAction('forget_ids', () => this.#ids.forget());
  }

  /** The last position that is known to be on the disk. */
  get committed(): number {
    return this.#committed;
  }

  write(request: WriteRequest, principal: Principal, answer: (outcome: WriteOutcome) => void): void {
    if (this.#closed) {
      answer({ kind: 'stopping' });
      return;
    }
    this.#queue.push({ request, principal, answer });
    this.#schedule();
  }

  async drain(): Promise<void> {
    this.#closed = true;
    while (this.#scheduled) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #schedule(): void {
    if (this.#scheduled || this.#queue.length === 0 || this.#faults.frozen) return;
    this.#scheduled = true;
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    const group = this.#queue.length <= GROUP_LIMIT ? this.#queue : this.#queue.slice(0, GROUP_LIMIT);
    this.#queue = this.#queue.length <= GROUP_LIMIT ? [] : this.#queue.slice(GROUP_LIMIT);
    const outcomes = this.#transact(group);
    this.#onCommit();
    group.forEach(({ answer }, index) => {
      const outcome = outcomes[index];
      if (outcome !== undefined) answer(outcome);
    });
    this.#scheduled = false;
    this.#schedule();
    if (!this.#scheduled) for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** INVARIANT: the whole group is committed, or nothing is and the caches match the disk. */
  #transact(group: readonly QueuedWrite[]): readonly WriteOutcome[] {
    const now = Date.now();
    const misplaced = this.#storage.misplaced();
    if (misplaced !== undefined)
      return group.map(() => ({ kind: 'failed', message: `append not done: ${misplaced}` }));
    try {
      if (this.#broken) this.#recover();
      this.#storage.begin();
      const outcomes = group.map(({ request, principal }) => this.#attempt(request, principal, now));
      if (this.#faults.take('failed_commits')) throw new Error('fault: commit failed');
      if (this.#faults.slowFsyncMs > 0) Atomics.wait(NEVER, 0, 0, this.#faults.slowFsyncMs);
      this.#storage.commit();
      this.#committed = this.#storage.head;
      return outcomes;
    } catch (error) {
      const message = this.#afterFailure(messageOf(error));
      return group.map(() => ({ kind: 'failed', message }));
    }
  }

  /**
   * Returns to the disk's state and says what happened to the writes. While the disk cannot be
   * read, the next write tries again.
   */
  #afterFailure(cause: string): string {
    const before = this.#committed;
    try {
      this.#recover();
      this.#committed = this.#storage.head;
      if (this.#committed === before) return `append not done: ${cause}`;
    } catch (error) {
      this.#broken = true;
      return `outcome unknown, ask again with the same event ids: ${cause}; the log cannot be read: ${messageOf(error)}`;
    }
    // The commit reached the disk although it reported an error.
    return `outcome unknown, ask again with the same event ids: ${cause}`;
  }

  #recover(): void {
    this.#streams.forget();
    this.#ids.forget();
    this.#storage.recover();
    if (this.#storage.head < this.#committed) {
      this.#storage.disconnect();
      throw new Error(
        `the file ends at position ${this.#storage.head}, but ${this.#committed} was committed`,
      );
    }
    this.#broken = false;
    this.#onRecovered();
  }

  /**
   * INVARIANT: a write reads everything it needs before it inserts anything. If that is damaged,
   * the rest of its group continues without it.
   */
  #attempt(request: WriteRequest, principal: Principal, now: number): WriteOutcome {
    try {
      return this.#perform(request, principal, now);
    } catch (error) {
      if (isDamagedEvent(error)) return { kind: 'failed', message: `append not done: ${messageOf(error)}` };
      throw error;
    }
  }

  #perform(request: WriteRequest, principal: Principal, now: number): WriteOutcome {
    if (request.deadline !== undefined && request.deadline <= now) return { kind: 'timeout' };
    if (request.kind === 'scavenge') return this.#scavenge(request.stream, principal);
    if (
      !mayAccess(this.#streams, principal, request.kind === 'append' ? 'write' : 'delete', request.stream) ||
      !mayClaim(principal, request.stream, request.events)
    )
      return { kind: 'access_denied' };
    const state = this.#streams.get(request.stream);
    // As on the real server, metadata of a tombstoned stream that had some is written, though it
    // can be read only in `$all`.
    if (state.tombstoned || (state.last < 0 && this.#streams.isTombstoned(state)))
      return { kind: 'stream_deleted' };
    const metadata = this.#streams.metadata(state);
    const refusal = decide(this.#recorded, state, metadata, request.expected, request.events);
    if (refusal !== undefined) return refusal;
    const createdUs = now * 1000;
    switch (request.kind) {
      case 'append':
        if (request.events.length === 0)
          return { kind: 'written', revision: state.last, position: undefined };
        if (metadata.softDeleted)
          this.#describe(
            state,
            withTruncateBefore(this.#streams.metadataEvent(state.name), BigInt(state.last + 1)),
            createdUs,
          );
        return this.#appendTo(state, request.events, createdUs);
      case 'delete':
        if (!exists(this.#recorded, state)) return { kind: 'wrong_expected_version', actual: -1 };
        return this.#describe(state, deletedMetadata(), createdUs);
      case 'tombstone':
        return this.#tombstone(state, createdUs);
    }
  }

  #append(state: StreamState, events: readonly ProposedEvent[], createdUs: number): WriteOutcome {
    if (state.id === 0) state.id = this.#storage.createStream(state.name);
    let position = 0;
    for (const event of events) {
      const revision = state.last + 1;
      position = this.#storage.insert(state, revision, event, createdUs);
      state.last = revision;
      this.#ids.remember(state.id, event.id, revision);
    }
    this.#streams.written(state.name);
    return { kind: 'written', revision: state.last, position };
  }

  /**
   * Metadata written for a softly deleted stream reopens it, empty. The deleted events stay hidden,
   * whatever the metadata says.
   */
  #appendTo(state: StreamState, events: readonly ProposedEvent[], createdUs: number): WriteOutcome {
    const described = describedBy(state.name);
    const deleted = described === undefined ? undefined : this.#streams.get(described);
    const reviving =
      deleted !== undefined && !deleted.tombstoned && this.#streams.metadata(deleted).softDeleted;
    const outcome = this.#append(state, events, createdUs);
    if (reviving)
      this.#describe(
        deleted,
        withTruncateBefore(events[events.length - 1]?.data, BigInt(deleted.last + 1)),
        createdUs,
      );
    return outcome;
  }

  #describe(state: StreamState, data: Uint8Array, createdUs: number): WriteOutcome {
    const meta = this.#streams.get(metastreamOf(state.name));
    return this.#append(
      meta,
      [{ id: randomUUID(), type: METADATA_TYPE, isJson: true, data, metadata: EMPTY }],
      createdUs,
    );
  }

  /**
   * INVARIANT: the last event of a stream stays, as on the real server, so that revisions and
   * positions go on after it. Only `$tb` removes events: those past `$maxAge` and `$maxCount` stay.
   */
  #scavenge(stream: string, principal: Principal): WriteOutcome {
    if (!mayScavenge(principal)) return { kind: 'access_denied' };
    const state = this.#streams.get(stream);
    const before = Math.min(this.#streams.metadata(state).truncateBefore, state.last);
    return {
      kind: 'written',
      revision: this.#storage.scavenge(state.id, before, GROUP_LIMIT),
      position: undefined,
    };
  }

  #tombstone(state: StreamState, createdUs: number): WriteOutcome {
    if (state.id === 0) state.id = this.#storage.createStream(state.name);
    const event = { id: randomUUID(), type: TOMBSTONE_TYPE, isJson: false, data: EMPTY, metadata: EMPTY };
    const position = this.#storage.insert(state, TOMBSTONE_ROW, event, createdUs);
    state.tombstoned = true;
    return { kind: 'written', revision: state.last, position };
  }
}
