import { describe, expect, it } from '@jest/globals';
import { evaluate, importedTrace, judgedTrace, predict, recompute, type TraceV1 } from '../src/index.js';
import { riskTableOf, type ScoredOutcome } from '../src/risk-calibration.js';
import { hoursAgo, memoryOf, request, seeded, trace } from './traces.js';

/** Outcomes with a raw score each, of which a share did harm. */
const scored = (count: number, raw: number, harmed: number): ScoredOutcome[] =>
  Array.from({ length: count }, (_, i) => ({ raw, harmed: i < harmed }));
const scoresOf = (outcomes: readonly ScoredOutcome[]): readonly number[] => riskTableOf(outcomes)!.scores;

describe('the calibration of risk scores', () => {
  it('needs 200 outcomes, 20 of them with harm and 20 without', () => {
    expect(riskTableOf(scored(199, 10, 30))).toBeNull();
    expect(riskTableOf(scored(200, 10, 19))).toBeNull();
    expect(riskTableOf(scored(200, 10, 181))).toBeNull();
    expect(riskTableOf(scored(200, 10, 20))).toMatchObject({ outcomes: 200, harmed: 20 });
  });

  it('moves a score to the harm that was seen, and the scores above with it', () => {
    const higher = scoresOf(scored(400, 20, 200));
    expect([higher[19], higher[20], higher[40], higher[60]]).toEqual([19, 43, 43, 60]);
    const lower = scoresOf(scored(400, 20, 20));
    expect([lower[5], lower[20], lower[21]]).toEqual([5, 7, 21]);
  });

  it('pools scores whose harm falls, so that no higher score is safer', () => {
    const scores = scoresOf([...scored(200, 5, 40), ...scored(200, 15, 10), ...scored(100, 30, 40)]);
    expect(new Set(scores.slice(5, 16)).size).toBe(1);
    expect(scores[30]).toBeGreaterThan(scores[15]!);
  });

  it('never lowers a level of risk, nor a score above every outcome', () => {
    expect(scoresOf([...scored(300, 2, 20), ...scored(300, 80, 1)])[80]).toBe(67);
    expect(scoresOf([...scored(300, 2, 20), ...scored(300, 40, 1)])[40]).toBe(34);
    for (const raw of [21, 40, 99]) expect(scoresOf(scored(900, 20, 20))[raw]).toBe(raw);
  });

  it('is 1 to 99 and never falls, and one more harm lowers no score', () => {
    const random = seeded(5);
    for (let run = 0; run < 200; run += 1) {
      const outcomes = Array.from({ length: 400 }, () => ({
        raw: 1 + Math.floor(99 * random() ** (1 + (run % 3))),
        harmed: random() < (run % 8) / 10 + 0.15,
      }));
      const scores = scoresOf(outcomes);
      expect(scores).toEqual(scores.toSorted((a, b) => a - b));
      expect(scores.slice(1).every((score) => Number.isInteger(score) && score >= 1 && score <= 99)).toBe(
        true,
      );
      const safe = outcomes.findIndex(({ harmed }) => !harmed);
      const worse = scoresOf(outcomes.with(safe, { ...outcomes[safe]!, harmed: true }));
      expect(worse.every((score, raw) => score >= scores[raw]!)).toBe(true);
    }
  });
});

const said = { risk_score: 10, impact_delta: 1, impact_by_kpi: {}, confidence_interval: [0, 2] } as const;
/** Outcomes that ran here: each had a raw score of 10, and every fourth did harm. */
const ran = (count: number, over: Partial<TraceV1> = {}): TraceV1[] =>
  Array.from({ length: count }, (_, i) =>
    trace({
      trace_id: `t${i}`,
      action_id: `a${i}`,
      finished_at: hoursAgo(count - i),
      harmed: i % 4 === 0,
      impact_delta: 1,
      predicted: said,
      ...over,
    }),
  );

describe('a calibrated prediction', () => {
  it('holds its raw score and what it was calibrated by, and can be made again', () => {
    const before = predict(memoryOf(ran(199)), request());
    expect([before.raw_risk, before.input['risk']]).toEqual([undefined, undefined]);
    const answer = predict(memoryOf(ran(240, { predicted: { ...said, risk_score: 28 } })), request());
    const { raw_risk: raw, risk_score: score } = answer;
    expect(answer.input['risk']).toMatchObject({ outcomes: 240, harmed: 60, score });
    const { from, to } = answer.input['risk'] as { readonly from: number; readonly to: number };
    expect(raw! >= from && raw! <= to).toBe(true);
    expect(recompute(answer)).toEqual(answer);
    // An earlier release did not calibrate.
    const { risk: _, ...input } = answer.input;
    const earlier = { ...answer, input };
    expect(recompute(earlier)).toMatchObject({ risk_score: raw });
    expect(recompute(earlier)).not.toHaveProperty('raw_risk');
  });

  it('feeds the calibration with the raw score, not with the calibrated one', () => {
    const table = (predicted: TraceV1['predicted']) =>
      memoryOf(ran(240, { predicted })).recordOf('cell_failover').risk;
    expect(table({ ...said, risk_score: 60, raw_risk: 30 })).toEqual(table({ ...said, risk_score: 30 }));
    expect(table({ ...said, risk_score: 60, raw_risk: 30 })).not.toEqual(table({ ...said, risk_score: 60 }));
  });

  it('keeps the score of a small memory, and of a type with few outcomes', () => {
    const memory = memoryOf([
      ...ran(240),
      ...[0, 1, 2].map((i) => trace({ trace_id: `s${i}`, trigger_type: 'storm', action_type: 'qos_tune' })),
    ]);
    expect(predict(memory, request({ action_type: 'qos_tune' }))).not.toHaveProperty('raw_risk');
    const storms = memoryOf(ran(240, { trigger_type: 'storm' }));
    storms.add(trace({ trace_id: 'one' }), '999');
    expect(predict(storms, request())).toMatchObject({ basis: 'memory', traces: [{ trace_id: 'one' }] });
    expect(predict(storms, request())).not.toHaveProperty('raw_risk');
  });

  it('does not change by imports, or because a trace is forgotten', () => {
    const memory = memoryOf(ran(240));
    const table = () => memory.recordOf('cell_failover').risk;
    const before = table();
    const entry = { trigger_type: 'cell_failover', entity_id: 'c', impact_delta: 0, age_h: 1 };
    for (let i = 0; i < 100; i += 1)
      memory.add(importedTrace('demo', { ...entry, trace_id: `i${i}` }, hoursAgo(0)), `${300 + i}`);
    memory.forget('t4', '501');
    expect(table()).toEqual(before);
  });

  it('counts harm that a person or a rollback found later, and leaves the vote alone', () => {
    const memory = memoryOf(ran(240));
    const record = () => memory.recordOf('cell_failover');
    const before = record();
    memory.add(judgedTrace(memory.find('t1')!, 'bad')!, '500');
    memory.add({ ...memory.find('t2')!, outcome: 'ROLLED_BACK', harmed: true }, '501');
    expect(record().risk!.harmed).toBe(before.risk!.harmed + 2);
    expect(record().risk!.scores[10]).toBeGreaterThanOrEqual(before.risk!.scores[10]!);
    expect({ ...record(), risk: null }).toEqual({ ...before, risk: null });
  });

  it('never learns that harm was none', () => {
    const memory = memoryOf(ran(240));
    const before = memory.recordOf('cell_failover').risk;
    memory.add({ ...memory.find('t4')!, harmed: false }, '500');
    expect(memory.recordOf('cell_failover').risk).toEqual(before);
  });
});

describe('the calibration over many outcomes', () => {
  it('makes the risk truer in a world where scores are too low, and no worse where they are right', () => {
    const world = (harm: (cell: number) => number): TraceV1[] => {
      const random = seeded(11);
      return Array.from({ length: 1500 }, (_, i) => {
        const cell = Math.floor(random() * 8);
        return trace({
          trace_id: `t${i}`,
          entity_id: `gnb-00${cell}-cell-1`,
          impact_delta: random(),
          harmed: random() < harm(cell),
          finished_at: hoursAgo(1500 - i),
        });
      });
    };
    for (const harm of [(cell: number) => cell / 40, () => 0.05, () => 0.4]) {
      const { methods } = evaluate(world(harm));
      const [twin, raw] = methods;
      expect(twin!.brier).toBeLessThanOrEqual(raw!.brier * 1.005);
      expect(twin!.calibration_error).toBeLessThan(raw!.calibration_error);
    }
  });
});
