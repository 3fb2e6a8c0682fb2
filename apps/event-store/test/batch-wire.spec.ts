import { Timestamp } from 'google-protobuf/google/protobuf/timestamp_pb.js';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { batchReply } from '../src/wire/batch-reply.js';
import { decodeBatchChunk } from '../src/wire/batch-wire.js';
import type { ExpectedRevision, WriteOutcome } from '../src/model/model.js';
import { uuidText } from '../src/model/proposal.js';
import { sharedMessages, streamsMessages } from '../src/wire/protocol.js';

const { BatchAppendReq, BatchAppendResp } = streamsMessages;
const { Empty, StreamIdentifier, UUID } = sharedMessages;

const text = fc.string({ unit: 'grapheme', maxLength: 200 });
const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String);
const structured = fc
  .record({ most: int64, least: int64 })
  .map(({ most, least }) =>
    new UUID().setStructured(
      new UUID.Structured().setMostSignificantBits(most).setLeastSignificantBits(least),
    ),
  );
const uuid = fc.oneof(
  fc.uuid().map((id) => new UUID().setString(id)),
  fc.constant(new UUID()),
  text.map((id) => new UUID().setString(id)),
  structured,
);
const expectation = fc.oneof(fc.constantFrom<ExpectedRevision>('any', 'no_stream', 'stream_exists'), uint64);

const proposal = fc.record({
  id: fc.option(uuid, { nil: undefined }),
  properties: fc.dictionary(fc.oneof(text, fc.constantFrom('type', 'content-type')), text),
  data: fc.uint8Array(),
  metadata: fc.uint8Array(),
});

const chunk = fc.record({
  correlation: fc.option(uuid, { nil: undefined }),
  options: fc.option(
    fc.record({
      stream: text,
      expected: fc.option(expectation, { nil: undefined }),
      seconds: fc.option(fc.integer({ min: -1e9, max: 1e12 }), { nil: undefined }),
      nanos: fc.nat(999_999_999),
    }),
    { nil: undefined },
  ),
  proposals: fc.array(proposal, { maxLength: 5 }),
  final: fc.boolean(),
});

function encode({
  correlation,
  options,
  proposals,
  final,
}: typeof chunk extends fc.Arbitrary<infer Chunk> ? Chunk : never): Buffer {
  const request = new BatchAppendReq().setCorrelationId(correlation).setIsFinal(final);
  if (options !== undefined) {
    const { stream, expected, seconds, nanos } = options;
    const sent = new BatchAppendReq.Options().setStreamIdentifier(
      new StreamIdentifier().setStreamName(Buffer.from(stream).toString('base64')),
    );
    if (expected === 'any') sent.setAny(new Empty());
    else if (expected === 'no_stream') sent.setNoStream(new Empty());
    else if (expected === 'stream_exists') sent.setStreamExists(new Empty());
    else if (expected !== undefined) sent.setStreamPosition(expected.toString());
    if (seconds !== undefined) sent.setDeadline(new Timestamp().setSeconds(seconds).setNanos(nanos));
    request.setOptions(sent);
  }
  for (const { id, properties, data, metadata } of proposals) {
    const event = new BatchAppendReq.ProposedMessage().setId(id).setData(data).setCustomMetadata(metadata);
    for (const [key, value] of Object.entries(properties)) event.getMetadataMap().set(key, value);
    request.addProposedMessages(event);
  }
  return Buffer.from(request.serializeBinary());
}

describe('a request of a batch call', () => {
  it('is read as the generated messages would write it', () => {
    fc.assert(
      fc.property(chunk, (sent) => {
        const bytes = encode(sent);
        const read = decodeBatchChunk(bytes);
        expect(read.id).toBe(uuidText(sent.correlation));
        expect(read.final).toBe(sent.final);
        expect(read.size).toBe(bytes.length);
        expect(read.options).toEqual(
          sent.options === undefined
            ? undefined
            : {
                stream: Buffer.from(sent.options.stream).toString(),
                expected: sent.options.expected,
                deadline:
                  sent.options.seconds === undefined
                    ? undefined
                    : sent.options.seconds * 1000 + sent.options.nanos / 1e6,
              },
        );
        expect(
          read.proposals.map((event) => ({ ...event, data: [...event.data], metadata: [...event.metadata] })),
        ).toEqual(
          sent.proposals.map(({ id, properties, data, metadata }) => ({
            id: uuidText(id),
            type: properties['type'],
            contentType: properties['content-type'],
            data: [...data],
            metadata: [...metadata],
          })),
        );
      }),
      { numRuns: 300 },
    );
  });

  it('may have a deadline as a duration, which the generated messages lack', () => {
    const options = Buffer.from([0x3a, 3, 0x08, 0xdc, 0x0b]);
    const before = Date.now();
    const { deadline } =
      decodeBatchChunk(Buffer.concat([Buffer.from([0x12, options.length]), options])).options ?? {};
    expect(deadline).toBeGreaterThanOrEqual(before + 1_500_000);
    expect(deadline).toBeLessThanOrEqual(Date.now() + 1_500_000);
  });

  it('may have unknown fields of each type', () => {
    const known = encode({ correlation: undefined, options: undefined, proposals: [], final: true });
    const unknown = Buffer.from([
      0x78, 0xff, 0x01, 0x79, 1, 2, 3, 4, 5, 6, 7, 8, 0x7a, 2, 9, 9, 0x7d, 1, 2, 3, 4,
    ]);
    expect(decodeBatchChunk(Buffer.concat([unknown, known, unknown]))).toMatchObject({ final: true });
  });

  it('is refused if it is cut off or garbled, and never read beyond its end', () => {
    fc.assert(
      fc.property(chunk, fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 3 }), (sent, at, noise) => {
        const bytes = encode(sent);
        if (bytes.length === 0) return;
        const garbled = Buffer.from(bytes);
        garbled.set(noise.subarray(0, garbled.length - (at % garbled.length)), at % garbled.length);
        for (const spoiled of [bytes.subarray(0, at % bytes.length), garbled]) {
          let read: ReturnType<typeof decodeBatchChunk> | undefined;
          try {
            read = decodeBatchChunk(spoiled);
          } catch (error) {
            expect(String(error)).toMatch(/^Error: (a field|field|a number)/);
          }
          expect(
            (read?.proposals ?? []).reduce(
              (sum, { data, metadata }) => sum + data.length + metadata.length,
              0,
            ),
          ).toBeLessThanOrEqual(spoiled.length);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('an answer of a batch call', () => {
  const outcome = fc.oneof(
    fc.record({
      kind: fc.constant('written' as const),
      revision: fc.integer({ min: -1, max: Number.MAX_SAFE_INTEGER }),
      position: fc.option(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), { nil: undefined }),
    }),
    fc.constantFrom<WriteOutcome>(
      { kind: 'stream_deleted' },
      { kind: 'too_large' },
      { kind: 'timeout' },
      { kind: 'failed', message: 'größer' },
      { kind: 'wrong_expected_version', actual: 7 },
    ),
  );

  it("can be read by the generated messages, and repeats the request's identity", () => {
    fc.assert(
      fc.property(
        uuid,
        text.filter((name) => name !== ''),
        expectation,
        outcome,
        (correlation, stream, expected, result) => {
          const bytes = batchReply(
            { correlation: Buffer.from(correlation.serializeBinary()), stream, expected },
            result,
          );
          const read = BatchAppendResp.deserializeBinary(new Uint8Array(bytes));
          expect(read.getCorrelationId()?.toObject()).toEqual(correlation.toObject());
          expect(Buffer.from(read.getStreamIdentifier()?.getStreamName_asU8() ?? [])).toEqual(
            Buffer.from(stream),
          );
          expect([
            read.hasAny(),
            read.hasNoStream(),
            read.hasStreamExists(),
            read.hasStreamPosition(),
          ]).toEqual([
            expected === 'any',
            expected === 'no_stream',
            expected === 'stream_exists',
            typeof expected === 'bigint',
          ]);
          if (typeof expected === 'bigint') expect(read.getStreamPosition()).toBe(expected.toString());
          if (result.kind !== 'written') {
            expect(read.getError()?.getDetails()?.getTypeName()).toMatch(/^event_store\.client\./);
            return;
          }
          const success = read.getSuccess();
          expect([success?.hasNoStream(), success?.hasCurrentRevision()]).toEqual([
            result.revision < 0,
            result.revision >= 0,
          ]);
          if (result.revision >= 0) expect(success?.getCurrentRevision()).toBe(String(result.revision));
          expect(success?.getPosition()?.getCommitPosition()).toBe(result.position?.toString());
          expect(success?.getPosition()?.getPreparePosition()).toBe(result.position?.toString());
          expect(success?.hasNoPosition()).toBe(result.position === undefined);
          // Nothing is left over: it is written again unchanged except for the order of fields.
          expect(read.serializeBinary()).toHaveLength(bytes.length);
        },
      ),
      { numRuns: 300 },
    );
  });
});
