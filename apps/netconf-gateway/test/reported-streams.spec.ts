import { describe, expect, it } from '@jest/globals';
import { parseKpiSources, type MeasurementStreamsEntry } from '../src/kpi/kpi-sources-file.js';
import { ReportedStreams } from '../src/kpi/streams/reported-streams.js';
import { streamsOf } from '../src/kpi/streams/stream-info.dto.js';
import { decodeUnits } from '../src/kpi/streams/stream-units.js';
import { unitsOf, type SentUnit } from './stream-bytes.js';
import { streamInfo } from './stream-producer.js';

const now = Date.parse('2026-03-01T10:00:00Z');
const drops = { kpi: 'drop_rate_pct', counter: 'DRB.RelAbnormal', per: 'DRB.Rel', scale: 100, window_s: 10 };
const users = { kpi: 'users', counter: 'RRC.ConnMean', window_s: 10 };
const vendors = { kpi: 'load_pct', counter: 'VS.Load', window_s: 10 };

const cellDn = (cell: string) => `ManagedElement=1,GNBDUFunction=1,NRCellDU=${cell}`;
const entryOf = (over: object = {}): MeasurementStreamsEntry => {
  const source = {
    kind: 'measurement-streams',
    name: 'ems',
    tenant_id: 'demo',
    producer: 'ManagedElement=1',
    key_fingerprint: `SHA256:${'k'.repeat(43)}`,
    kpis: [drops, users, vendors],
    ...over,
  };
  return parseKpiSources(JSON.stringify({ sources: [source] }))[0] as MeasurementStreamsEntry;
};
const streams = (infos: readonly object[], over: object = {}): ReportedStreams => {
  const reported = new ReportedStreams(entryOf(over), now);
  reported.add(streamsOf(infos));
  return reported;
};
const take = (reported: ReportedStreams, at: number, ...units: readonly SentUnit[]): void =>
  reported.take(decodeUnits(unitsOf(...units)), at);
const valuesOf = (reported: ReportedStreams, kpi: string, at = now) =>
  Object.fromEntries(
    [...reported.measured(null, at, at).get(kpi)!].map(([cell, { value }]) => [cell, value]),
  );

describe('the streams of a connection', () => {
  it('give a counter, and a quotient of two counters of one period', () => {
    const reported = streams([
      streamInfo('1', cellDn('a'), 'DRB.Rel', 'Other', 'DRB.RelAbnormal'),
      streamInfo('2', cellDn('a'), 'RRC.ConnMean'),
      streamInfo('3', 'ManagedElement=1,GNBDUFunction=1', 'RRC.ConnMean'),
    ]);
    const at = now - 2000;
    take(
      reported,
      now,
      { stream: 1, at, standard: [{ integer: 200 }, { text: 'x' }, { integer: 3 }] },
      { stream: 2, at, standard: [{ real: 4.5 }] },
      { stream: 3, at, standard: [{ real: 99 }] },
    );
    const measured = reported.measured(['a', 'b'], now, now);
    expect(measured.get('drop_rate_pct')).toEqual(
      new Map([['a', { value: 1.5, from: at - 10_000, to: at }]]),
    );
    expect(measured.get('users')).toEqual(new Map([['a', { value: 4.5, from: at - 10_000, to: at }]]));
  });

  it('give vendor-specific metrics, which have a list of their own', () => {
    const reported = streams([streamInfo('1', cellDn('a'), 'VS.Load', 'RRC.ConnMean')]);
    take(reported, now, { stream: 1, at: now, standard: [{ integer: 5 }], vendor: [{ integer: 40 }] });
    expect([valuesOf(reported, 'users'), valuesOf(reported, 'load_pct')]).toEqual([{ a: 5 }, { a: 40 }]);
  });

  it('give no quotient of different periods, and one once both have arrived', () => {
    const reported = streams([
      streamInfo('1', cellDn('a'), 'DRB.Rel'),
      streamInfo('2', cellDn('a'), 'DRB.RelAbnormal'),
    ]);
    take(reported, now, { stream: 1, at: now - 10_000, standard: [{ integer: 100 }] });
    take(reported, now, { stream: 2, at: now, standard: [{ integer: 1 }] });
    expect(valuesOf(reported, 'drop_rate_pct')).toEqual({});
    take(reported, now, { stream: 1, at: now, standard: [{ integer: 100 }] });
    expect(valuesOf(reported, 'drop_rate_pct')).toEqual({ a: 1 });
  });

  it('give 0 of nothing divided by nothing, and nothing of something divided by nothing', () => {
    const reported = streams([streamInfo('1', cellDn('a'), 'DRB.Rel', 'DRB.RelAbnormal')]);
    take(reported, now, { stream: 1, at: now - 1, standard: [{ integer: 0 }, { integer: 0 }] });
    expect(valuesOf(reported, 'drop_rate_pct')).toEqual({ a: 0 });
    take(reported, now, { stream: 1, at: now, standard: [{ integer: 0 }, { integer: 1 }] });
    expect(valuesOf(reported, 'drop_rate_pct')).toEqual({});
  });

  it('keep the newest period, and have none where one period has two values', () => {
    const reported = streams([streamInfo('1', cellDn('a'), 'RRC.ConnMean')]);
    const says = (at: number, value: number) =>
      take(reported, now, { stream: 1, at, standard: [{ integer: value }] });
    says(now - 10_000, 5);
    says(now - 20_000, 6);
    expect(valuesOf(reported, 'users')).toEqual({ a: 5 });
    says(now - 10_000, 5);
    expect(valuesOf(reported, 'users')).toEqual({ a: 5 });
    says(now - 10_000, 7);
    expect(valuesOf(reported, 'users')).toEqual({});
    says(now, 8);
    expect(valuesOf(reported, 'users')).toEqual({ a: 8 });
  });

  it('have no measurement after a result that is no number', () => {
    const reported = streams([streamInfo('1', cellDn('a'), 'RRC.ConnMean')]);
    take(reported, now, { stream: 1, at: now - 10_000, standard: [{ integer: 5 }] });
    take(reported, now, { stream: 1, at: now, standard: [{ text: 'NIL' }] });
    expect(valuesOf(reported, 'users')).toEqual({});
  });

  it('are refused as too new where their clock is ahead, until a right time arrives', () => {
    const reported = streams([streamInfo('1', cellDn('a'), 'RRC.ConnMean')]);
    take(reported, now, { stream: 1, at: now + 60_000, standard: [{ integer: 5 }] });
    expect(reported.measured(null, now, now).get('users')!.get('a')!.to).toBe(Infinity);
    take(reported, now + 10_000, { stream: 1, at: now + 10_000, standard: [{ integer: 6 }] });
    expect(valuesOf(reported, 'users', now + 10_000)).toEqual({ a: 6 });
    take(reported, now + 20_000, { stream: 1, at: now + 21_000, standard: [{ integer: 7 }] });
    expect(
      reported
        .measured(null, now + 20_000, now + 20_000)
        .get('users')!
        .get('a')!.to,
    ).toBe(now + 20_000);
  });

  it('lose their values when they are removed or the connection begins again', () => {
    const reported = streams([
      streamInfo('1', cellDn('a'), 'RRC.ConnMean'),
      streamInfo('2', cellDn('a'), 'DRB.Rel', 'DRB.RelAbnormal'),
      streamInfo('3', cellDn('b'), 'RRC.ConnMean'),
    ]);
    const says = () => {
      for (const stream of [1, 3]) take(reported, now, { stream, at: now, standard: [{ integer: 5 }] });
    };
    says();
    reported.remove(['1', '9', 'no number']);
    expect(valuesOf(reported, 'users')).toEqual({ b: 5 });
    // A unit that was on its way when its stream was removed.
    take(reported, now, { stream: 1, at: now, standard: [{ integer: 6 }] });
    expect(valuesOf(reported, 'users')).toEqual({ b: 5 });
    expect(reported.infos.map(({ streamId }) => streamId)).toEqual(['2', '3']);
    reported.add(streamsOf([streamInfo('7', cellDn('a'), 'RRC.ConnMean')]));
    reported.restart(now);
    expect(valuesOf(reported, 'users')).toEqual({});
  });

  it('end with a unit of no stream, or with other results than the metrics', () => {
    const reported = streams([streamInfo('1', cellDn('a'), 'RRC.ConnMean', 'VS.Load')]);
    const one = [{ integer: 5 }];
    expect(() => take(reported, now, { stream: 2, at: now, standard: one })).toThrow(
      'a unit of no stream: 2',
    );
    expect(() => take(reported, now, { stream: 1, at: now, standard: one })).toThrow(
      'a unit of stream 1 has 1 standardised and 0 vendor-specific results for 1 and 1 metrics',
    );
    expect(() => take(reported, now, { stream: 1, at: now, standard: [...one, ...one] })).toThrow(
      /2 standardised/,
    );
  });

  it('end once the clock is set back, and above 200,000 values in a minute', () => {
    const reported = streams([
      streamInfo('1', cellDn('a'), ...Array.from({ length: 1000 }, (_, n) => `M${n}`)),
    ]);
    const standard = Array.from({ length: 1000 }, () => ({ integer: 1 }));
    const says = (at: number) => take(reported, at, { stream: 1, at, standard });
    for (let n = 0; n < 199; n += 1) says(now);
    expect(() => says(now + 1)).toThrow('it sent more than 200000 values in a minute');
    says(now + 60_002);
    expect(() => says(now)).toThrow("the gateway's clock was set back");
  });

  it('are refused whole where one cannot be taken, so that none of them stays', () => {
    const reported = streams([streamInfo('1', cellDn('a'), 'RRC.ConnMean')]);
    const faultOf = (...infos: readonly object[]): unknown => {
      try {
        reported.add(streamsOf(infos));
        return null;
      } catch (error) {
        return [(error as { readonly streamId?: string }).streamId, (error as Error).message];
      }
    };
    const good = streamInfo('5', cellDn('b'), 'RRC.ConnMean');
    expect(faultOf(good, streamInfo('01', cellDn('c'), 'RRC.ConnMean'))).toEqual(['01', 'stands twice']);
    const twice = 'a metric of it is reported twice for the cell';
    expect(faultOf(good, streamInfo('6', `SubNetwork=2,${cellDn('a')}`, 'RRC.ConnMean'))).toEqual([
      '6',
      twice,
    ]);
    expect(faultOf(good, streamInfo('6', cellDn('c'), 'RRC.ConnMean', 'RRC.ConnMean'))).toEqual(['6', twice]);
    const id = 'is not decimal, or above 2^53 - 1';
    expect(faultOf(good, streamInfo('26F4', cellDn('c'), 'RRC.ConnMean'))).toEqual(['26F4', id]);
    expect(faultOf(good, streamInfo(`${2n ** 53n}`, cellDn('c'), 'RRC.ConnMean'))).toEqual([
      `${2n ** 53n}`,
      id,
    ]);
    expect(reported.infos.map(({ streamId }) => streamId)).toEqual(['1']);
    expect(faultOf(good)).toBeNull();
  });

  it('are bounded in number, with their metrics', () => {
    const reported = streams([streamInfo('1', cellDn('a'), 'RRC.ConnMean')]);
    const metrics = Array.from({ length: 1000 }, (_, n) => `M${n}`);
    const infos = Array.from({ length: 199 }, (_, n) => streamInfo(`${n + 2}`, cellDn('a'), ...metrics));
    reported.add(streamsOf(infos));
    expect(() => reported.add(streamsOf([streamInfo('500', cellDn('a'), ...metrics)]))).toThrow(
      'a connection has at most 20000 streams with 200000 metrics',
    );
  });

  it('have hexadecimal ids where the source says so', () => {
    const reported = streams([streamInfo('26F452550021', cellDn('a'), 'RRC.ConnMean')], {
      stream_ids: 'hexadecimal',
    });
    take(reported, now, { stream: 0x26f452550021, at: now, standard: [{ integer: 5 }] });
    expect(valuesOf(reported, 'users')).toEqual({ a: 5 });
    expect(reported.find(['26f452550021'])).toHaveLength(1);
  });

  it('are of performance data in Protocol Buffers only', () => {
    const info = streamInfo('1', cellDn('a'), 'RRC.ConnMean');
    const faultOf = (over: object) => {
      expect(() => streamsOf([{ ...info, ...over }])).toThrow();
      try {
        streamsOf([{ ...info, ...over }]);
        return '';
      } catch (error) {
        return (error as Error).message;
      }
    };
    expect(faultOf({ serializationFormat: 'ASN1' })).toBe(
      '/streams/0/serializationFormat only the serialization format GPB is read',
    );
    expect(faultOf({ streamType: 'TRACE' })).toMatch(/only streams of the type PERFORMANCE/);
    expect(faultOf({ additionalInfo: { activityDetails: 'x' } })).toMatch(/measObjDn is required/);
    expect(faultOf({ additionalInfo: null })).toMatch(/additionalInfo/);
    expect(streamsOf([{ ...info, more: 'x'.repeat(1000) }])).toEqual([info]);
  });
});
