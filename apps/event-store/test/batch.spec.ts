import { randomUUID } from 'node:crypto';
import { Duplex } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { BatchAppendCall, type BatchServerCall } from '../src/service/batch-append.js';
import { decodeBatchChunk } from '../src/wire/batch-wire.js';
import type { WriteOutcome, WriteRequest } from '../src/model/model.js';
import { protobufEmpty, sharedMessages, streamsMessages, Timestamp } from '../src/wire/protocol.js';

type Reply = InstanceType<typeof streamsMessages.BatchAppendResp>;
type WriteCall = { readonly request: WriteRequest; readonly answer: (outcome: WriteOutcome) => void };

/** A batch call controlled by the test: its input, the writer's requests, its output. */
function openCall(options: { readonly stuck?: boolean } = {}) {
  const replies: Reply[] = [];
  const asked: WriteCall[] = [];
  let release: (() => void) | undefined;
  const call = new Duplex({
    objectMode: true,
    writableHighWaterMark: 2,
    read: () => undefined,
    write: (reply: Buffer, _encoding, done) => {
      replies.push(streamsMessages.BatchAppendResp.deserializeBinary(new Uint8Array(reply)));
      if (options.stuck === true) release = done;
      else done();
    },
  });
  const failures: unknown[] = [];
  call.on('error', (error) => failures.push(error));
  new BatchAppendCall(call as unknown as BatchServerCall, (request, answer) =>
    asked.push({ request, answer }),
  ).run();
  return { call, replies, asked, failures, release: () => release?.() };
}

function message(
  correlation: string,
  events: readonly number[],
  options: { readonly final?: boolean; readonly first?: boolean } = {},
) {
  const request = new streamsMessages.BatchAppendReq();
  request.setCorrelationId(new sharedMessages.UUID().setString(correlation));
  if (options.first !== false) {
    const identifier = new sharedMessages.StreamIdentifier();
    identifier.setStreamName(Buffer.from('s').toString('base64'));
    request.setOptions(
      new streamsMessages.BatchAppendReq.Options()
        .setStreamIdentifier(identifier)
        .setAny(new protobufEmpty.Empty()),
    );
  }
  for (const size of events) {
    const event = new streamsMessages.BatchAppendReq.ProposedMessage();
    event.setId(new sharedMessages.UUID().setString(randomUUID()));
    event.getMetadataMap().set('type', 'T').set('content-type', 'application/octet-stream');
    event.setData(new Uint8Array(size));
    request.addProposedMessages(event);
  }
  return request.setIsFinal(options.final !== false);
}

/** A received request. */
const received = (request: InstanceType<typeof streamsMessages.BatchAppendReq>) =>
  decodeBatchChunk(Buffer.from(request.serializeBinary()));
const chunk = (...given: Parameters<typeof message>) => received(message(...given));

/** Lets the streams move their data. */
const turn = () => new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));

const MIB = 1024 * 1024;
const done: WriteOutcome = { kind: 'written', revision: 0, position: 1 };

describe('a batch call', () => {
  it('assembles the chunks of appends by their correlation, in any order', async () => {
    const { call, asked, replies } = openCall();
    const [a, b] = [randomUUID(), randomUUID()];
    call.push(chunk(a, [1, 2], { final: false }));
    call.push(chunk(b, [3], { final: false }));
    call.push(chunk(a, [4], { first: false }));
    call.push(chunk(b, [], { first: false }));
    await turn();
    expect(asked.map(({ request }) => request.events.map(({ data }) => data.length))).toEqual([
      [1, 2, 4],
      [3],
    ]);
    asked[1]?.answer(done);
    asked[0]?.answer({ kind: 'stream_deleted' });
    await turn();
    expect(replies.map((reply) => [reply.getCorrelationId()?.getString(), reply.hasSuccess()])).toEqual([
      [b, true],
      [a, false],
    ]);
    expect(Buffer.from(replies[1]?.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString()).toBe('s');
  });

  it('answers an oversized append once, and skips the rest of its chunks', async () => {
    const { call, asked, replies } = openCall();
    const id = randomUUID();
    call.push(chunk(id, [MIB, 1], { final: false }));
    call.push(chunk(id, [1], { first: false, final: false }));
    call.push(chunk(id, [1], { first: false }));
    await turn();
    expect(asked).toEqual([]);
    expect(replies).toHaveLength(1);
    expect(replies[0]?.getError()?.getDetails()?.getTypeName()).toBe(
      'event_store.client.MaximumAppendSizeExceeded',
    );
    call.push(chunk(id, [1]));
    await turn();
    expect(asked).toHaveLength(1);
  });

  it('stops reading while too much waits for the writer, and continues when it has caught up', async () => {
    const { call, asked } = openCall();
    for (let n = 0; n < 60; n += 1) call.push(chunk(randomUUID(), [MIB - 1]));
    await turn();
    expect(asked.length).toBeGreaterThanOrEqual(32);
    expect(asked.length).toBeLessThanOrEqual(34);
    const held = asked.length;
    for (const { answer } of asked.slice(0, 10)) answer(done);
    await turn();
    expect(asked.length).toBeLessThanOrEqual(held + 10);
    for (let n = 10; n < asked.length; n += 1) {
      asked[n]?.answer(done);
      await turn();
    }
    expect(asked).toHaveLength(60);
  });

  it('stops reading while the client does not take its answers', async () => {
    const { call, asked, replies, release } = openCall({ stuck: true });
    for (let n = 0; n < 5; n += 1) call.push(chunk(randomUUID(), [1]));
    await turn();
    for (const { answer } of asked) answer(done);
    await turn();
    for (let n = 0; n < 5; n += 1) call.push(chunk(randomUUID(), [1]));
    await turn();
    expect(asked).toHaveLength(5);
    expect(replies).toHaveLength(1);
    for (let n = 0; n < 6; n += 1) {
      release();
      await turn();
    }
    expect(asked).toHaveLength(10);
  });

  it('ends after its last answer when the client has half-closed', async () => {
    const { call, asked, replies } = openCall();
    call.push(chunk(randomUUID(), [1]));
    call.push(null);
    await turn();
    expect(call.writableEnded).toBe(false);
    asked[0]?.answer(done);
    await turn();
    expect(replies).toHaveLength(1);
    expect(call.writableEnded).toBe(true);
  });

  it.each<[string, () => unknown]>([
    ['no correlation id', () => received(new streamsMessages.BatchAppendReq().setIsFinal(true))],
    ['no options', () => chunk(randomUUID(), [1], { first: false })],
  ])('fails at a chunk with %s, and reads nothing after it', async (_, bad) => {
    const { call, asked, failures } = openCall();
    call.push(bad());
    call.push(chunk(randomUUID(), [1]));
    await turn();
    expect(failures).toEqual([expect.objectContaining({ code: 3 })]);
    expect(asked).toEqual([]);
  });

  it.each<[string, (request: ReturnType<typeof message>) => void]>([
    ['an event without an id', (request) => request.getProposedMessagesList()[0]?.clearId()],
    [
      'an event without a type',
      (request) => request.getProposedMessagesList()[0]?.getMetadataMap().del('type'),
    ],
    [
      'an event whose id is all zeros',
      (request) =>
        request.getProposedMessagesList()[0]?.getId()?.setString('00000000-0000-0000-0000-000000000000'),
    ],
    [
      'an event with an empty type',
      (request) => request.getProposedMessagesList()[0]?.getMetadataMap().set('type', ''),
    ],
    ['no stream', (request) => request.getOptions()?.clearStreamIdentifier()],
    ['no expected revision', (request) => request.getOptions()?.clearAny()],
    [
      'an expected revision that can be none',
      (request) => request.getOptions()?.setStreamPosition('9223372036854775808'),
    ],
  ])(
    'answers an append with %s as a bad request, skips its other chunks, and continues',
    async (_, spoil) => {
      const { call, asked, replies, failures } = openCall();
      const [bad, good] = [randomUUID(), randomUUID()];
      const first = message(bad, [1], { final: false });
      spoil(first);
      call.push(received(first));
      call.push(chunk(bad, [1], { first: false }));
      call.push(chunk(good, [1]));
      await turn();
      expect(failures).toEqual([]);
      expect(
        replies.map((reply) => [
          reply.getCorrelationId()?.getString(),
          reply.getError()?.getDetails()?.getTypeName(),
        ]),
      ).toEqual([[bad, 'event_store.client.BadRequest']]);
      expect(asked).toHaveLength(1);
    },
  );

  it('answers an append at its deadline if chunks are missing, and skips late ones', async () => {
    const { call, asked, replies } = openCall();
    const [late, other] = [randomUUID(), randomUUID()];
    const first = message(late, [1], { final: false });
    first.getOptions()?.setDeadline(Timestamp.fromDate(new Date(Date.now() + 20)));
    call.push(received(first));
    while (replies.length === 0) await turn();
    expect(replies[0]?.getError()?.getDetails()?.getTypeName()).toBe('event_store.client.Timeout');
    call.push(chunk(late, [1], { first: false }));
    call.push(chunk(other, [1]));
    await turn();
    expect(asked).toHaveLength(1);
    expect(replies).toHaveLength(1);
  });

  it('treats the largest number as an expected revision of no stream', async () => {
    const { call, asked } = openCall();
    const request = message(randomUUID(), [1]);
    request.getOptions()?.setStreamPosition('18446744073709551615');
    call.push(received(request));
    await turn();
    expect(asked[0]?.request.expected).toBe('no_stream');
  });

  it('ends when too much is left without final chunks', async () => {
    const { call, asked, failures } = openCall();
    for (let n = 0; n < 70; n += 1) call.push(chunk(randomUUID(), [MIB], { final: false }));
    await turn();
    expect(failures).toEqual([expect.objectContaining({ code: 8 })]);
    expect(asked).toEqual([]);
    const many = openCall();
    for (let n = 0; n < 20_000; n += 1) many.call.push(chunk(randomUUID(), [], { final: false }));
    await turn();
    expect(many.failures).toEqual([expect.objectContaining({ code: 8 })]);
    // Events without any data take memory too.
    const hollow = openCall();
    const nothing = chunk(
      randomUUID(),
      Array.from({ length: 2000 }, () => 0),
      { final: false },
    );
    for (let n = 0; n < 200; n += 1) hollow.call.push(nothing);
    await turn();
    expect(hollow.failures).toEqual([expect.objectContaining({ code: 8 })]);
  });
});
