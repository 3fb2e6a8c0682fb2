import { describe, expect, it } from '@jest/globals';
import { defaults, type ExpectedChange } from '@interlock/contracts';
import fc from 'fast-check';
import { isExpectedChange, predict, recompute } from '../src/index.js';
import { totalImpact } from '../src/kpis.js';
import { memoryOf, request, trace } from './traces.js';

/** How far adaptive thresholds lower a threshold at most (libs/autonomy, `mostShift`). */
const mostShift = 0.1;

describe('a prediction by a network model', () => {
  const expected = (limit_use: number): ExpectedChange => ({
    before: { users: 300, latency_ms: 20, load_pct: 40, drop_rate_pct: 2, custom: 1 },
    after: { users: 300, latency_ms: 23, load_pct: 55, drop_rate_pct: 1, new: 4 },
    limit_use,
  });

  it('is made without a trace, from the expected change', () => {
    const made = predict(undefined, { ...request(), expected: expected(0.6) });
    expect(made).toMatchObject({
      basis: 'model',
      risk_score: 12,
      risk_level: 'LOW',
      impact_by_kpi: { users: 0, latency_ms: 3, load_pct: 15, drop_rate_pct: -1 },
      interval_by_kpi: { latency_ms: [-3.5, 9.5] },
      traces: [],
      input: { expected: expected(0.6) },
    });
    expect(made.impact_delta).toBe(totalImpact(expected(0).before, made.impact_by_kpi));
  });

  it('gets riskier with the share of the limits, and is never sure', () => {
    const scores = [0, 0.5, 0.9, 1, 1.1, 2, 1e12].map(
      (use) => predict(undefined, { ...request(), expected: expected(use) }).risk_score,
    );
    expect(scores).toEqual([5, 9, 37, 50, 63, 95, 95]);
  });

  it('is not made where the action type has traces of another trigger, or had one', () => {
    const asked = { ...request({ trigger_type: 'never_seen' }), expected: expected(0.6) };
    const memory = memoryOf([trace({ trace_id: 't', trigger_type: 'storm', harmed: true })]);
    expect(predict(memory, asked)).toMatchObject({ basis: 'heuristic' });
    expect(predict(memory, asked).input).not.toHaveProperty('expected');
    memory.forget('t', '9');
    expect(predict(memory, asked)).toMatchObject({ basis: 'heuristic' });
    expect(predict(memoryOf([trace({ action_type: 'qos_tune' })]), asked)).toMatchObject({ basis: 'model' });
  });

  it('is not confident enough to run without a person at any threshold that is not set lower', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 10, noNaN: true }), (use) => {
        const { confidence, risk_level } = predict(undefined, { ...request(), expected: expected(use) });
        const least = defaults.confidence_thresholds[risk_level] - mostShift;
        return confidence > 0 && confidence < least;
      }),
    );
  });

  it('gives way to the first trace, and to an action that only reads', () => {
    const asked = { ...request(), expected: expected(0.6) };
    const remembered = predict(memoryOf([trace({})]), asked);
    expect(remembered).toEqual(predict(memoryOf([trace({})]), request()));
    expect(predict(undefined, { ...asked, read_only: true })).toMatchObject({ basis: 'no_effect' });
    expect(predict(undefined, { ...asked, read_only: true }).input).not.toHaveProperty('expected');
  });

  it('can be computed again from its input, and a changed one is found', () => {
    const made = predict(undefined, { ...request(), expected: expected(0.6) });
    expect(recompute(JSON.parse(JSON.stringify(made)))).toEqual(made);
    expect(recompute({ ...made, risk_score: 5 })?.risk_score).toBe(12);
    expect(recompute({ ...made, input: { ...made.input, expected: expected(2) } })?.risk_score).toBe(95);
  });

  it.each([
    ['a list', []],
    ['no limit_use', { before: {}, after: {} }],
    ['a negative share', expected(-1)],
    ['a share that is no number', { ...expected(1), limit_use: 'all' }],
    ['an infinite KPI', { ...expected(1), after: { users: Infinity } }],
    ['a KPI that is no number', { ...expected(1), before: { users: '3' } }],
    ['a KPI without a name', { ...expected(1), before: { 'a b': 3 } }],
    [
      'too many KPIs',
      { ...expected(1), before: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`k${i}`, 1])) },
    ],
  ])('is not made from %s', (_name, value) => expect(isExpectedChange(value)).toBe(false));

  it('is made from KPIs by name', () => expect(isExpectedChange(expected(1.2))).toBe(true));
});
