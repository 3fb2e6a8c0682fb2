import { describe, expect, it } from '@jest/globals';
import {
  evaluate,
  evaluatedMethods,
  leastEarlier,
  type EvaluatedMethod,
  type TraceV1,
} from '../src/index.js';
import { Ridge } from '../src/evaluation/ridge.js';
import { hoursAgo, seeded, trace } from './traces.js';

/** Traces of a world with a rule: the impact follows from the entity and the power. */
const world = (count: number, impact: (cell: number, power: number, noise: number) => number): TraceV1[] => {
  const random = seeded(11);
  return Array.from({ length: count }, (_, i) => {
    const [cell, power] = [Math.floor(random() * 8), 1 + Math.floor(random() * 6)];
    const value = impact(cell, power, random() - 0.5);
    return trace({
      trace_id: `t${i}`,
      entity_id: `gnb-00${cell}-cell-1`,
      parameters: { power_raise_db: power },
      impact_delta: value,
      harmed: value < -10,
      finished_at: hoursAgo(count - i),
    });
  });
};
const accuracy = (traces: readonly TraceV1[], method: EvaluatedMethod) =>
  evaluate(traces).methods.find((one) => one.method === method)!;

describe('the evaluation of predictions', () => {
  it('predicts nothing without enough earlier traces', () => {
    expect(evaluate(world(leastEarlier, () => -1))).toEqual({
      traces: leastEarlier,
      predicted: 0,
      harmed: 0,
      methods: [],
    });
    expect(evaluate(world(leastEarlier + 1, () => -1)).predicted).toBe(1);
  });

  it('counts the earlier traces of each action type alone', () => {
    const traces = world(leastEarlier + 5, () => -1);
    const others = traces.map((each) => ({
      ...each,
      trace_id: `o${each.trace_id}`,
      action_type: 'qos_tune',
    }));
    expect(evaluate([...traces, ...others.slice(0, leastEarlier)]).predicted).toBe(5);
  });

  it('finds no error where every outcome is the same', () => {
    const traces = world(60, () => -3);
    for (const method of evaluatedMethods) expect(accuracy(traces, method).error).toBeCloseTo(0, 1);
    expect(accuracy(traces, 'twin').coverage).toBe(1);
  });

  it('ranks methods by what they can know', () => {
    const traces = world(400, (cell, power, noise) => cell - 3 * power + noise);
    const [twin, last, linear, usual] = (['twin', 'persistence', 'ridge', 'base_rate'] as const).map(
      (method) => accuracy(traces, method),
    );
    expect(linear!.error).toBeLessThan(usual!.error / 2);
    expect(twin!.error).toBeLessThan(usual!.error / 2);
    expect(usual!.error).toBeLessThan(last!.error);
    expect(twin!.brier).toBeLessThan(usual!.brier);
  });

  it('gives every method intervals that hold about nine of ten outcomes', () => {
    const traces = world(600, (cell, power, noise) => cell - 3 * power + 8 * noise);
    for (const { method, coverage } of evaluate(traces).methods) {
      expect([method, coverage > 0.85]).toEqual([method, true]);
      expect([method, coverage < 0.97]).toEqual([method, true]);
    }
  });

  it('depends on the times of the traces, not on their order in the file', () => {
    const traces = world(80, (cell, power, noise) => cell - power + noise);
    expect(evaluate(traces.toReversed())).toEqual(evaluate(traces));
  });

  it('uses no later trace: what follows changes no earlier prediction', () => {
    const traces = world(60, (cell, power) => cell - power);
    const without = evaluate(traces);
    const later = (impact: number): TraceV1 => ({
      ...traces.at(-1)!,
      trace_id: 'later',
      finished_at: hoursAgo(0.5),
      impact_delta: impact,
    });
    const [bad, good] = [-90, 90].map((impact) => evaluate([...traces, later(impact)]));
    for (const method of evaluatedMethods) {
      const sumOf = ({ methods, predicted }: typeof without): number =>
        methods.find((one) => one.method === method)!.error * predicted;
      // The errors of the later trace alone. Predicted alike in both, they are 180 together.
      const own = [bad!, good!].map((found) => sumOf(found) - sumOf(without));
      expect([method, Math.round((own[0]! + own[1]!) / 10)]).toEqual([method, 18]);
    }
  });
});

describe('the linear model', () => {
  it('finds the coefficients, and stays defined without data', () => {
    const model = new Ridge(3);
    expect(model.predict([1, 2, 3])).toBe(0);
    const random = seeded(3);
    for (let i = 0; i < 2000; i += 1) {
      const [a, b] = [random() * 4 - 2, random() * 4 - 2];
      model.add([1, a, b], 5 + 2 * a - 3 * b);
    }
    expect(model.predict([1, 1, 1])).toBeCloseTo(4, 1);
    expect(model.predict([1, 0, 0])).toBeCloseTo(5, 1);
  });
});
