import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Metadata, ServerWritableStream } from '@grpc/grpc-js';
import type { ReadReq, ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import { accessDenied, type CallError, failedRead, streamDeleted } from '../model/errors.js';
import type { FaultBoard } from '../model/faults.js';
import { parseReadRequest, type ReadRequest } from './read-request.js';
import type { Links, Page, Reader } from '../storage/reader.js';
import {
  caughtUp,
  checkpoint,
  confirmation,
  firstRevision,
  lastRevision,
  streamNotFound,
} from '../wire/responses.js';
import { NOBODY, type Principal } from '../model/users.js';
import { encodeEvent } from '../wire/wire.js';

/** The output of a read: messages, or events that are already encoded. */
export type Outgoing = Buffer | ReadResp;
export type ReadServerCall = ServerWritableStream<ReadReq, Outgoing>;

export type ReadParts = {
  readonly reader: Reader;
  readonly faults: FaultBoard;
  /** Identifies the caller, or throws. */
  readonly authenticate: (metadata: Metadata) => Promise<Principal>;
};

/** How many revisions the real server examines in one step. */
const PAGE_ASKED = 32;

/**
 * One open read or subscription. It reads a page and waits until the client has taken it, so it
 * holds at most one page.
 */
export class ReadCall {
  readonly #call: ReadServerCall;
  readonly #reader: Reader;
  readonly #faults: FaultBoard;
  readonly #authenticate: ReadParts['authenticate'];
  #principal: Principal = NOBODY;
  #open = true;
  #wake: (() => void) | undefined;
  #woken = false;
  #stalled = false;
  /** While there is nothing to send: tells whether that may have changed. */
  #changed: (() => boolean) | undefined;

  constructor(call: ReadServerCall, parts: ReadParts) {
    this.#call = call;
    this.#reader = parts.reader;
    this.#faults = parts.faults;
    this.#authenticate = parts.authenticate;
    const stop = (): void => {
      this.#open = false;
      this.wake();
    };
    call.on('cancelled', stop);
    call.on('close', stop);
    call.on('error', stop);
    call.on('drain', () => this.wake());
  }

  /**
   * Call it after every commit. A waiting subscription checks again if there may be something for
   * it.
   */
  committed(): void {
    if (this.#changed === undefined || this.#changed()) this.wake();
  }

  /** Checks again in any case. */
  wake(): void {
    this.#woken = true;
    this.#wake?.();
  }

  /** Ends the call with an error, or without one. */
  end(error?: CallError): void {
    if (!this.#open) return;
    this.#open = false;
    if (error === undefined) this.#call.end();
    else this.#call.emit('error', error);
    this.wake();
  }

  /** Sends nothing more, and leaves the call open. */
  stall(): void {
    this.#stalled = true;
  }

  /** True if the client asked for a subscription; known once `run` has begun. */
  subscribed = false;

  /** Answers the request to its end; a subscription ends only with the call. */
  async run(): Promise<void> {
    const request = parseReadRequest(this.#call.request);
    this.subscribed = request.count === undefined;
    this.#principal = await this.#authenticate(this.#call.metadata);
    await this.#thaw();
    if (request.target !== 'all') this.#guard(request.target.stream);
    else if (!this.#reader.mayReadAll(this.#principal, request.filter)) throw accessDenied();
    if (request.count !== undefined) await this.#read(request, request.count);
    else if (request.target === 'all') await this.#subscribeToAll(request);
    else await this.#subscribeToStream(request, request.target.stream);
    this.end();
  }

  /**
   * INVARIANT: everything is written through here. A call may be ended wherever it waits. A later
   * write would destroy it before its end is sent, and the client would wait forever.
   */
  #write(message: Outgoing): boolean {
    return this.#open && this.#call.write(message);
  }

  #guard(stream: string): void {
    if (!this.#reader.mayRead(this.#principal, stream)) throw accessDenied();
  }

  /** Links are followed only to streams that the caller may read. */
  #links(request: ReadRequest): Links {
    return request.resolveLinks ? (stream) => this.#reader.mayRead(this.#principal, stream) : undefined;
  }

  async #read(request: ReadRequest, count: number): Promise<void> {
    const pages = this.#pages(request, count);
    if (pages === undefined) return;
    const { target, bounds } = request;
    const last = (): number | undefined =>
      bounds && target !== 'all' ? this.#reader.lastRevision(target.stream) : undefined;
    let left = count;
    let page = pages(undefined, left);
    let end = last();
    this.#tellFirst(request, count, page);
    for (;;) {
      await this.#send(page, request);
      left -= page.deliveries.length;
      if (page.next === undefined || left <= 0 || !this.#open) break;
      await this.#thaw();
      page = pages(page.next, left);
      end = last();
    }
    if (end !== undefined) this.#write(lastRevision(end));
  }

  /**
   * Tells a client where a stream begins, if it reads forwards and its first page would be empty.
   */
  #tellFirst(
    { target, from, backwards, bounds }: ReadRequest,
    count: number,
    { deliveries: [first] }: Page,
  ): void {
    if (!bounds || backwards || target === 'all' || from === 'end') return;
    const begins =
      (first?.link ?? first?.event)?.record.revision ?? this.#reader.firstRevision(target.stream);
    if (begins - (from === 'start' ? 0 : from) >= Math.min(count, PAGE_ASKED))
      this.#write(firstRevision(begins));
  }

  /**
   * The function that reads the next page; undefined if there is nothing to read and the client was
   * told.
   */
  #pages(
    request: ReadRequest,
    count: number,
  ): ((from: number | undefined, left: number) => Page) | undefined {
    const { target, from, backwards, filter } = request;
    const links = this.#links(request);
    const reader = this.#reader;
    if (target === 'all') {
      const first = from === 'start' ? 0 : from === 'end' ? reader.head + 1 : from;
      if (count <= 0) return undefined;
      return backwards
        ? (at, left) => reader.allBackwards(at ?? first, left, filter, links)
        : (at, left) => reader.allForwards(Math.max(at ?? first, 1), left, filter, links);
    }
    const { stream } = target;
    // The real server does this whatever the stream holds, even if it does not exist.
    if (count <= 0 || (from === 'end' && !backwards)) throw failedRead();
    const status = reader.status(stream);
    if (status === 'deleted') throw streamDeleted(stream);
    if (status === 'not_found') {
      this.#write(streamNotFound(stream));
      return undefined;
    }
    const first = from === 'start' ? 0 : from === 'end' ? reader.lastRevision(stream) : from;
    return backwards
      ? (at, left) => reader.streamBackwards(stream, at ?? first, left, links)
      : (at, left) => reader.streamForwards(stream, at ?? first, left, links);
  }

  async #subscribeToStream(request: ReadRequest, stream: string): Promise<void> {
    const reader = this.#reader;
    if (reader.status(stream) === 'deleted') throw streamDeleted(stream);
    let next =
      request.from === 'start'
        ? 0
        : request.from === 'end'
          ? reader.lastRevision(stream) + 1
          : request.from + 1;
    this.#write(confirmation());
    let live = false;
    while (this.#open) {
      this.#woken = false;
      this.#guard(stream);
      if (reader.status(stream) === 'deleted') throw streamDeleted(stream);
      const page = reader.streamForwards(stream, next, Number.MAX_SAFE_INTEGER, this.#links(request));
      if (page.next === undefined) {
        if (!live) this.#write(caughtUp());
        live = true;
        this.#changed = reader.watch(stream);
        await this.#sleep();
        this.#changed = undefined;
      } else {
        next = page.next;
        await this.#send(page, request);
      }
      await this.#thaw();
    }
  }

  async #subscribeToAll(request: ReadRequest): Promise<void> {
    const { filter } = request;
    const links = this.#links(request);
    const reader = this.#reader;
    let seen = request.from === 'start' ? 0 : request.from === 'end' ? reader.head : request.from;
    const marks = filter === undefined ? undefined : new Checkpoints(seen, filter.checkpointEvery);
    this.#write(confirmation());
    let live = false;
    while (this.#open) {
      this.#woken = false;
      if (seen < reader.head) {
        const page = reader.allForwards(seen + 1, Number.MAX_SAFE_INTEGER, filter, links);
        seen = page.seen;
        await this.#send(page, request, marks);
        const mark = marks?.passed(seen + 1);
        if (mark !== undefined) this.#write(checkpoint(mark));
      } else {
        if (!live) {
          const mark = marks?.head(seen);
          if (mark !== undefined) this.#write(checkpoint(mark));
          this.#write(caughtUp());
        }
        live = true;
        await this.#sleep();
      }
      await this.#thaw();
    }
  }

  async #send(page: Page, request: ReadRequest, marks?: Checkpoints): Promise<void> {
    let flowing = true;
    for (const delivery of page.deliveries) {
      if (!this.#open) return;
      const mark = marks?.passed(delivery.position);
      if (mark !== undefined) this.#write(checkpoint(mark));
      const message = encodeEvent(delivery, request.idFormat);
      flowing = this.#write(message);
      if (this.subscribed && this.#faults.take('duplicate_deliveries')) flowing = this.#write(message);
    }
    if (flowing) await nextTurn();
    while (!flowing && this.#open && this.#call.writableNeedDrain) {
      this.#woken = false;
      await this.#sleep();
    }
  }

  /** Waits for a commit, for the client to take its data, or for the end of the call. */
  async #sleep(): Promise<void> {
    if (this.#woken || !this.#open) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#wake = undefined;
  }

  /**
   * INVARIANT: the log is read only in the same turn in which this, or the call's last message,
   * allowed it.
   */
  async #thaw(): Promise<void> {
    while ((this.#stalled || this.#faults.frozen || this.#reader.suspended) && this.#open) {
      this.#woken = false;
      await this.#sleep();
    }
  }
}

/**
 * Decides when a filtered subscription is due a checkpoint. Positions have no gaps, so they count
 * the events.
 */
class Checkpoints {
  #last: number;
  #sent: number | undefined;

  constructor(
    from: number,
    readonly every: number,
  ) {
    this.#last = from;
  }

  /** The newest mark before a position that is about to be sent; undefined if none was passed. */
  passed(position: number): number | undefined {
    const marks = Math.floor((position - 1 - this.#last) / this.every);
    if (marks < 1) return undefined;
    this.#last += marks * this.every;
    this.#sent = this.#last;
    return this.#last;
  }

  /** The mark for having seen everything; undefined if it was already sent or the log is empty. */
  head(position: number): number | undefined {
    if (position === this.#sent || position === 0) return undefined;
    this.#last = position;
    this.#sent = position;
    return position;
  }
}
