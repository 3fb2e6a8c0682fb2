import { readFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';
import { importedTrace, isRiskScore, predict, type TraceFileEntry } from '../src/index.js';
import { hoursAgo, memoryOf, now, request, trace } from './traces.js';

type Case = {
  readonly id: string;
  readonly input: Record<string, unknown>;
  readonly expect: Readonly<Record<string, unknown>>;
};
const suite = JSON.parse(
  readFileSync(new URL('../../../fixtures/acceptance/digital_twin.json', import.meta.url), 'utf8'),
) as { cases: Case[] };
const caseOf = (id: string): Case => suite.cases.find((each) => each.id === id)!;

type SeedTrace = {
  readonly id: string;
  readonly trigger_type: string;
  readonly age_h: number;
  readonly impact_delta: number;
};
/** The seed's traces, as an imported file. */
const imported = (traces: readonly SeedTrace[]) =>
  memoryOf(
    traces.map(({ id, ...each }) =>
      importedTrace('demo', { trace_id: id, entity_id: 'gnb-001-cell-1', ...each } as TraceFileEntry, now),
    ),
  );

describe("predictions, as the seed's cases have it", () => {
  it('twin.range', () => {
    const wanted = caseOf('twin.range').expect as { risk_score_min: number; risk_score_max: number };
    for (const answer of [predict(undefined, request()), predict(memoryOf([trace()]), request())]) {
      expect(answer.risk_score).toBeGreaterThanOrEqual(wanted.risk_score_min);
      expect(answer.risk_score).toBeLessThanOrEqual(wanted.risk_score_max);
      expect(Number.isFinite(answer.impact_delta)).toBe(true);
      expect(answer.confidence_interval[0]).toBeLessThanOrEqual(answer.confidence_interval[1]);
    }
  });

  it('twin.range.extreme_bad and twin.range.extreme_good stay within 1 to 99', () => {
    const bad = predict(
      memoryOf(
        Array.from({ length: 200 }, (_, i) =>
          trace({ trace_id: `${i}`, outcome: 'ROLLED_BACK', harmed: true, impact_delta: -100 }),
        ),
      ),
      request(),
    );
    const good = predict(
      memoryOf(Array.from({ length: 200 }, (_, i) => trace({ trace_id: `${i}`, impact_delta: 0 }))),
      request(),
    );
    expect(bad.risk_score).toBeGreaterThan(95);
    expect(bad.risk_score).toBeLessThanOrEqual(
      caseOf('twin.range.extreme_bad').expect['risk_score_max'] as number,
    );
    expect(good.risk_score).toBeGreaterThanOrEqual(
      caseOf('twin.range.extreme_good').expect['risk_score_min'] as number,
    );
    expect(good.risk_score).toBeLessThan(5);
  });

  it('twin.fallback.no_store', () => {
    const answer = predict(undefined, request());
    expect(answer.basis).toBe(caseOf('twin.fallback.no_store').expect['basis']);
    expect(predict(undefined, request())).toEqual(answer);
  });

  it('twin.top3', () => {
    const { input, expect: wanted } = caseOf('twin.top3');
    const answer = predict(imported(input['traces'] as SeedTrace[]), request());
    expect(answer.traces.map(({ trace_id }) => trace_id)).toEqual(wanted['used']);
    const [low, high] = wanted['impact_delta_between'] as unknown as [number, number];
    expect(answer.impact_delta).toBeGreaterThanOrEqual(low);
    expect(answer.impact_delta).toBeLessThanOrEqual(high);
    expect(answer.traces.map(({ weight }) => weight)).toEqual(
      answer.traces.map(({ weight }) => weight).toSorted((a, b) => b - a),
    );
  });

  it('twin.trigger_type', () => {
    const { input, expect: wanted } = caseOf('twin.trigger_type');
    const used = predict(imported(input['traces'] as SeedTrace[]), request()).traces.map(
      ({ trace_id }) => trace_id,
    );
    expect(used).toEqual(['t1', 't2', 't3']);
    for (const excluded of wanted['used_excludes'] as unknown as string[])
      expect(used).not.toContain(excluded);
  });

  it('twin.confidence_vs_risk', () => {
    const three = (harmed: number) =>
      predict(memoryOf([0, 1, 2].map((i) => trace({ trace_id: `${i}`, harmed: i < harmed }))), request());
    const [a, b, c, d] = [three(0), three(1), three(2), three(3)];
    expect([a, b, c].map(({ risk_score }) => risk_score)).toEqual(
      [a, b, c].map(({ risk_score }) => risk_score).toSorted((x, y) => x - y),
    );
    expect(a.confidence > b.confidence && b.confidence > c.confidence && c.confidence > d.confidence).toBe(
      caseOf('twin.confidence_vs_risk').expect['confidence_a_gt_b'],
    );
  });

  it('twin.same_twice', () => {
    const memory = memoryOf(
      Array.from({ length: 80 }, (_, i) =>
        trace({ trace_id: `${i}`, finished_at: hoursAgo(80 - i), impact_delta: i % 7 }),
      ),
    );
    expect(predict(memory, request())).toEqual(predict(memory, request()));
  });

  it.each(['twin.risk_score.0', 'twin.risk_score.1', 'twin.risk_score.99'])('%s', (id) => {
    expect(isRiskScore(caseOf(id).input['risk_score'])).toBe(caseOf(id).expect['valid']);
  });

  it('twin.feedback: what an action did is in the next prediction', () => {
    const memory = memoryOf([]);
    expect(predict(memory, request()).basis).toBe('heuristic');
    memory.add(trace({ trace_id: 'done', action_id: 'a', impact_delta: -7 }), '1');
    expect(predict(memory, request())).toMatchObject({
      basis: 'memory',
      impact_delta: -7,
      memory_version: '1',
      traces: [{ trace_id: 'done' }],
    });
  });
});
