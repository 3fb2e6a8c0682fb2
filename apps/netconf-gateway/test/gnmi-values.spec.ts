import { describe, expect, it } from '@jest/globals';
import { GnmiValues, wantedLeaves } from '../src/kpi/gnmi/gnmi-values.js';

const kpis = [{ kpi: 'latency_ms', path: '/cells/cell[id=$cell]/latency', window_s: 0, scale: 1 }];
const start = Date.UTC(2026, 0, 1);
const elem = [{ name: 'cells' }, { name: 'cell', key: { id: 'c1' } }, { name: 'latency' }];

/** The values after the target's notifications; times are milliseconds after `start`. */
const valuesOf = (
  ...sent: readonly { readonly time: number; readonly arrives: number; readonly value: number | null }[]
): GnmiValues => {
  const values = new GnmiValues(wantedLeaves({ kpis } as unknown as Parameters<typeof wantedLeaves>[0]));
  for (const { time, arrives, value } of sent)
    values.take(
      {
        timestamp: (start + time) * 1e6,
        ...(value === null
          ? { delete: [{ elem }] }
          : { update: [{ path: { elem }, val: { int_val: value } }] }),
      },
      start + arrives,
    );
  return values;
};
/** The value at a moment, with its time after `start`; null if there is none. */
const at = (values: GnmiValues, asked: number, now = asked): readonly [number, number] | null => {
  const found = values
    .measured(null, start + asked, start + now)
    .get('latency_ms')!
    .get('c1');
  return found === undefined ? null : [found.value, found.to - start];
};

describe('the values of a gNMI target', () => {
  it('are no newer than their arrival, where the clock of the target is ahead', () =>
    expect(at(valuesOf({ time: 900, arrives: 50, value: 5 }), 400)).toEqual([5, 50]));

  it('are as new as the question, where they arrive after it', () =>
    expect(at(valuesOf({ time: 700, arrives: 800, value: 5 }), 400, 900)).toEqual([5, 400]));

  it('never count where the clock of the target is too far ahead, also once its time has come', () => {
    const values = valuesOf({ time: 1100, arrives: 50, value: 5 });
    expect(at(values, 400)).toEqual([5, Infinity]);
    expect(at(values, 5000)).toEqual([5, Infinity]);
  });

  it('do not count once the clock steps back to a time before them, and are replaced', () => {
    const before = { time: 60_000, arrives: 60_000, value: 5 };
    expect(at(valuesOf(before), 2000)).toEqual([5, Infinity]);
    expect(at(valuesOf(before, { time: 1000, arrives: 1000, value: 9 }), 2000)).toEqual([9, 1000]);
  });

  it('keep the newest by its time', () => {
    const [newer, older] = [
      { time: 500, arrives: 600, value: 5 },
      { time: 400, arrives: 700, value: 9 },
    ];
    expect(at(valuesOf(newer, older), 1000)).toEqual([5, 500]);
  });

  it('end with a deletion that arrives after them, whatever its time is', () => {
    const value = { time: 500, arrives: 500, value: 5 };
    expect(at(valuesOf(value, { time: 400, arrives: 600, value: null }), 1000)).toBeNull();
    expect(at(valuesOf(value, { time: 400, arrives: 300, value: null }), 1000)).toBeNull();
    expect(at(valuesOf({ time: 400, arrives: 300, value: null }, value), 1000)).toEqual([5, 500]);
  });
});
