import { backOffMs, type RecordedEvent } from '@interlock/kernel';

import type { Backlog } from '../../backlog.js';
import { pause } from '../../pause.js';
import { persistently } from '../../persistently.js';
import { applyOrIsolate, CheckpointWentBack, type Applied } from '../definition/batch.js';
import type { LogIdentity } from '../definition/log.js';
import type { Reach } from './lag.js';
import type { Following, Signal } from './next.js';
import type { Progress } from './progress.js';
import type { Tables } from './tables.js';

/** The runner's parts that a batch changes, and how the runner hears of the result. */
type ApplierParts<DB> = {
  readonly backlog: Backlog;
  readonly tables: Tables<DB>;
  readonly reach: Reach;
  readonly identity: LogIdentity;
  readonly progress: Progress;
  readonly following: () => Following;
  /** Aborted while the runner is stopped. */
  readonly stopped: () => AbortSignal;
  readonly signal: (signal: Signal) => Promise<void>;
  readonly fail: (error: unknown) => void;
  /** A batch was applied. */
  readonly onApplied: () => void;
};

/** Applies a projection's backlog batch by batch. Repeats a batch while the database is away. */
export class BacklogApplier<DB> {
  readonly #parts: ApplierParts<DB>;

  constructor(parts: ApplierParts<DB>) {
    this.#parts = parts;
  }

  /**
   * Applies the first `count` events of the backlog. Rejects if one cannot be projected. It begins
   * its first batch synchronously, so a hastened read model joins the common transaction.
   */
  async drain(count: number, batchSize: number): Promise<void> {
    const { backlog, identity, following, stopped, signal, fail } = this.#parts;
    for (let left = count; left > 0 && backlog.length > 0;) {
      if (stopped().aborted || following().isStartingOver) return;
      const batch = backlog.first(batchSize);
      left -= batch.length;
      try {
        while (identity.isDoubtful && !stopped().aborted) await this.persistently(() => this.#lookAtLog());
        const poisoned = await applyOrIsolate(batch, (part) => this.#apply(part));
        if (poisoned !== undefined) throw poisoned;
      } catch (error) {
        if (error instanceof CheckpointWentBack) {
          void signal({ kind: 'went_back', areTablesGone: false });
          return;
        }
        if (stopped().aborted) return;
        fail(error);
        throw error;
      }
    }
  }

  /** Repeats work while the database is away, and tells the runner of each attempt. */
  async persistently(work: () => Promise<void>): Promise<void> {
    const { stopped, signal } = this.#parts;
    await persistently(stopped(), work, (error, attempt, isDatabaseAway) => {
      void signal({ kind: 'repeated', error, attempt, isDatabaseAway });
    });
    await signal({ kind: 'succeeded' });
  }

  /** After the log was away, events are projected only if it is still the same log. */
  async #lookAtLog(): Promise<void> {
    const { identity, tables, stopped } = this.#parts;
    await identity.check(await tables.checkpoint());
    if (identity.isDoubtful) await pause(backOffMs(3, 25, 2000, Math.random()), stopped());
  }

  async #apply(batch: readonly RecordedEvent[]): Promise<void> {
    const { backlog, tables, reach, progress, onApplied } = this.#parts;
    await this.persistently(async () => {
      const applied = (await this.#applyTogether(batch)) ?? (await tables.apply(batch, reach.position));
      reach.projected(applied.position);
      progress.applied(applied);
      backlog.drop(batch);
    });
    onApplied();
  }

  /**
   * `undefined` if it must be applied alone: unlike the others, the read model is not at the end of
   * the log.
   */
  #applyTogether(batch: readonly RecordedEvent[]): Promise<Applied | undefined> {
    const { backlog, tables, reach, following } = this.#parts;
    const isAtEnd = following().stage === 'following' && batch.length === backlog.length;
    return isAtEnd ? tables.applyTogether(batch, reach.position) : Promise.resolve(undefined);
  }
}
