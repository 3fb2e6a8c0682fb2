import { describe, expect, it } from '@jest/globals';
import { calibrationOf, judgedTrace, predict, type TraceV1 } from '../src/index.js';
import { memoryOf, request, seeded, trace } from './traces.js';

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

  it('does not change by what a person says of an old outcome', () => {
    const traces = outcomes('.' + 'x'.repeat(31) + '.'.repeat(168));
    const memory = memoryOf(traces);
    const before = memory.recordOf('cell_failover');
    expect(before).toMatchObject({ outcomes: 200, inside: 169 });
    const judged = judgedTrace(memory.find('t0')!, 'bad')!;
    memory.add(judged, '500');
    expect({ ...memory.recordOf('cell_failover'), risk: null }).toEqual({ ...before, risk: null });
    expect(predict(memory, request()).lost_vote).toBeDefined();
  });

  it('does not come back by an import, of new traces or in the place of what ran here', () => {
    const memory = memoryOf(outcomes('x'.repeat(31)));
    for (let i = 0; i < 1100; i += 1) memory.add(trace({ trace_id: `i${i}`, imported: true }), `${i + 100}`);
    expect(predict(memory, request()).lost_vote).toEqual({ outcomes: 31, misses: 31, most_misses: 30 });
    const other = memoryOf(outcomes('x'.repeat(31)));
    const instead = trace({
      trace_id: 't3',
      imported: true,
      outcome: 'ROLLED_BACK',
      action_type: 'qos_tune',
    });
    expect(other.has(instead)).toBe(true);
    other.add(instead, '100');
    expect(other.find('t3')).toMatchObject({ imported: false, action_type: 'cell_failover' });
    expect(predict(other, request()).lost_vote).toBeDefined();
  });

  it('counts no outcome again because of a late rollback', () => {
    const misses = outcomes('x'.repeat(31));
    const good = outcomes('.'.repeat(231)).slice(31);
    const memory = memoryOf([...misses, ...good]);
    for (const each of misses) memory.add({ ...each, outcome: 'ROLLED_BACK', harmed: true }, '500');
    expect(memory.recordOf('cell_failover')).toMatchObject({ outcomes: 200, inside: 200 });
    expect(predict(memory, request()).lost_vote).toBeUndefined();
  });

  it('is lost by what ran here, although imports took the trace ids before', () => {
    for (const outcome of ['COMPLETED', 'ROLLED_BACK'] as const) {
      const real = outcomes('x'.repeat(31)).map((each) => ({ ...each, outcome }));
      const taken = real.map((each): TraceV1 => ({ ...each, predicted: null, imported: true }));
      const memory = memoryOf(taken.map((each) => ({ ...each, outcome: 'COMPLETED' })));
      for (const [i, each] of real.entries()) {
        expect(memory.has(each)).toBe(false);
        memory.add(each, `${i + 100}`);
        expect(memory.has(each)).toBe(true);
      }
      expect(memory.size).toBe(31);
      expect(predict(memory, request()).lost_vote).toEqual({ outcomes: 31, misses: 31, most_misses: 30 });
      for (const each of taken) {
        expect(memory.has(each)).toBe(true);
        memory.add(each, '200');
      }
      expect(memory.find('t0')).toMatchObject({ imported: false, outcome });
    }
  });

  it('counts an outcome once, although imports pushed its trace out of the memory', () => {
    const memory = memoryOf(outcomes('x'.repeat(30)));
    for (let i = 0; i < 1000; i += 1) memory.add(trace({ trace_id: `i${i}`, imported: true }), `${i + 100}`);
    expect(memory.find('t3')).toBeUndefined();
    memory.add({ ...outcomes('xxxx')[3]!, outcome: 'ROLLED_BACK', harmed: true }, '2000');
    expect(memory.recordOf('cell_failover')).toMatchObject({ outcomes: 30, inside: 0 });
    expect(predict(memory, request()).lost_vote).toBeUndefined();
  });

  it('is the same in the calibration that people read', () => {
    for (const marks of ['x'.repeat(30), 'x'.repeat(31), 'x'.repeat(31) + '.'.repeat(170)]) {
      const traces = outcomes(marks);
      expect(calibrationOf(memoryOf(traces), 'cell_failover').has_vote).toBe(lostAfter(marks) === undefined);
    }
  });
});

describe('the intervals of the twin', () => {
  const random = seeded(5);
  const impacts = Array.from({ length: 80 }, () => 20 * random() - 10);
  const widthAfter = (mark: (i: number) => boolean): number => {
    const traces = impacts.map((impact, i) => trace({ trace_id: `t${i}`, ...predicted(impact, mark(i)) }));
    const [low, high] = predict(memoryOf(traces), request()).confidence_interval;
    return high - low;
  };

  it('get wider after misses, up to the largest past error, and narrower while outcomes are inside', () => {
    const mixed = widthAfter((i) => i % 10 !== 0);
    const missed = widthAfter((i) => i < 60 && i % 10 !== 0);
    const right = widthAfter(() => true);
    expect(missed).toBeGreaterThan(mixed);
    expect(right).toBeLessThan(mixed);
    expect(widthAfter(() => false)).toBe(widthAfter((i) => i < 40));
  });

  it('keep their coverage in a network that changes', () => {
    const memory = memoryOf([]);
    let inside = 0;
    for (let i = 0; i < 1000; i += 1) {
      // The usual impact moves on, and every thirtieth action goes badly wrong.
      const impact = i % 30 === 0 ? -60 : 5 * Math.sin(i / 200) + 2 * random();
      const at = new Date(Date.UTC(2026, 0, 1, 0, 15 * i)).toISOString();
      const { confidence_interval, risk_score, impact_delta, impact_by_kpi } = predict(
        memory,
        request({ at }),
      );
      if (impact >= confidence_interval[0] && impact <= confidence_interval[1]) inside += 1;
      const said = { confidence_interval, risk_score, impact_delta, impact_by_kpi };
      memory.add(
        trace({ trace_id: `t${i}`, impact_delta: impact, finished_at: at, predicted: said }),
        `${i + 1}`,
      );
    }
    expect(inside).toBeGreaterThan(870);
    expect(inside).toBeLessThan(960);
  });
});
