import protobuf from 'protobufjs/light.js';
import { field } from '../protobuf-field.js';

/** The results of one granularity period in one stream. */
export type StreamUnit = {
  /** A whole number, at most 2^53 - 1. */
  readonly streamId: number;
  /** The end of the granularity period, in milliseconds since 1970. */
  readonly time: number;
  /**
   * The results of standardised and of vendor-specific metrics, each in the order in which the
   * stream names its metrics. NaN stands for a result that is no number.
   */
  readonly standard: readonly number[];
  readonly vendor: readonly number[];
};

type Timestamp = { readonly seconds?: number; readonly nanos?: number };
type MeasValue = { readonly integer_value?: number; readonly real_value?: number };
type Unit = {
  readonly stream_id?: number;
  readonly granularity_period_end_time?: Timestamp;
  readonly standardized_meas_results?: readonly MeasValue[];
  readonly vendor_specific_meas_results?: readonly MeasValue[];
};

/**
 * The performance data stream units of TS 28.550 (Release 18, annex I.1), by their field numbers. A
 * text and the sub-counters are no numbers. So sub-counters, which can hold each other to any
 * depth, are left as bytes.
 */
const units = protobuf.Root.fromJSON({
  nested: {
    Timestamp: { fields: { seconds: field(1, 'int64'), nanos: field(2, 'int32') } },
    MeasValue: {
      fields: {
        integer_value: field(1, 'int64'),
        real_value: field(2, 'double'),
        string_value: field(3, 'bytes'),
        sub_counters: field(4, 'bytes'),
      },
    },
    PDSUType: {
      fields: {
        stream_id: field(1, 'int64'),
        granularity_period_end_time: field(2, 'Timestamp'),
        standardized_meas_results: field(3, 'MeasValue', 'repeated'),
        vendor_specific_meas_results: field(4, 'MeasValue', 'repeated'),
      },
    },
    PDSUs: { fields: { pdsu: field(1, 'PDSUType', 'repeated') } },
  },
}).lookupType('PDSUs');

/** The number of a result. Of two members, nobody knows which one counts. */
const numberOf = (value: MeasValue): number =>
  Object.keys(value).length === 1 ? (value.integer_value ?? value.real_value ?? NaN) : NaN;

const timeOf = ({ seconds = 0, nanos = 0 }: Timestamp = {}): number => {
  if (!Number.isSafeInteger(seconds) || seconds <= 0 || nanos < 0 || nanos > 999_999_999)
    throw new RangeError('a unit has no time');
  return seconds * 1000 + Math.round(nanos / 1e6);
};

/**
 * The units of one message in Protocol Buffers (GPB). Throws if the bytes are malformed, or if a
 * unit has no time or no stream.
 */
export const decodeUnits = (bytes: Uint8Array): readonly StreamUnit[] => {
  const { pdsu = [] } = units.toObject(units.decode(bytes), { longs: Number }) as {
    readonly pdsu?: readonly Unit[];
  };
  return pdsu.map((unit) => {
    const { stream_id: streamId = 0 } = unit;
    if (!Number.isSafeInteger(streamId) || streamId < 0) throw new RangeError('a unit has no stream');
    return {
      streamId,
      time: timeOf(unit.granularity_period_end_time),
      standard: (unit.standardized_meas_results ?? []).map(numberOf),
      vendor: (unit.vendor_specific_meas_results ?? []).map(numberOf),
    };
  });
};
