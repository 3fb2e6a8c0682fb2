import { FaultBoard } from './faults.js';
import { IdCache } from './id-cache.js';
import type { WriteOutcome, WriteRequest } from './model.js';
import { Reader } from './reader.js';
import { Storage } from './storage.js';
import { Streams } from './streams.js';
import type { Principal } from './users.js';
import { Writer } from './writer.js';

const REMEMBERED_IDS = 100_000;

/** The log without its protocol: one file, one writer, readers of what is committed. */
export class EventLog {
  readonly reader: Reader;
  readonly faults: FaultBoard;
  readonly #storage: Storage;
  readonly #writer: Writer;
  readonly #listeners = new Set<() => void>();

  constructor(file: string, faults = new FaultBoard()) {
    this.faults = faults;
    this.#storage = new Storage(file);
    const streams = new Streams(this.#storage);
    const ids = new IdCache(REMEMBERED_IDS);
    this.reader = new Reader(this.#storage, streams);
    this.#writer = new Writer({
      storage: this.#storage,
      streams,
      ids,
      faults,
      onCommit: () => {
        for (const listener of this.#listeners) listener();
      },
    });
    faults.onAction('forget_ids', () => ids.forget());
  }

  write(request: WriteRequest, principal: Principal, answer: (outcome: WriteOutcome) => void): void {
    this.#writer.write(request, principal, answer);
  }

  onCommit(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** Refuses new writes and resolves when those taken are committed and answered. */
  async drain(): Promise<void> {
    await this.#writer.close();
  }

  close(): void {
    this.#storage.close();
  }
}
