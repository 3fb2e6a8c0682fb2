import { describe, expect, it } from '@jest/globals';
import { fold, given } from '@interlock/kernel';
import {
  checkPostureConfig,
  defaultPostureConfig,
  defaultThresholds,
  postureConfigDecider,
  signalCommand,
  signalDecider,
  type ReportCommand,
  type SignalCommand,
  type SignalEvent,
} from '../src/index.js';

const now = '2026-01-01T12:00:00.000Z';
const asReported = (over: Partial<ReportCommand> = {}): ReportCommand => ({
  kind: 'ReportSignal',
  name: 'integrity_score',
  value: 97.5,
  at: '2026-01-01T11:59:00.000Z',
  source: 'probe',
  now,
  ...over,
});
const report = (over: Partial<ReportCommand> = {}): SignalCommand => signalCommand(asReported(over));
const reported = (
  over: Partial<Extract<SignalEvent, { type: 'SignalReported' }>['data']> = {},
): SignalEvent => ({
  type: 'SignalReported',
  data: {
    name: 'integrity_score',
    value: 97.5,
    at: '2026-01-01T11:59:00.000Z',
    source: 'probe',
    origin: 'external',
    ...over,
  },
});

describe('the reports of a signal', () => {
  it('keep value, time and source', () => {
    const { events, state } = given(signalDecider, []).when(report());
    expect(events).toEqual([reported()]);
    expect(state.report).toEqual({ value: 97.5, at: '2026-01-01T11:59:00.000Z', source: 'probe' });
  });

  it('count from now if they have no time', () => {
    const { at: _at, ...timeless } = asReported();
    expect(given(signalDecider, []).when(timeless).events).toEqual([reported({ at: now })]);
  });

  it('are converted to UTC', () => {
    expect(given(signalDecider, []).when(report({ at: '2026-01-01T12:59:00+01:00' })).events).toEqual([
      reported(),
    ]);
  });

  it('write nothing if they repeat the last', () =>
    expect(given(signalDecider, [reported()]).when(report()).events).toEqual([]));

  it.each([
    ['2026-01-01T11:58:59.000Z', 99, 97.5],
    ['2026-01-01T11:58:59.000Z', 10, 97.5],
    ['2026-01-01T11:58:59.001Z', 99, 97.5],
    ['2026-01-01T11:58:59.001Z', 10, 10],
    ['2026-01-01T11:59:00.001Z', 99, 99],
    ['2026-01-01T11:59:00.001Z', 10, 10],
  ])('are ordered by their time, and by the worst of a second: %s, %d', (at, value, kept) =>
    expect(given(signalDecider, [reported()]).when(report({ at, value })).state.report?.value).toBe(kept),
  );

  it('are written for the same value, because it is fresh again', () => {
    expect(
      given(signalDecider, [reported()]).when(report({ at: '2026-01-01T11:59:01.000Z' })).events,
    ).toHaveLength(1);
  });

  it.each([
    [{ value: 101 }, ['/value']],
    [{ value: undefined }, ['/value']],
    [{ at: 'yesterday' }, ['/at']],
    [{ at: 17 }, ['/at']],
    [{ at: '2026-01-01T25:00:00Z' }, ['/at']],
    [{ at: '2025-02-29T12:00:00Z' }, ['/at']],
    [{ at: '2026-01-01T12:00:30.001Z' }, ['/at']],
    [{ value: 'abc', at: '' }, ['/value', '/at']],
  ])('that are malformed are refused, with every fault: %p', (over, pointers) => {
    const { events, state } = given(signalDecider, [reported()]).when(report(over as Partial<ReportCommand>));
    expect(events).toMatchObject([
      {
        type: 'SignalRefused',
        data: { source: 'probe', violations: pointers.map((pointer) => ({ pointer })) },
      },
    ]);
    expect(state.report?.value).toBe(97.5);
    expect(state.refused?.violations).toHaveLength(pointers.length);
  });

  it('do not put a malformed value into any command', () => {
    const command = report({ value: 'a secret' });
    expect(JSON.stringify(command)).not.toContain('secret');
    expect(given(signalDecider, []).when(asReported({ value: 'a secret' })).error).toMatchObject({
      code: 'validation-failed',
    });
  });

  it('may be 30 s ahead of the clock', () => {
    expect(given(signalDecider, []).when(report({ at: '2026-01-01T12:00:30.000Z' })).events).toMatchObject([
      { type: 'SignalReported' },
    ]);
  });

  it('that repeat the same fault are recorded once, until another fault or a valid report', () => {
    const bad = report({ value: 101 });
    const first = given(signalDecider, []).when(bad).events;
    expect(given(signalDecider, first).when(bad).events).toEqual([]);
    expect(given(signalDecider, first).when(report({ value: 101, source: 'other' })).events).toHaveLength(1);
    expect(given(signalDecider, [...first, reported()]).when(bad).events).toHaveLength(1);
    expect(fold(signalDecider, [...first, reported()]).refused).toBeNull();
  });
});

describe('the configuration of a posture', () => {
  it("has defaults: seed thresholds, YELLOW on missing, a minute's dwell, a quarter of an hour", () => {
    expect(postureConfigDecider.initial.config).toEqual({
      thresholds: defaultThresholds,
      orange: null,
      on_missing: 'yellow',
      dwell_s: 60,
      max_age_s: {
        trust_locked: null,
        integrity_score: 900,
        consensus_pct: 900,
        reputation_score: 900,
        forecast_risk: 900,
        recent_responses: 900,
      },
    });
  });

  it('is recorded when it changes and when somebody chooses the defaults', () => {
    const chosen = given(postureConfigDecider, []).when({
      kind: 'ConfigurePosture',
      config: defaultPostureConfig,
    });
    expect(chosen.events).toHaveLength(1);
    expect(
      given(postureConfigDecider, chosen.events).when({
        kind: 'ConfigurePosture',
        config: { ...defaultPostureConfig },
      }).events,
    ).toEqual([]);
    expect(
      given(postureConfigDecider, chosen.events).when({
        kind: 'ConfigurePosture',
        config: { ...defaultPostureConfig, dwell_s: 0 },
      }).state.config.dwell_s,
    ).toBe(0);
  });

  it('names every threshold that is out of order', () => {
    expect(checkPostureConfig(defaultPostureConfig)).toEqual([]);
    const thresholds = { ...defaultThresholds, red_integrity: 96, red_consensus: 91, red_responses: 3 };
    expect(checkPostureConfig({ thresholds, orange: null }).map(({ pointer }) => pointer)).toEqual([
      '/thresholds/red_integrity',
      '/thresholds/red_consensus',
      '/thresholds/red_responses',
    ]);
    const orange = { orange_integrity: 96, orange_consensus: 84, orange_responses: 9 };
    expect(
      checkPostureConfig({ thresholds: defaultThresholds, orange }).map(({ pointer }) => pointer),
    ).toEqual(['/orange/orange_integrity', '/orange/orange_consensus', '/orange/orange_responses']);
  });
});
