import { describe, expect, it } from '@jest/globals';
import { judgedOutcomes } from '@interlock/contracts';
import { calibrationOf as calibrated, DecisionMemory, shareInterval, type TraceV1 } from '../src/index.js';

const trace = (i: number, over: Partial<TraceV1> = {}): TraceV1 => ({
  trace_id: `t-${i}`,
  action_id: null,
  action_type: 'cell_failover',
  trigger_type: 'cell_failover',
  entity_id: 'cell-001-1',
  parameters: {},
  context: {},
  incident_id: null,
  outcome: 'COMPLETED',
  harmed: false,
  impact_delta: 1,
  impact_by_kpi: {},
  finished_at: new Date(Date.UTC(2026, 0, 1, 0, 0, i)).toISOString(),
  predicted: { risk_score: 10, impact_delta: 1, impact_by_kpi: {}, confidence_interval: [0, 2] },
  imported: false,
  ...over,
});
/** The calibration of a memory with these traces. */
const calibrationOf = (type: string, traces: readonly TraceV1[]) => {
  const memory = new DecisionMemory();
  for (const [i, each] of traces.entries()) memory.add(each, `${i + 1}`);
  return calibrated(memory, type);
};
const said = (risk: number, interval: readonly [number, number] = [0, 2]): TraceV1['predicted'] => ({
  risk_score: risk,
  impact_delta: 1,
  impact_by_kpi: {},
  confidence_interval: interval,
});

describe('the accuracy of predictions', () => {
  it('is unknown without predictions', () => {
    expect(calibrationOf('cell_failover', [trace(1, { predicted: null })])).toEqual({
      action_type: 'cell_failover',
      traces: 1,
      outcomes: 0,
      judged: 0,
      inside: 0,
      coverage: null,
      has_vote: true,
      width: null,
      brier: null,
      base_brier: null,
      calibration_error: null,
      bins: [],
      course: [],
    });
  });

  it('puts each score into its bin, with the observed harm and its interval', () => {
    const traces = [
      trace(1, { predicted: said(1) }),
      trace(2, { predicted: said(5), harmed: true }),
      trace(3, { predicted: said(6) }),
      trace(4, { predicted: said(99), harmed: true }),
    ];
    const {
      bins,
      brier,
      base_brier: base,
      calibration_error: error,
    } = calibrationOf('cell_failover', traces);
    expect(bins.map(({ from, to, outcomes, said: risk, seen }) => [from, to, outcomes, risk, seen])).toEqual([
      [1, 5, 2, 0.03, 0.5],
      [6, 10, 1, 0.06, 0],
      [66, 99, 1, 0.99, 1],
    ]);
    // (0.01² + 0.95² + 0.06² + 0.01²) / 4, compared with always predicting one half.
    expect([brier, base]).toEqual([0.2266, 0.25]);
    // (0.47 · 2 + 0.06 + 0.01) / 4.
    expect(error).toBe(0.2525);
  });

  it('counts an impact on the edge of its interval as inside', () => {
    const { inside, judged, coverage, width } = calibrationOf('cell_failover', [
      trace(1, { impact_delta: 2 }),
      trace(2, { impact_delta: 0 }),
      trace(3, { impact_delta: 2.01 }),
    ]);
    expect([inside, judged, coverage, width]).toEqual([2, 3, 0.6667, 2]);
  });

  it('judges coverage over the last outcomes only, with its course', () => {
    const old = Array.from({ length: 50 }, (_, i) => trace(i, { impact_delta: 9 }));
    const recent = Array.from({ length: judgedOutcomes }, (_, i) => trace(50 + i));
    const { inside, judged, coverage, course, outcomes } = calibrationOf('cell_failover', [
      ...old,
      ...recent,
    ]);
    expect([outcomes, judged, inside, coverage]).toEqual([250, judgedOutcomes, judgedOutcomes, 1]);
    expect(course.length).toBeLessThanOrEqual(20);
    expect(course.at(-1)).toEqual({ at: recent.at(-1)?.finished_at, coverage: 1 });
    expect(course[0]?.coverage).toBeLessThan(1);
    expect(course.map(({ at }) => at)).toEqual(course.map(({ at }) => at).sort());
  });

  it('bounds a share with Wilson’s interval, from 0 to 1 without outcomes', () => {
    expect(shareInterval(0, 0)).toEqual([0, 1]);
    expect(shareInterval(5, 10)).toEqual([0.2366, 0.7634]);
    expect(shareInterval(0, 10)).toEqual([0, 0.2775]);
    expect(shareInterval(10, 10)[1]).toBe(1);
  });
});

describe('a memory', () => {
  it('finds a trace by its id, and the traces of a type in their order', () => {
    const memory = new DecisionMemory();
    memory.add(trace(1), '1');
    memory.add(trace(2, { action_type: 'qos_tune' }), '2');
    memory.add(trace(3), '3');
    expect(memory.types).toEqual(['cell_failover', 'qos_tune']);
    expect(memory.tracesOf('cell_failover').map(({ trace_id: id }) => id)).toEqual(['t-1', 't-3']);
    expect(memory.tracesOf('nothing')).toEqual([]);
    expect(memory.find('t-2')?.action_type).toBe('qos_tune');
    expect(memory.find('t-4')).toBeUndefined();
  });
});
