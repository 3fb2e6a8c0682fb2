import { describe, expect, it } from '@jest/globals';
import { calibrationOf, predict, type TraceV1 } from '../src/index.js';
import { memoryOf, request, trace } from './traces.js';

const predicted = (impact: number, inside: boolean): Pick<TraceV1, 'impact_delta' | 'predicted'> => ({
  impact_delta: impact,
  predicted: {
    risk_score: 10,
    impact_delta: impact,
    impact_by_kpi: {},
    confidence_interval: inside ? [impact - 1, impact + 1] : [impact + 1, impact + 2],
  },
});
/** Outcomes in the order of the log; `x` is one outside its interval. */
const outcomes = (marks: string): TraceV1[] =>
  [...marks].map((mark, i) => trace({ trace_id: `t${i}`, ...predicted(-1, mark !== 'x') }));
const lostAfter = (marks: string): unknown => predict(memoryOf(outcomes(marks)), request()).lost_vote;

describe('the vote of the twin', () => {
  it('is lost with more misses than 15 % of 200 outcomes, even before there are 200', () => {
    expect(lostAfter('x'.repeat(30))).toBeUndefined();
    expect(lostAfter('x'.repeat(31))).toEqual({ outcomes: 31, misses: 31, most_misses: 30 });
    expect(lostAfter('.'.repeat(169) + 'x'.repeat(31))).toEqual({
      outcomes: 200,
      misses: 31,
      most_misses: 30,
    });
  });

  it('is there again once enough misses are older than the last 200 outcomes', () => {
    expect(lostAfter('x'.repeat(31) + '.'.repeat(169))).toEqual({
      outcomes: 200,
      misses: 31,
      most_misses: 30,
    });
    expect(lostAfter('x'.repeat(31) + '.'.repeat(170))).toBeUndefined();
  });

  it('counts each action type alone, and only outcomes that had a prediction', () => {
    const others = outcomes('x'.repeat(40)).map((each) => ({ ...each, action_type: 'qos_tune' }));
    const imported = Array.from({ length: 40 }, (_, i) => trace({ trace_id: `i${i}`, impact_delta: -90 }));
    expect(predict(memoryOf([...others, ...imported]), request()).lost_vote).toBeUndefined();
    expect(predict(memoryOf(others), request({ action_type: 'qos_tune' })).lost_vote).toBeDefined();
  });

  it('has no meaning for an action that only reads', () => {
    const memory = memoryOf(outcomes('x'.repeat(31)));
    expect(predict(memory, request({ read_only: true })).lost_vote).toBeUndefined();
  });

  it('follows a trace that a person has judged, which replaces the earlier one', () => {
    const traces = outcomes('x'.repeat(31));
    const memory = memoryOf([...traces, { ...traces[0]!, ...predicted(-1, true), harmed: true }]);
    expect(predict(memory, request()).lost_vote).toBeUndefined();
  });

  it('is the same in the calibration that people read', () => {
    for (const marks of ['x'.repeat(30), 'x'.repeat(31), 'x'.repeat(31) + '.'.repeat(170)]) {
      const traces = outcomes(marks);
      expect(calibrationOf('cell_failover', traces).has_vote).toBe(lostAfter(marks) === undefined);
    }
  });
});
