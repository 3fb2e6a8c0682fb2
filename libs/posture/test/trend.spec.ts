import { describe, expect, it } from '@jest/globals';
import type { PostureLevel } from '@interlock/contracts';
import {
  defaultOrange,
  defaultPostureConfig,
  reportsSince,
  trendOf,
  type SignalReport,
} from '../src/index.js';
import { ago, now } from './assessments.ts';

const hour = 3600;
const change = (hoursAgo: number, effective: PostureLevel) => ({ at: ago(hoursAgo * hour), effective });
const reports = (
  ...values: readonly (readonly [hoursAgo: number, value: number])[]
): readonly SignalReport[] =>
  values.map(([hoursAgo, value]) => ({ at: ago(hoursAgo * hour), value, source: 'probe' }));
const trend = (over: Partial<Parameters<typeof trendOf>[0]> = {}) =>
  trendOf({
    from: ago(24 * hour),
    to: now,
    before: 'GREEN',
    changes: [],
    reports: {},
    config: defaultPostureConfig,
    ...over,
  });

describe('the trend of a level', () => {
  it('is flat without changes', () => {
    expect(trend()).toMatchObject({
      transitions: [],
      time_in_level_s: { GREEN: 24 * hour, YELLOW: 0, ORANGE: 0, RED: 0, unknown: 0 },
      reversals: 0,
      flapping: false,
      slopes: [],
    });
  });

  it('has every transition and the time in each level, which add up to the period', () => {
    const { transitions, time_in_level_s } = trend({
      before: null,
      changes: [change(20, 'GREEN'), change(10, 'RED'), change(9, 'RED'), change(4, 'YELLOW')],
    });
    expect(transitions).toEqual([
      { at: ago(10 * hour), from: 'GREEN', to: 'RED' },
      { at: ago(4 * hour), from: 'RED', to: 'YELLOW' },
    ]);
    expect(time_in_level_s).toEqual({
      GREEN: 10 * hour,
      YELLOW: 4 * hour,
      ORANGE: 0,
      RED: 6 * hour,
      unknown: 4 * hour,
    });
  });

  it('gives no negative time if the clock was set back', () => {
    const { time_in_level_s } = trend({
      changes: [change(2, 'RED'), change(5, 'GREEN'), change(1, 'YELLOW')],
    });
    expect(Object.values(time_in_level_s).every((seconds) => seconds >= 0)).toBe(true);
    expect(Object.values(time_in_level_s).reduce((a, b) => a + b)).toBe(24 * hour);
  });

  it('is flapping from three reversals on, each within an hour', () => {
    const turns = (n: number, apart: number) =>
      trend({
        changes: Array.from({ length: n + 1 }, (_, i) =>
          change(20 - i * apart, i % 2 === 0 ? 'YELLOW' : 'GREEN'),
        ),
      });
    expect(turns(2, 0.5)).toMatchObject({ reversals: 2, flapping: false });
    expect(turns(3, 0.5)).toMatchObject({ reversals: 3, flapping: true });
    expect(turns(3, 1.5)).toMatchObject({ reversals: 0, flapping: false });
  });

  it.each([
    [
      'integrity_score',
      [
        [3, 99],
        [2, 98],
        [1, 97],
      ],
      defaultPostureConfig,
      -1,
      ['YELLOW', 95, 2],
    ],
    [
      'integrity_score',
      [
        [3, 94.5],
        [2, 94],
        [1, 93.5],
      ],
      defaultPostureConfig,
      -0.5,
      ['RED', 90, 7],
    ],
    [
      'integrity_score',
      [
        [3, 94.5],
        [2, 94],
        [1, 93.5],
      ],
      { ...defaultPostureConfig, orange: defaultOrange },
      -0.5,
      ['ORANGE', 92.5, 2],
    ],
    [
      'consensus_pct',
      [
        [2, 90],
        [1, 99],
      ],
      defaultPostureConfig,
      9,
      null,
    ],
    [
      'reputation_score',
      [
        [2, 90],
        [1, 85],
      ],
      defaultPostureConfig,
      -5,
      ['YELLOW', 80, 1],
    ],
    [
      'reputation_score',
      [
        [2, 79],
        [1, 78],
      ],
      defaultPostureConfig,
      -1,
      null,
    ],
    // Both levels begin at the same threshold, so the worse one is approached.
    [
      'consensus_pct',
      [
        [2, 88],
        [1, 87],
      ],
      {
        ...defaultPostureConfig,
        thresholds: { ...defaultPostureConfig.thresholds, yellow_consensus: 85 },
      },
      -1,
      ['RED', 85, 2],
    ],
    [
      'recent_responses',
      [
        [2, 1],
        [1, 2],
      ],
      defaultPostureConfig,
      1,
      ['YELLOW', 4, 2],
    ],
    [
      'recent_responses',
      [
        [2, 3],
        [1, 4],
      ],
      defaultPostureConfig,
      1,
      ['RED', 8, 4],
    ],
  ] as const)('%s of %p approaches the next threshold', (signal, values, config, perHour, towards) => {
    const [slope] = trend({ reports: { [signal]: reports(...values) }, config }).slopes;
    expect(slope).toMatchObject({ signal, reports: values.length });
    expect(slope?.per_hour).toBeCloseTo(perHour, 6);
    if (towards === null) expect(slope?.towards).toBeNull();
    else {
      expect(slope?.towards).toMatchObject({ level: towards[0], threshold: towards[1] });
      expect(slope?.towards?.hours).toBeCloseTo(towards[2], 6);
    }
  });

  it('has no slope for one report, one moment, or values that are not numbers', () => {
    expect(trend({ reports: { integrity_score: reports([1, 99]) } }).slopes).toEqual([]);
    expect(trend({ reports: { integrity_score: reports([1, 99], [1, 97]) } }).slopes).toEqual([]);
    expect(
      trend({ reports: { forecast_risk: [{ at: now, value: 'low', source: 'probe' }] } }).slopes,
    ).toEqual([]);
  });
});

describe('the reports of a trend', () => {
  const [old, late, early] = reports([30, 1], [1, 90], [3, 95]);
  const all = [
    { ...early!, origin: 'external' },
    // Another credential's first report, from before the period.
    { ...old!, origin: 'external' },
    { ...late!, origin: 'external' },
    { at: ago(2 * hour), value: 100, source: 'interlock', origin: 'internal' },
  ] as const;
  const values = (source: 'internal' | 'external' | 'both' | undefined) =>
    reportsSince(ago(24 * hour), source, [...all].reverse()).map(({ value }) => value);

  it('are those of the period by their own times, whatever their order in the log', () =>
    expect(values(undefined)).toEqual([95, 100, 90]));

  it('are those of the sources that count', () => {
    expect(values('both')).toEqual([95, 100, 90]);
    expect(values('external')).toEqual([95, 90]);
    expect(values('internal')).toEqual([100]);
  });

  it('without an origin are external', () =>
    expect(reportsSince(ago(24 * hour), 'external', [late!])).toEqual([late]));
});
