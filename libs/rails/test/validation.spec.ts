import { describe, expect, it } from '@jest/globals';
import type { Observation, PredictionV1 } from '@interlock/contracts';
import { validateOutcome } from '../src/index.js';
import { Life } from './life.js';
import { now, observation, prediction, tx } from './looks.js';

const two: Partial<PredictionV1> = { interval_by_kpi: { drop_rate_pct: [-10, 0], latency_ms: [-5, 5] } };
const delta = (of: object): Observation => observation(-5, { delta: of as Observation['delta'] });

describe('what was not observed', () => {
  it('of a KPI that was predicted is inconclusive, and names it', () => {
    expect(validateOutcome(prediction(two), observation(-5))).toMatchObject({
      result: {
        verdict: 'inconclusive',
        kpis: [
          { kpi: 'drop_rate_pct', verdict: 'inside' },
          { kpi: 'latency_ms', observed: null, predicted: [-5, 5], verdict: 'missing' },
        ],
      },
      reasons: [{ code: 'not-observed', kpi: 'latency_ms' }],
    });
  });

  it('of a KPI that was measured before the change is inconclusive too', () => {
    const { result, reasons } = validateOutcome(
      prediction(),
      observation(-5, { before: { drop_rate_pct: 6, users: 100 } }),
    );
    expect([result.verdict, reasons.map((reason) => reason['kpi'])]).toEqual(['inconclusive', ['users']]);
  });

  it.each([
    ['null', null],
    ['NaN', Number.NaN],
    ['infinite', Number.POSITIVE_INFINITY],
    ['a text', '-5'],
  ])('is what is %s', (_, value) => {
    const { result, reasons } = validateOutcome(prediction(), delta({ drop_rate_pct: value }));
    expect([result.verdict, result.kpis[0]?.verdict, reasons[0]?.code]).toEqual([
      'inconclusive',
      'missing',
      'not-observed',
    ]);
  });

  it('cannot be told from an interval that is none', () => {
    const { result } = validateOutcome(
      prediction({ interval_by_kpi: { drop_rate_pct: [null as unknown as number, 0] } }),
      observation(-5),
    );
    expect(result.verdict).toBe('inconclusive');
  });

  it('gives way to what is worse: the worst verdict counts', () => {
    const { result, reasons } = validateOutcome(prediction(two), observation(9));
    expect([result.verdict, reasons.map(({ code }) => code)]).toEqual([
      'fail',
      ['kpi-worse', 'not-observed'],
    ]);
  });

  it('takes the change back after the soak', () => {
    const life = Life.executing({ prediction: two });
    life.tell({ kind: 'record_transaction', status: tx('OBSERVED', { observation: observation(-5) }), now });
    expect(life.types.slice(-2)).toEqual(['OutcomeValidated', 'UndoRequested']);
    expect(life.state).toMatchObject({
      status: 'ROLLING_BACK',
      undo: { cause: 'validation', reasons: [{ code: 'not-observed', kpi: 'latency_ms' }] },
      validation_result: { verdict: 'inconclusive' },
    });
  });

  it('misses no KPI that the action type declares', () => {
    const declared = ['drop_rate_pct', 'spam_pct'];
    expect(validateOutcome(prediction(), observation(-5), declared)).toMatchObject({
      result: {
        verdict: 'inconclusive',
        kpis: [
          { kpi: 'drop_rate_pct', verdict: 'inside' },
          { kpi: 'spam_pct', observed: null, verdict: 'missing' },
        ],
      },
      reasons: [{ code: 'not-observed', kpi: 'spam_pct' }],
    });
    expect(validateOutcome(undefined, observation(-5), ['drop_rate_pct']).result.verdict).toBe('pass');
  });
});
