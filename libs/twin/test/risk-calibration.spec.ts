import { describe, expect, it } from '@jest/globals';
import { evaluate, importedTrace, judgedTrace, predict, recompute, type TraceV1 } from '../src/index.js';
import { calibrationAt, readCalibration, riskTableOf, type ScoredOutcome } from '../src/risk-calibration.js';
import { hoursAgo, memoryOf, request, seeded, trace } from './traces.js';

/** Outcomes with a raw score each, of which a share did harm. */
const scored = (count: number, raw: number, harmed: number): ScoredOutcome[] =>
  Array.from({ length: count }, (_, i) => ({ raw, harmed: i < harmed }));
const scoresOf = (outcomes: readonly ScoredOutcome[]): readonly number[] => riskTableOf(outcomes)!.scores;
/** The scores of a type; with too few outcomes the raw ones. */
const shownBy = (outcomes: readonly ScoredOutcome[]): readonly number[] =>
  riskTableOf(outcomes)?.scores ?? Array.from({ length: 100 }, (_, raw) => raw);
const expectNoneLower = (before: readonly ScoredOutcome[], after: readonly ScoredOutcome[]): void => {
  const scores = shownBy(before);
  expect(shownBy(after).filter((score, raw) => score < scores[raw]!)).toEqual([]);
};
/** The outcomes after it is found that the first harmless one did harm. */
const foundLater = (outcomes: readonly ScoredOutcome[]): readonly ScoredOutcome[] => {
  const safe = outcomes.findIndex(({ harmed }) => !harmed);
  return outcomes.with(safe, { ...outcomes[safe]!, harmed: true });
};

describe('the calibration of risk scores', () => {
  it('raises scores from 200 outcomes on, and lowers them from 200 without harm on', () => {
    expect(riskTableOf(scored(199, 10, 30))).toBeNull();
    const raised = riskTableOf(scored(200, 10, 1))!;
    expect(raised).toMatchObject({ outcomes: 200, harmed: 1 });
    expect([raised.scores[5], raised.scores[10]]).toEqual([5, 10]);
    expect(scoresOf(scored(219, 10, 20))[10]).toBe(10);
    expect(scoresOf(scored(220, 10, 20))[10]).toBe(9);
    expect(scoresOf(scored(200, 10, 40))[10]).toBe(18);
    expect(scoresOf(scored(200, 33, 0))[33]).toBe(12);
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
      expectNoneLower(outcomes, foundLater(outcomes));
    }
  });

  it('is lowered by no harm where the calibration begins, with any number of outcomes and harms', () => {
    const random = seeded(7);
    for (let count = 190; count <= 230; count += 1)
      for (let harmed = 0; harmed <= 40; harmed += 1) {
        const raw = [33, 60, 90, 1 + Math.floor(99 * random())][(count + harmed) % 4]!;
        const spread = () => Math.min(99, Math.max(1, raw + Math.floor(9 * random()) - 4));
        for (const place of [() => raw, spread]) {
          const outcomes = scored(count, raw, harmed).map((one) => ({ ...one, raw: place() }));
          expectNoneLower(outcomes, foundLater(outcomes));
          for (const at of [1, place(), 99])
            expectNoneLower(outcomes, [...outcomes, { raw: at, harmed: true }]);
        }
      }
  });

  it('is lowered by no harm, with a thousand outcomes and few harms', () => {
    for (const raw of [33, 60, 90])
      for (let harmed = 0; harmed < 40; harmed += 1)
        expectNoneLower(scored(1000, raw, harmed), scored(1000, raw, harmed + 1));
  });
});

describe('a claimed calibration', () => {
  const claim = { outcomes: 400, harmed: 20, from: 8, to: 20, score: 8 };

  it('is read as it stands if outcomes can make it', () => {
    expect(readCalibration(claim, 10, 400)).toEqual(claim);
    expect(readCalibration({ ...claim, more: 1 }, 10, 0)).toEqual(claim);
  });

  it.each([
    ['fewer than 200 outcomes', { outcomes: 199 }],
    ['more outcomes than are remembered', { outcomes: 1001 }],
    ['more harm than outcomes', { harmed: 401 }],
    ['harm below zero', { harmed: -1 }],
    ['raw scores above its own', { from: 11 }],
    ['raw scores below its own', { to: 9 }],
    ['raw scores that do not exist', { to: 100 }],
    ['a lower risk level', { from: 1, to: 99, score: 1 }],
    ['a score lower than so few outcomes make it', { outcomes: 250, from: 5, to: 33, score: 2 }],
    ['a score higher than so little harm makes it', { harmed: 2, from: 10, to: 40, score: 40 }],
    ['a lower score with too few harmless outcomes', { harmed: 201 }],
    ['a part of a number', { score: 8.5 }],
    ['a text', { score: '8' }],
  ])('is refused with %s', (_, over) => expect(readCalibration({ ...claim, ...over }, 10, 0)).toBeNull());

  it('is refused if the table lacks known outcomes, or is no object', () => {
    expect(readCalibration(claim, 10, 401)).toBeNull();
    for (const value of [undefined, null, 7, []]) expect(readCalibration(value, 10, 0)).toBeNull();
  });

  it('is never refused if a table holds it', () => {
    const random = seeded(3);
    for (let run = 0; run < 100; run += 1) {
      const outcomes = Array.from({ length: 200 + Math.floor(801 * random()) }, () => ({
        raw: 1 + Math.floor(99 * random() ** (1 + (run % 4))),
        harmed: random() < (run % 10) / 10,
      }));
      const table = riskTableOf(outcomes)!;
      for (let raw = 1; raw <= 99; raw += 1) {
        const part = calibrationAt(table, raw);
        expect(readCalibration(part, raw, outcomes.length)).toEqual(part);
      }
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
      memoryOf(ran(400, { predicted })).recordOf('cell_failover').risk;
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

  it('counts what ran here after an import of its trace id, once', () => {
    const memory = memoryOf(ran(240));
    const record = () => memory.recordOf('cell_failover');
    const { scored: scores, risk } = record();
    const [real] = ran(1, { trace_id: 'taken', harmed: true, outcome: 'ROLLED_BACK' });
    const instead = {
      ...real!,
      imported: true,
      predicted: null,
      outcome: 'COMPLETED',
      harmed: false,
    } as const;
    memory.add(instead, '400');
    memory.add(real!, '401');
    expect(record()).toMatchObject({ scored: scores + 1, risk: { harmed: risk!.harmed + 1 } });
    memory.add({ ...real!, outcome: 'ROLLBACK_FAILED' }, '402');
    expect(record().scored).toBe(scores + 1);
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
