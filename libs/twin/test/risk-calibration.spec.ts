import { describe, expect, it } from '@jest/globals';
import { evaluate, importedTrace, judgedTrace, predict, recompute, type TraceV1 } from '../src/index.js';
import { calibratedRisk, calibrationBy, type ScoredOutcome } from '../src/risk-calibration.js';
import { hoursAgo, memoryOf, request, seeded, trace } from './traces.js';

/** Outcomes with a raw score each, of which a share did harm. */
const scored = (count: number, raw: number, harmed: number): ScoredOutcome[] =>
  Array.from({ length: count }, (_, i) => ({ raw, harmed: i < harmed }));
const calibrated = (outcomes: readonly ScoredOutcome[], raw: number): number =>
  calibratedRisk(calibrationBy(outcomes)!, raw);

describe('the calibration of risk scores', () => {
  it('needs 200 outcomes, 20 of them with harm and 20 without', () => {
    expect(calibrationBy(scored(199, 10, 30))).toBeNull();
    expect(calibrationBy(scored(200, 10, 19))).toBeNull();
    expect(calibrationBy(scored(200, 10, 181))).toBeNull();
    expect(calibrationBy(scored(200, 10, 20))).toMatchObject({ outcomes: 200, harmed: 20, highest: 10 });
  });

  it('moves a score to the harm that was seen, by more the more outcomes there are', () => {
    const at = (count: number) => calibrated([...scored(count, 20, count / 2)], 20);
    expect([at(200), at(400), at(1000)]).toEqual([40, 44, 47]);
    expect(calibrated(scored(400, 20, 20), 20)).toBe(8);
  });

  it('pools classes whose harm falls with the score, so that no higher score becomes safer', () => {
    const outcomes = [...scored(200, 5, 40), ...scored(200, 15, 10), ...scored(100, 30, 40)];
    const found = calibrationBy(outcomes)!;
    expect(found.points.map(([raw]) => raw)).toEqual([10, 30]);
    const scores = Array.from({ length: 99 }, (_, i) => calibratedRisk(found, i + 1));
    expect(scores).toEqual(scores.toSorted((a, b) => a - b));
    expect(calibratedRisk(found, 5)).toBe(calibratedRisk(found, 10));
  });

  it('never lowers a level of risk, nor a score above every outcome', () => {
    const safe = [...scored(300, 2, 20), ...scored(300, 80, 1)];
    expect(calibrated(safe, 80)).toBe(67);
    expect(calibrated(safe, 81)).toBe(81);
    expect(calibrated([...scored(300, 2, 20), ...scored(300, 40, 1)], 40)).toBe(34);
  });

  it('is 1 to 99 and never falls, whatever the outcomes', () => {
    const random = seeded(5);
    for (let run = 0; run < 200; run += 1) {
      const outcomes = Array.from({ length: 400 }, () => ({
        raw: 1 + Math.floor(99 * random() ** (1 + (run % 3))),
        harmed: random() < (run % 8) / 10 + 0.15,
      }));
      const found = calibrationBy(outcomes)!;
      const scores = Array.from({ length: 99 }, (_, i) => calibratedRisk(found, i + 1));
      expect(scores).toEqual(scores.toSorted((a, b) => a - b));
      expect(scores.every((score) => Number.isInteger(score) && score >= 1 && score <= 99)).toBe(true);
    }
  });
});

/** Outcomes that ran here: each had a raw score of 10, and every fourth did harm. */
const ran = (count: number, over: Partial<TraceV1> = {}): TraceV1[] =>
  Array.from({ length: count }, (_, i) =>
    trace({
      trace_id: `t${i}`,
      action_id: `a${i}`,
      finished_at: hoursAgo(count - i),
      harmed: i % 4 === 0,
      impact_delta: 1,
      predicted: {
        risk_score: 10,
        impact_delta: 1,
        impact_by_kpi: {},
        confidence_interval: [0, 2],
      },
      ...over,
    }),
  );

describe('a calibrated prediction', () => {
  it('holds its raw score and what it was calibrated by, and can be made again', () => {
    const before = predict(memoryOf(ran(199)), request());
    expect([before.raw_risk, before.input['risk']]).toEqual([undefined, undefined]);
    const answer = predict(memoryOf(ran(240)), request());
    expect(answer.raw_risk).toBeGreaterThan(19);
    expect(answer.input['risk']).toEqual({ outcomes: 240, harmed: 60, points: [[10, 20.588]], highest: 10 });
    // Above every outcome's own score the raw one stays.
    expect(answer.risk_score).toBe(answer.raw_risk);
    expect(recompute(answer)).toEqual(answer);
    const { risk: _, ...input } = answer.input;
    expect(recompute({ ...answer, input })).not.toHaveProperty('raw_risk');
  });

  it('feeds the calibration with the raw score, not with the calibrated one', () => {
    const predicted = { ...ran(1)[0]!.predicted!, risk_score: 60, raw_risk: 30 };
    const { points, highest } = predict(memoryOf(ran(240, { predicted })), request()).input['risk'] as never;
    expect([points, highest]).toEqual([[[30, 26.471]], 30]);
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

  it('does not change by imports, by verdicts, or because a trace is forgotten', () => {
    const memory = memoryOf(ran(240));
    const risk = () => predict(memory, request()).input['risk'];
    const before = risk();
    const entry = { trigger_type: 'cell_failover', entity_id: 'c', impact_delta: 0, age_h: 1 };
    for (let i = 0; i < 100; i += 1)
      memory.add(importedTrace('demo', { ...entry, trace_id: `i${i}` }, hoursAgo(0)), `${300 + i}`);
    memory.add(judgedTrace(memory.find('t1')!, 'bad')!, '500');
    memory.forget('t4', '501');
    expect(risk()).toEqual(before);
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
