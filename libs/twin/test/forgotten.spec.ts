import { describe, expect, it } from '@jest/globals';
import {
  calibrationOf,
  forgottenTraceDecider,
  forgottenTraceLoosens,
  forgottenTraceStream,
  judgedTrace,
  predict,
  type ForgottenTraceCommand,
} from '../src/index.js';
import { hoursAgo, memoryOf, request, trace } from './traces.js';

const past = (count: number, over: (i: number) => object = () => ({})) =>
  Array.from({ length: count }, (_, i) =>
    trace({
      trace_id: `t${i}`,
      action_id: `a${i}`,
      finished_at: hoursAgo(200 - i),
      impact_delta: (i % 7) - 3,
      ...over(i),
    }),
  );

describe('a forgotten trace', () => {
  it('is used and named by no prediction, at either size of the memory', () => {
    for (const count of [3, 90]) {
      const memory = memoryOf(past(count, (i) => (i === count - 1 ? { harmed: true } : {})));
      const last = `t${count - 1}`;
      const before = predict(memory, request());
      expect(before.traces.map(({ trace_id }) => trace_id)).toContain(last);
      memory.forget(last, '500');
      const after = predict(memory, request());
      expect(JSON.stringify(after)).not.toContain(`"${last}"`);
      expect(after.memory_version).toBe('500');
      // The rest of the memory answers as if the trace had never been there.
      const without = predict(memoryOf(past(count - 1)), request());
      expect({ ...after, memory_version: '' }).toEqual({ ...without, memory_version: '' });
    }
  });

  it('is out of the past errors that make the intervals', () => {
    const outlier = (i: number) => (i === 80 ? { impact_delta: 90 } : {});
    const memory = memoryOf(past(100, outlier));
    const errors = () => memory.recall(request()).errors!.impact;
    expect(Math.max(...errors())).toBeGreaterThan(80);
    memory.forget('t80', '500');
    expect(Math.max(...errors())).toBeLessThan(20);
  });

  it('is out of the calibration, but its outcome still counts for the vote', () => {
    const predicted = { risk_score: 10, impact_delta: 0, impact_by_kpi: {}, confidence_interval: [8, 9] };
    const memory = memoryOf(past(31, () => ({ predicted })));
    const record = memory.recordOf('cell_failover');
    expect(record).toMatchObject({ outcomes: 31, inside: 0 });
    for (let i = 0; i < 31; i += 1) memory.forget(`t${i}`, `${500 + i}`);
    expect(memory.size).toBe(0);
    expect(memory.types).toEqual([]);
    expect(memory.recordOf('cell_failover')).toEqual(record);
    expect(predict(memory, request()).lost_vote).toEqual({ outcomes: 31, misses: 31, most_misses: 30 });
    expect(calibrationOf(memory, 'cell_failover')).toMatchObject({ traces: 0, outcomes: 0, judged: 31 });
  });

  it('does not come back by a record, a verdict or an import, and takes no outcome twice', () => {
    const predicted = { risk_score: 10, impact_delta: 0, impact_by_kpi: {}, confidence_interval: [8, 9] };
    const [one] = past(1, () => ({ predicted }));
    const memory = memoryOf([one!]);
    memory.take(
      { type: 'TraceForgotten', data: { trace_id: 't0', action_type: 'cell_failover', reason: 'r' } },
      '2',
    );
    expect([memory.isForgotten('t0'), memory.find('t0'), memory.has(one!)]).toEqual([true, undefined, true]);
    memory.take({ type: 'TraceRecorded', data: { ...one!, outcome: 'ROLLED_BACK', harmed: true } }, '3');
    memory.take({ type: 'TraceJudged', data: judgedTrace(one!, 'harmful')! }, '4');
    memory.take({ type: 'TraceImported', data: { ...one!, imported: true } }, '5');
    memory.forget('t0', '6');
    expect([memory.size, memory.version]).toEqual([0, '2']);
    expect(memory.recordOf('cell_failover').outcomes).toBe(1);
    expect(predict(memory, request()).basis).toBe('heuristic');
  });

  it('leaves no trace of its incident, which may predict again', () => {
    const memory = memoryOf(past(4, (i) => ({ incident_id: i === 3 ? 'i1' : null })));
    memory.forget('t3', '9');
    expect(memory.recall(request({ incident_id: 'i1' })).eligible).toBe(3);
    expect(memory.recall(request()).eligible).toBe(3);
  });
});

describe('the record of a forgotten trace', () => {
  const command: ForgottenTraceCommand = {
    kind: 'ForgetTrace',
    trace_id: 't1',
    action_type: 'cell_failover',
    reason: 'asked for',
  };
  const { initial, decide, evolve } = forgottenTraceDecider;
  const [event] = decide(command, initial);
  const after = evolve(initial, event as never);

  it('is written once', () => {
    expect(event).toEqual({
      type: 'TraceForgotten',
      data: { trace_id: 't1', action_type: 'cell_failover', reason: 'asked for' },
    });
    expect(decide({ ...command, reason: 'again' }, after)).toEqual([]);
  });

  it('loosens, so that another person must approve it', () => {
    expect(forgottenTraceLoosens(initial, after)).toMatchObject([{ pointer: '/trace' }]);
    expect(forgottenTraceLoosens(after, after)).toEqual([]);
  });

  it('has a stream of its own for any trace id', () => {
    expect(forgottenTraceStream('demo', 'line:1/2\u2028x')).toBe(
      'trace-demo:forgotten=line%3A1%2F2%E2%80%A8x',
    );
  });
});
