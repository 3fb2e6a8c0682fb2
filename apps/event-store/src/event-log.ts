import { IN_MEMORY } from './database.js';
import { FaultBoard } from './faults.js';
import type { WriteOutcome, WriteRequest } from './model.js';
import { Reader } from './reader.js';
import { storageForWriting } from './storage.js';
import { Streams } from './streams.js';
import type { Principal } from './users.js';
import { type LogWriter, Writer } from './writer.js';
import { WriterThread } from './writer-thread.js';

/** Where a log lies (without a file: in memory), and whether its writer is a thread of its own. */
export type EventLogOptions = { readonly file?: string; readonly writerThread?: boolean; readonly faults?: FaultBoard };

type Parts = { readonly reader: Reader; readonly writer: LogWriter; readonly close: () => Promise<void> };

/** The log without its protocol: one file, one writer, readers of what is committed. */
export class EventLog {
  readonly reader: Reader;
  readonly faults: FaultBoard;
  readonly #writer: LogWriter;
  readonly #close: () => Promise<void>;
  readonly #listeners: Set<() => void>;

  private constructor({ reader, writer, close }: Parts, faults: FaultBoard, listeners: Set<() => void>) {
    this.reader = reader;
    this.#writer = writer;
    this.#close = close;
    this.faults = faults;
    this.#listeners = listeners;
  }

  static async open({ file = IN_MEMORY, writerThread = false, faults = new FaultBoard() }: EventLogOptions): Promise<EventLog> {
    const listeners = new Set<() => void>();
    const onCommit = (): void => {
      for (const listener of listeners) listener();
    };
    const parts = writerThread ? await WriterThread.open(file, faults, onCommit) : openInThread(file, faults, onCommit);
    return new EventLog(parts, faults, listeners);
  }

  write(request: WriteRequest, principal: Principal, answer: (outcome: WriteOutcome) => void): void {
    this.#writer.write(request, principal, (outcome) => {
      if (outcome.kind !== 'written' || !this.faults.take('lost_acknowledgements')) answer(outcome);
    });
  }

  /** Calls back after every commit, and when the log can be read again. */
  onCommit(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** Refuses new writes and resolves when those taken are committed and answered. */
  async drain(): Promise<void> {
    if (this.faults.frozen) this.faults.set({ frozen: false });
    await this.#writer.drain();
  }

  async close(): Promise<void> {
    await this.#close();
  }
}

/** Reads and writes by one connection in this thread. */
function openInThread(file: string, faults: FaultBoard, onCommit: () => void): Parts {
  const storage = storageForWriting(file, 'alone', { check: true });
  const streams = new Streams(storage);
  return {
    reader: new Reader(storage, streams),
    writer: new Writer({ storage, streams, faults, onCommit }),
    close: async () => storage.close(),
  };
}
