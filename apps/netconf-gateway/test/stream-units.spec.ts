import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeUnits } from '../src/kpi/streams/stream-units.js';
import { sized, unitsOf } from './stream-bytes.js';

const at = Date.parse('2026-03-01T10:00:00.250Z');

describe('performance data stream units in Protocol Buffers', () => {
  it('are read from the bytes of the schema', () => {
    // pdsu { stream_id: 5; time { seconds: 1; nanos: 500000000 }; standard { integer: 300 } }
    const bytes = Buffer.from(
      '0a' + '11' + '0805' + '1208' + '0801' + '1080cab5ee01' + '1a03' + '08ac02',
      'hex',
    );
    expect(decodeUnits(bytes)).toEqual([{ streamId: 5, time: 1500, standard: [300], vendor: [] }]);
  });

  it('keep the order of their results, whole numbers and real ones, below zero too', () => {
    const standard = [{ integer: 3 }, { real: 0.25 }, { integer: -7 }, { integer: 0 }];
    const bytes = unitsOf(
      { stream: 1, at, standard, vendor: [{ real: -1.5 }] },
      { stream: Number.MAX_SAFE_INTEGER, at: at + 1, standard: [{ integer: 2n ** 40n }] },
    );
    expect(decodeUnits(bytes)).toEqual([
      { streamId: 1, time: at, standard: [3, 0.25, -7, 0], vendor: [-1.5] },
      { streamId: Number.MAX_SAFE_INTEGER, time: at + 1, standard: [2 ** 40], vendor: [] },
    ]);
    expect(decodeUnits(Buffer.alloc(0))).toEqual([]);
  });

  it('have no number where the result is a text, sub-counters at any depth, nothing, or two', () => {
    const two = sized(
      1,
      Buffer.from('0801', 'hex'),
      sized(2, Buffer.from('0801', 'hex')),
      sized(3, Buffer.from('0801110000000000000000', 'hex')),
    );
    expect(decodeUnits(two)[0]!.standard).toEqual([NaN]);
    const nothing = sized(1, Buffer.from('0801', 'hex'), sized(2, Buffer.from('0801', 'hex')), sized(3));
    expect(decodeUnits(nothing)[0]!.standard).toEqual([NaN]);
    const standard = [{ text: '7' }, { nested: 1 }, { nested: 2000 }, { real: 4 }];
    expect(decodeUnits(unitsOf({ stream: 1, at, standard }))[0]!.standard).toEqual([NaN, NaN, NaN, 4]);
  });

  it('are refused without a time, with a time or a stream that cannot be', () => {
    const refusedWith = (bytes: Buffer) => expect(() => decodeUnits(bytes)).toThrow();
    refusedWith(unitsOf({ stream: 1, at: null }));
    refusedWith(unitsOf({ stream: 1, at: 0 }));
    refusedWith(unitsOf({ stream: 1, at: -5000 }));
    refusedWith(unitsOf({ stream: 2n ** 53n, at }));
    refusedWith(unitsOf({ stream: -1, at }));
    const nanos = Buffer.from('0801' + '10ffffffffff01', 'hex');
    refusedWith(sized(1, Buffer.from('0801', 'hex'), sized(2, nanos)));
  });

  it('are refused where any byte is missing', () => {
    const bytes = unitsOf({
      stream: 300,
      at,
      standard: [{ integer: 7 }, { real: 1 }],
      vendor: [{ text: 'NIL' }],
    });
    for (let length = 1; length < bytes.length; length += 1)
      expect(() => decodeUnits(bytes.subarray(0, length))).toThrow();
  });

  it('never are what a member of another type says', () => {
    // `stream_id` as a text.
    expect(() =>
      decodeUnits(sized(1, sized(1, Buffer.from('1')), sized(2, Buffer.from('0801', 'hex')))),
    ).toThrow();
    // Groups in each other, which only a hostile producer sends.
    expect(() => decodeUnits(Buffer.alloc(1_000_000, 0x1b))).toThrow();
  });

  it('are read, or refused with an error, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        let units: ReturnType<typeof decodeUnits> = [];
        try {
          units = decodeUnits(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
        for (const { streamId, time } of units)
          expect([Number.isSafeInteger(streamId), Number.isFinite(time)]).toEqual([true, true]);
      }),
    );
  });
});
