import type { ServerDuplexStream } from '@grpc/grpc-js';
import type { Write } from './append-call.js';
import { batchReply } from '../wire/batch-reply.js';
import type { BatchChunk } from '../wire/batch-wire.js';
import { type CallError, cancelled, invalidArgument, resourceExhausted } from '../model/errors.js';
import { exactRevision, nothingExpected } from '../model/expected.js';
import { messageOf } from '../model/message-of.js';
import {
  type ExpectedRevision,
  MAX_APPEND_SIZE,
  type ProposedEvent,
  type WriteOutcome,
} from '../model/model.js';
import { checkStreamName, complete, proposalSize } from '../model/proposal.js';

export type BatchServerCall = ServerDuplexStream<BatchChunk, Buffer>;

/** A call is not read further while this many bytes of its appends wait for the writer. */
const HELD_LIMIT = 32 * 1024 * 1024;
/**
 * A call is ended if it leaves this many bytes of appends, or this many appends, without their
 * final chunks.
 */
const OPEN_LIMIT = 64 * 1024 * 1024;
const OPEN_COUNT_LIMIT = 16_384;
/** The overhead of an append and of an event beside the bytes of their messages. */
const APPEND_OVERHEAD = 512;
const EVENT_OVERHEAD = 256;
/** The longest delay of a timer (ms); a later deadline counts as none. */
const TIMER_LIMIT = 2 ** 31 - 1;
/** An append whose chunks arrive at least this often (ms) is waited for, even past its deadline. */
const CHUNK_TIMEOUT = 2000;

/**
 * An append with missing chunks. One that was refused early is kept without events until its final
 * chunk.
 */
type Open = {
  readonly correlation: Buffer;
  readonly stream: string;
  expected: ExpectedRevision;
  readonly deadline: number | undefined;
  /** Bytes of its events so far. */
  size: number;
  /** The memory that its received chunks take. */
  weight: number;
  events: ProposedEvent[];
  refused: boolean;
  /** When its last chunk came (ms since 1970). */
  lastChunkAt: number;
  /** Runs while chunks are missing and a deadline exists. */
  timer: NodeJS.Timeout | undefined;
};

function openAppend({ correlation, options }: BatchChunk): Open {
  if (options === undefined) throw invalidArgument('the first chunk of an append has no options');
  const { stream, deadline } = options;
  return {
    correlation: Buffer.from(correlation),
    stream,
    expected: 'any',
    deadline,
    events: [],
    size: 0,
    weight: 0,
    refused: false,
    lastChunkAt: 0,
    timer: undefined,
  };
}

/** One bidirectional call with many appends, distinguished by their correlation ids. */
export class BatchAppendCall {
  readonly #call: BatchServerCall;
  readonly #write: Write;
  readonly #appends = new Map<string, Open>();
  #unanswered = 0;
  /** Bytes that wait for the writer. */
  #held = 0;
  /** Bytes of appends whose final chunk has not come. */
  #collected = 0;
  #ended = false;
  #open = true;

  constructor(call: BatchServerCall, write: Write) {
    this.#call = call;
    this.#write = write;
  }

  run(): void {
    const stop = (): void => this.#close();
    this.#call.on('cancelled', stop);
    this.#call.on('close', stop);
    this.#call.on('error', stop);
    this.#call.on('drain', () => this.#resume());
    this.#call.on('end', () => {
      this.#ended = true;
      this.#finish();
    });
    this.#call.on('data', (chunk: BatchChunk) => {
      if (!this.#open) return;
      try {
        this.#take(chunk);
      } catch (error) {
        this.end(error as CallError);
      }
    });
  }

  end(error: CallError = cancelled()): void {
    if (!this.#open) return;
    this.#close();
    this.#call.emit('error', error);
  }

  #close(): void {
    this.#open = false;
    for (const { timer } of this.#appends.values()) clearTimeout(timer);
  }

  #take(chunk: BatchChunk): void {
    const { id } = chunk;
    if (id === undefined) throw invalidArgument('an append has no valid correlation id');
    let append = this.#appends.get(id);
    if (append === undefined) {
      append = openAppend(chunk);
      if (!chunk.final) this.#appends.set(id, append);
      this.#judge(append, chunk);
    }
    if (!append.refused) this.#collect(append, chunk);
    if (!chunk.final) {
      this.#await(append);
      if (this.#collected > OPEN_LIMIT || this.#appends.size > OPEN_COUNT_LIMIT)
        throw resourceExhausted('too many appends are open without their final chunks');
      return;
    }
    this.#appends.delete(id);
    clearTimeout(append.timer);
    this.#collected -= append.weight;
    if (!append.refused) this.#submit(append);
  }

  /** Refuses an append with invalid options. */
  #judge(append: Open, { options }: BatchChunk): void {
    try {
      checkStreamName(append.stream);
      const expected = options?.expected ?? nothingExpected();
      append.expected = typeof expected === 'bigint' ? exactRevision(expected) : expected;
    } catch (error) {
      this.#refuse(append, { kind: 'bad_request', message: messageOf(error) });
    }
  }

  /** Refuses an append at its deadline if chunks are missing and have stopped coming. */
  #await(append: Open): void {
    append.lastChunkAt = Date.now();
    if (append.deadline !== undefined && append.timer === undefined && !append.refused)
      this.#wait(append, append.deadline - append.lastChunkAt);
  }

  #wait(append: Open, time: number): void {
    if (time > TIMER_LIMIT) return;
    append.timer = setTimeout(
      () => {
        const silence = Date.now() - append.lastChunkAt;
        if (silence < CHUNK_TIMEOUT) this.#wait(append, CHUNK_TIMEOUT - silence);
        else this.#refuse(append, { kind: 'timeout' });
      },
      Math.max(0, time),
    );
  }

  #collect(append: Open, chunk: BatchChunk): void {
    const weight = chunk.size + chunk.proposals.length * EVENT_OVERHEAD;
    append.weight += weight;
    this.#collected += weight;
    try {
      for (const proposal of chunk.proposals) {
        const event = complete(proposal);
        append.size += proposalSize(event);
        append.events.push(event);
        if (append.size > MAX_APPEND_SIZE) {
          this.#refuse(append, { kind: 'too_large' });
          return;
        }
      }
    } catch (error) {
      this.#refuse(append, { kind: 'bad_request', message: messageOf(error) });
    }
  }

  /** Answers an append before its last chunk; later chunks are skipped. */
  #refuse(append: Open, outcome: WriteOutcome): void {
    this.#collected -= append.weight;
    append.weight = 0;
    append.events = [];
    append.refused = true;
    clearTimeout(append.timer);
    this.#reply(append, outcome);
  }

  #submit(append: Open): void {
    const { stream, expected, events, deadline } = append;
    const weight = append.weight + APPEND_OVERHEAD;
    this.#unanswered += 1;
    this.#held += weight;
    if (this.#held > HELD_LIMIT) this.#call.pause();
    this.#write(
      { kind: 'append', stream, expected, events, ...(deadline === undefined ? {} : { deadline }) },
      (outcome) => {
        this.#unanswered -= 1;
        this.#held -= weight;
        if (outcome.kind === 'stopping') {
          this.end();
          return;
        }
        this.#reply(append, outcome);
        this.#resume();
        this.#finish();
      },
    );
  }

  #reply(append: Open, outcome: WriteOutcome): void {
    if (!this.#open) return;
    if (!this.#call.write(batchReply(append, outcome))) this.#call.pause();
  }

  /** Reads on when the client takes its answers and the writer has caught up. */
  #resume(): void {
    if (this.#call.isPaused() && this.#held <= HELD_LIMIT && !this.#call.writableNeedDrain)
      this.#call.resume();
  }

  /** When the client has half-closed, the call ends after its last answer. */
  #finish(): void {
    if (!this.#ended || this.#unanswered > 0 || !this.#open) return;
    this.#close();
    this.#call.end();
  }
}
