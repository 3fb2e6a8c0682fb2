import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { RecordedEvent } from '../src/model/model.js';
import { uuidText } from '../src/model/proposal.js';
import { streamsMessages } from '../src/wire/protocol.js';
import { type Delivery, encodeEvent, type IdFormat } from '../src/wire/wire.js';

const record = fc.record<RecordedEvent>({
  position: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  streamId: fc.nat(),
  revision: fc.oneof(fc.constant(-1), fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })),
  id: fc.uuid(),
  type: fc.string({ unit: 'grapheme', maxLength: 200 }),
  isJson: fc.boolean(),
  createdUs: fc.integer({ min: 1, max: 8_000_000_000_000_000 }),
  data: fc.uint8Array({ maxLength: 300 }),
  metadata: fc.uint8Array({ maxLength: 200 }),
});

const side = fc.record({
  record,
  stream: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 300 }).map((name) => Buffer.from(name)),
});

const delivery: fc.Arbitrary<Delivery> = fc
  .tuple(side, fc.option(side), fc.boolean(), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }))
  .map(([event, link, dangling, position]) => ({
    ...(dangling && link !== null ? {} : { event }),
    ...(link === null ? {} : { link }),
    position,
  }));

function check(
  decoded: ReturnType<InstanceType<typeof streamsMessages.ReadResp.ReadEvent>['getEvent']>,
  expected: Delivery['event'],
): void {
  if (expected === undefined) {
    expect(decoded).toBeUndefined();
    return;
  }
  const { record: event, stream } = expected;
  expect(uuidText(decoded?.getId())).toBe(event.id);
  expect(Buffer.from(decoded?.getStreamIdentifier()?.getStreamName_asU8() ?? [])).toEqual(stream);
  expect(decoded?.getStreamRevision()).toBe(
    event.revision === -1 ? '9223372036854775807' : event.revision.toString(),
  );
  expect(decoded?.getPreparePosition()).toBe(event.position.toString());
  expect(decoded?.getCommitPosition()).toBe(event.position.toString());
  expect(decoded?.getMetadataMap().toObject()).toEqual(
    expect.arrayContaining([
      ['type', event.type],
      ['created', (BigInt(event.createdUs) * 10n).toString()],
      ['content-type', event.isJson ? 'application/json' : 'application/octet-stream'],
    ]),
  );
  expect(Buffer.from(decoded?.getData_asU8() ?? [])).toEqual(Buffer.from(event.data));
  expect(Buffer.from(decoded?.getCustomMetadata_asU8() ?? [])).toEqual(Buffer.from(event.metadata));
}

describe('the encoding of events', () => {
  it.each<IdFormat>(['string', 'structured'])(
    'can be decoded by the generated messages, with ids as %s',
    (format) => {
      fc.assert(
        fc.property(delivery, (sent) => {
          const event = streamsMessages.ReadResp.deserializeBinary(
            new Uint8Array(encodeEvent(sent, format)),
          ).getEvent();
          expect(event?.getCommitPosition()).toBe(sent.position.toString());
          check(event?.getEvent(), sent.event);
          check(event?.getLink(), sent.link);
          if (sent.event !== undefined)
            expect(event?.getEvent()?.getId()?.hasString()).toBe(format === 'string');
        }),
        { numRuns: 300 },
      );
    },
  );
});
