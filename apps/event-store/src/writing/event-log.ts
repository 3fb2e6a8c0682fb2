import { atThisPace } from '@interlock/pace';
import { IN_MEMORY } from '../storage/database.js';
import { FaultBoard } from '../model/faults.js';
import type { WriteOutcome, WriteRequest } from '../model/model.js';
import { placeOf } from '../storage/place.js';
import { Reader } from '../storage/reader.js';
import { storageForWriting } from '../storage/storage.js';
import { Streams } from '../storage/streams.js';
import type { Principal } from '../model/users.js';
import { type LogWriter, Writer } from './writer.js';
import { WriterThread } from './writer-thread.js';

/** Receives one line when the log cannot be written, and when it can again. */
export type Report = (line: string) => void;

/** The shortest time between two reports of trouble (ms). */
const REPORT_EVERY_MS = 10_000;

/** The place of a log (without a file: in memory), and whether its writer has its own thread. */
export type EventLogOptions = {
  readonly file?: string;
  readonly writerThread?: boolean;
  readonly faults?: FaultBoard;
  readonly report?: Report;
};

/** The real server's own limit for a write (ms), adjusted to the pace of this machine. */
const WRITE_TIMEOUT_MS = atThisPace(2000);

type Parts = { readonly reader: Reader; readonly writer: LogWriter; readonly close: () => Promise<void> };

/** The log without its protocol: one file, one writer, readers of committed events. */
export class EventLog {
  readonly reader: Reader;
  readonly faults: FaultBoard;
  readonly #writer: LogWriter;
  readonly #close: () => Promise<void>;
  readonly #listeners: Set<() => void>;
  readonly #report: Report;
  #trouble: string | undefined;
  #reportedAt = -Infinity;

  private constructor(
    { reader, writer, close }: Parts,
    faults: FaultBoard,
    listeners: Set<() => void>,
    report: Report,
  ) {
    this.#report = report;
    this.reader = reader;
    this.#writer = writer;
    this.#close = close;
    this.faults = faults;
    this.#listeners = listeners;
  }

  static async open({
    file = IN_MEMORY,
    writerThread = false,
    faults = new FaultBoard(),
    report = () => undefined,
  }: EventLogOptions): Promise<EventLog> {
    const listeners = new Set<() => void>();
    const onCommit = (): void => {
      for (const listener of listeners) listener();
    };
    const place = file === IN_MEMORY ? file : placeOf(file);
    const parts = writerThread
      ? await WriterThread.open(place, faults, onCommit)
      : openInThread(place, faults, onCommit);
    return new EventLog(parts, faults, listeners, report);
  }

  write(request: WriteRequest, principal: Principal, answer: (outcome: WriteOutcome) => void): void {
    this.#writer.write(request, principal, (outcome) => {
      if (outcome.kind === 'failed' || this.#trouble !== undefined) this.#note(outcome);
      if (outcome.kind === 'written' && outcome.repeated === true && this.faults.take('dropped_repeats')) {
        setTimeout(() => answer({ kind: 'timeout' }), WRITE_TIMEOUT_MS).unref();
        return;
      }
      const isAppend = outcome.kind === 'written' && request.kind !== 'scavenge';
      if (!isAppend || !this.faults.take('lost_acknowledgements')) answer(outcome);
    });
  }

  /** Clients drop the text of a failure, so it is reported here. */
  #note(outcome: WriteOutcome): void {
    if (outcome.kind === 'failed') {
      const now = performance.now();
      if (outcome.message === this.#trouble || now - this.#reportedAt < REPORT_EVERY_MS) return;
      this.#trouble = outcome.message;
      this.#reportedAt = now;
      this.#report(outcome.message);
    } else if (outcome.kind === 'written') {
      this.#trouble = undefined;
      this.#report('appends are done again');
    }
  }

  /** Calls back after every commit, and when the log can be read again. */
  onCommit(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** Refuses new writes and resolves when the accepted ones are committed and answered. */
  async drain(): Promise<void> {
    if (this.faults.frozen) this.faults.set({ frozen: false });
    await this.#writer.drain();
  }

  async close(): Promise<void> {
    await this.#close();
  }
}

/** Reads and writes with one connection in this thread. */
function openInThread(file: string, faults: FaultBoard, onCommit: () => void): Parts {
  const storage = storageForWriting(file, 'alone', { check: true });
  const streams = new Streams(storage);
  return {
    reader: new Reader(storage, streams),
    writer: new Writer({ storage, streams, faults, onCommit }),
    close: async () => storage.close(),
  };
}
