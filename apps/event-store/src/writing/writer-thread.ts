import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { IN_MEMORY, ownFile } from '../storage/database.js';
import { FAULT_ACTIONS, type FaultBoard } from '../model/faults.js';
import type { WriteOutcome, WriteRequest } from '../model/model.js';
import { Reader } from '../storage/reader.js';
import { type Storage, storageForReading } from '../storage/storage.js';
import { Streams } from '../storage/streams.js';
import type { Principal } from '../model/users.js';
import type { LogWriter } from './writer.js';
import {
  type FromWriterThread,
  type NumberedWrite,
  packWrites,
  type ToWriterThread,
  type WriterThreadData,
} from './writer-messages.js';

/** The thread's program. It is always the built one, even if this file runs from its source. */
const PROGRAM = pathToFileURL(
  createRequire(import.meta.url).resolve('@interlock-apps/event-store/writer-thread'),
);

type Pending = { readonly request: WriteRequest; readonly answer: (outcome: WriteOutcome) => void };

/** The reading thread's connection to the log, opened after the writer's. */
type Reading = { readonly storage: Storage; readonly streams: Streams; readonly reader: Reader };

/**
 * A writer in its own thread. This side sends it writes, shows readers what was committed, and
 * replaces the thread when it ends.
 */
export class WriterThread implements LogWriter {
  readonly #file: string;
  readonly #program: URL;
  readonly #faults: FaultBoard;
  readonly #onCommit: () => void;
  readonly #pending = new Map<number, Pending>();
  readonly #released = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  #worker: Worker | undefined;
  #reading: Reading | undefined;
  #outgoing: NumberedWrite[] = [];
  #scheduled = false;
  #opened = false;
  #closed = false;
  /** True if the current thread has done anything since its start. */
  #proven = false;
  #committed = 0;
  #numbers = 0;
  #failure = '';
  #onDrained: (() => void) | undefined;

  private constructor(file: string, program: URL, faults: FaultBoard, onCommit: () => void) {
    this.#file = file;
    this.#program = program;
    this.#faults = faults;
    this.#onCommit = onCommit;
    faults.onChange(() => this.#post({ kind: 'faults_changed' }));
    for (const action of FAULT_ACTIONS) faults.onAction(action, () => this.#post({ kind: 'action', action }));
  }

  /** Opens the log, first in its writer; tests may pass another `program`. */
  static async open(
    file: string,
    faults: FaultBoard,
    onCommit: () => void,
    program = PROGRAM,
  ): Promise<{ readonly reader: Reader; readonly writer: WriterThread; close(): Promise<void> }> {
    if (file === IN_MEMORY)
      throw new Error('a log in memory has no thread to write it: name a file, or leave the thread out');
    const letGo = ownFile(file);
    const writer = new WriterThread(file, program, faults, onCommit);
    try {
      await writer.#start(true);
      const storage = storageForReading(file);
      const streams = new Streams(storage);
      const reader = new Reader(storage, streams);
      writer.#reading = { storage, streams, reader };
      return {
        reader,
        writer,
        close: async () => {
          storage.close();
          await writer.#end();
          letGo();
        },
      };
    } catch (error) {
      await writer.#end();
      letGo();
      throw error;
    }
  }

  write(request: WriteRequest, principal: Principal, answer: (outcome: WriteOutcome) => void): void {
    if (this.#closed) {
      answer({ kind: 'stopping' });
      return;
    }
    const number = (this.#numbers += 1);
    this.#pending.set(number, { request, answer });
    this.#outgoing.push({ number, request, principal });
    if (this.#worker === undefined) this.#restart();
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#send());
  }

  async drain(): Promise<void> {
    this.#closed = true;
    this.#send();
    if (this.#worker === undefined) return;
    await new Promise<void>((resolve) => {
      this.#onDrained = resolve;
      this.#post({ kind: 'drain' });
    });
  }

  #post(message: ToWriterThread): void {
    this.#worker?.postMessage(message);
  }

  #send(): void {
    this.#scheduled = false;
    if (!this.#opened || this.#outgoing.length === 0) return;
    const packed = packWrites(this.#outgoing);
    this.#outgoing = [];
    this.#worker?.postMessage({ kind: 'write', packed } satisfies ToWriterThread, [packed.bytes.buffer]);
  }

  /**
   * Starts a thread; resolves when it has opened the log, and otherwise rejects with the reason.
   */
  #start(check: boolean): Promise<void> {
    this.#failure = '';
    this.#opened = false;
    this.#proven = false;
    const workerData: WriterThreadData = {
      file: this.#file,
      faults: this.#faults.memory,
      released: this.#released.buffer as SharedArrayBuffer,
      check,
      committed: this.#committed,
    };
    const worker = new Worker(this.#program, { workerData, name: 'writer' });
    this.#worker = worker;
    return new Promise((resolve, reject) => {
      worker.on('message', (message: FromWriterThread) => {
        if (message.kind === 'refused') {
          this.#failure = message.message;
        } else if (message.kind === 'opened') {
          this.#opened = true;
          this.#committed = message.head;
          resolve();
        } else {
          this.#take(message);
        }
      });
      worker.on('error', (error) => {
        this.#failure = error.message;
      });
      worker.once('exit', (code) => {
        if (this.#failure === '') this.#failure = `it ended with ${code}`;
        this.#worker = undefined;
        reject(new Error(this.#failure));
        if (this.#opened) this.#lost();
      });
    });
  }

  #take(message: Exclude<FromWriterThread, { readonly kind: 'opened' | 'refused' }>): void {
    switch (message.kind) {
      case 'settled':
        this.#settle(message.head, message.outcomes);
        return;
      case 'release':
        this.#suspend();
        Atomics.store(this.#released, 0, 1);
        Atomics.notify(this.#released, 0);
        return;
      case 'reopened':
        this.#committed = message.head;
        this.#readAgain(true);
        return;
      case 'drained':
        this.#onDrained?.();
    }
  }

  /** INVARIANT: readers see a write before its writer gets the answer. */
  #settle(head: number, outcomes: readonly (readonly [number, WriteOutcome])[]): void {
    this.#proven = true;
    this.#committed = head;
    const settled = outcomes.map(([number, outcome]) => {
      const pending = this.#pending.get(number);
      this.#pending.delete(number);
      if (outcome.kind === 'written' && pending !== undefined)
        this.#reading?.streams.changed(pending.request.stream);
      return { answer: pending?.answer, outcome };
    });
    this.#reading?.storage.advance(head);
    this.#readAgain(outcomes.some(([, { kind }]) => kind !== 'failed'));
    for (const { answer, outcome } of settled) answer?.(outcome);
  }

  /** Closes the readers' connection, so that only the writer holds the file; reads wait. */
  #suspend(): void {
    if (this.#reading === undefined) return;
    this.#reading.reader.suspended = true;
    this.#reading.storage.disconnect();
  }

  /**
   * Reopens the readers' connection if the writer has the log. Otherwise reads are refused instead
   * of waiting.
   */
  #readAgain(written: boolean): void {
    if (this.#reading === undefined) return;
    const { storage, streams, reader } = this.#reading;
    if (written && !storage.isOpen) {
      streams.forget();
      try {
        storage.recover();
        storage.advance(this.#committed);
      } catch {
        // Reads are still refused; the next commit tries again.
      }
    }
    reader.suspended = false;
    this.#onCommit();
  }

  /**
   * The thread has ended by itself, with unknown outcomes of its writes. Another replaces it,
   * unless this one did not even begin.
   */
  #lost(): void {
    this.#opened = false;
    this.#suspend();
    this.#fail(
      `outcome unknown, ask again with the same event ids: the writing thread ended: ${this.#failure}`,
    );
    this.#onDrained?.();
    if (this.#closed) return;
    if (this.#proven) this.#restart();
    else this.#giveUp();
  }

  #restart(): void {
    this.#start(false)
      .then(() => {
        this.#readAgain(true);
        this.#send();
      })
      .catch((error: unknown) => {
        this.#fail(`append not done: ${String(error)}`);
        this.#giveUp();
      });
  }

  /** The next write starts a thread again. */
  #giveUp(): void {
    this.#readAgain(false);
    this.#onDrained?.();
  }

  #fail(message: string): void {
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    this.#outgoing = [];
    for (const { answer } of pending) answer({ kind: 'failed', message });
  }

  async #end(): Promise<void> {
    const worker = this.#worker;
    if (worker === undefined) return;
    this.#closed = true;
    await new Promise<void>((resolve) => {
      worker.once('exit', () => resolve());
      this.#post({ kind: 'close' });
    });
  }
}
