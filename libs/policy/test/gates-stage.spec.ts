import { describe, expect, it } from '@jest/globals';
import {
  addDecision,
  costBounds,
  emptyCounts,
  judgeStage,
  stickyBuckets,
  timeNeeded,
  type GateReport,
} from '../src/index.js';
import { splitEvidence } from '../src/rollout/evidence.js';
import { rule } from './samples.js';
import { answered, bounds, settings, stage } from './stages.js';

const verdicts = ({ gates, sample_ratio }: GateReport): object => ({
  ...Object.fromEntries(Object.entries(gates).map(([gate, { evidence }]) => [gate, evidence])),
  sample_ratio: sample_ratio.verdict,
});

describe('a stage', () => {
  it('is promoted when every gate is shown passed', () => {
    const report = judgeStage(
      stage(
        3000,
        (i) => ({ candidate: { decision: i % 10 === 0 ? 'DENY' : 'ALLOW', cost: 5 } }),
        (i) => i % 100 === 50,
      ),
      10,
      settings,
      bounds,
    );
    expect(verdicts(report)).toEqual({
      error_rate_pct: 'pass',
      deny_rate_pct: 'pass',
      cost_increase_pct: 'pass',
      decisions: 'pass',
      sample_ratio: 'pass',
    });
    expect(report.evidence).toEqual({ outcome: 'promote', waiting_for: [], broken: [], decisions_needed: 0 });
    expect(report.threshold_verdict.outcome).toBe('promotable');
    expect(report.gates.deny_rate_pct).toMatchObject({
      value: 10,
      gate: 30,
      critical: 50,
      threshold: 'pass',
      decisions_needed: 0,
    });
  });

  it('holds on a plain pass without evidence, and states how many decisions are needed', () => {
    const counts = stage(
      1000,
      () => ({}),
      (i) => i % 25 === 3,
    );
    const report = judgeStage(counts, 10, settings, bounds);
    expect(report.threshold_verdict).toMatchObject({ passed: true, outcome: 'promotable' });
    expect(report.evidence).toMatchObject({ outcome: 'hold', waiting_for: ['error_rate_pct'] });
    const { interval, decisions_needed: needed, value } = report.gates.error_rate_pct;
    expect(interval![0]).toBeLessThan(value!);
    expect(interval![1]).toBeGreaterThan(5);
    const { decisions, executions, errors } = counts;
    const more = {
      ...counts,
      decisions: decisions + needed!,
      requests: 20 * (decisions + needed!),
      executions: executions + needed!,
      errors: errors + Math.floor((needed! * (errors + 0.5)) / (executions + 1)),
    };
    expect(judgeStage(more, 10, settings, bounds).gates.error_rate_pct.evidence).toBe('pass');
    expect(timeNeeded(needed, 100, 3_600_000)).toBe(needed! * 36_000);
  });

  it('is rolled back on evidence of a broken critical limit, from 20 on, though others pass', () => {
    const broken = (executions: number) =>
      judgeStage({ ...stage(3000, () => ({})), executions, errors: executions }, 10, settings, bounds);
    expect(broken(20).evidence).toMatchObject({ outcome: 'rollback', broken: ['error_rate_pct'] });
    expect(broken(19).evidence).toMatchObject({ outcome: 'hold', broken: [] });
    const denying = judgeStage(
      stage(60, (i) => ({ candidate: { decision: i % 8 === 0 ? 'ALLOW' : 'DENY', cost: 5 } })),
      10,
      settings,
      bounds,
    );
    expect(denying.evidence).toMatchObject({ outcome: 'rollback', broken: ['deny_rate_pct'] });
    const dear = judgeStage(
      stage(300, () => ({ candidate: { decision: 'ALLOW', cost: 20 } })),
      10,
      settings,
      bounds,
    );
    expect(dear.evidence).toMatchObject({ outcome: 'rollback', broken: ['cost_increase_pct'] });
  });

  it('holds between the gate and the critical limit, however long', () => {
    const report = judgeStage(
      stage(
        10_000,
        () => ({ candidate: { decision: 'ALLOW', cost: 6.5 } }),
        (i) => i % 13 === 3,
      ),
      10,
      settings,
      bounds,
    );
    expect(report.evidence).toEqual({
      outcome: 'hold',
      waiting_for: ['error_rate_pct', 'cost_increase_pct'],
      broken: [],
      decisions_needed: null,
    });
    expect(report.gates.cost_increase_pct).toMatchObject({
      evidence: 'inconclusive',
      threshold: 'fail',
      decisions_needed: null,
    });
  });

  it('lets a person promote without executions, but gives no evidence', () => {
    const report = judgeStage({ ...stage(3000, () => ({})), executions: 0, errors: 0 }, 10, settings, bounds);
    expect(report.gates.error_rate_pct).toMatchObject({
      value: 0,
      threshold: 'pass',
      evidence: 'inconclusive',
      interval: [0, 100],
      decisions_needed: null,
    });
    expect([report.threshold_verdict.passed, report.evidence.outcome]).toEqual([true, 'hold']);
  });

  it('waits without any observation', () => {
    const report = judgeStage(emptyCounts, 10, settings);
    expect(verdicts(report)).toEqual({
      error_rate_pct: 'inconclusive',
      deny_rate_pct: 'inconclusive',
      cost_increase_pct: 'inconclusive',
      decisions: 'inconclusive',
      sample_ratio: 'inconclusive',
    });
    expect(report.threshold_verdict).toMatchObject({ passed: false, outcome: 'hold' });
  });

  it('reports impossible figures as an error, and never promotes on them', () => {
    const good = stage(3000, () => ({}));
    for (const bad of [
      { errors: -1 },
      { errors: good.executions + 1 },
      { decisions: NaN },
      { denied: 1.5 },
      { cost: { ...good.cost, candidate: NaN } },
      { cost: { ...good.cost, active: -1 } },
      { requests: Infinity },
    ]) {
      const report = judgeStage({ ...good, ...bad }, 10, settings, bounds);
      expect(report.evidence.outcome).toBe('hold');
      expect(report.threshold_verdict.passed).toBe(false);
      expect(Object.values(verdicts(report))).not.toContain('pass');
    }
    for (const pct of [0, 100, NaN])
      expect(judgeStage(good, pct, settings, bounds).evidence.outcome).toBe('hold');
  });

  it("reports invalid costs, or costs above the rules' bounds, as an error", () => {
    for (const cost of [-1, NaN, Infinity]) {
      const report = judgeStage(
        addDecision(
          stage(3000, () => ({})),
          answered({ candidate: { decision: 'ALLOW', cost } }),
        ),
        10,
        settings,
        bounds,
      );
      expect(report.gates.cost_increase_pct).toMatchObject({
        evidence: 'error',
        threshold: 'fail',
        value: null,
      });
      expect(report.evidence.outcome).toBe('hold');
    }
    expect(
      judgeStage(
        stage(3000, () => ({})),
        10,
        settings,
        { candidate: 4, active: 25 },
      ).gates.cost_increase_pct.evidence,
    ).toBe('error');
  });

  it('counts a cost that rose from zero as a breach, and passes without costs only if no rule has any', () => {
    const free = { decision: 'ALLOW' as const, cost: 0 };
    const risen = judgeStage(
      stage(3000, () => ({ active: free })),
      10,
      settings,
      { candidate: 25, active: 0 },
    );
    expect(risen.gates.cost_increase_pct).toMatchObject({
      value: null,
      threshold: 'critical',
      evidence: 'fail',
    });
    expect(risen.evidence.outcome).toBe('rollback');
    const unseen = judgeStage(
      stage(3000, () => ({ candidate: free, active: free })),
      10,
      settings,
      bounds,
    );
    expect(unseen.gates.cost_increase_pct).toMatchObject({
      value: 0,
      threshold: 'pass',
      evidence: 'inconclusive',
    });
    const none = judgeStage(
      stage(3000, () => ({ candidate: free, active: free })),
      10,
      settings,
      costBounds([rule({ budget: { cost: 9, compute: 0 }, enabled: false })], [rule()]),
    );
    expect(none.gates.cost_increase_pct).toMatchObject({ value: 0, evidence: 'pass' });
  });

  it('takes the bounds of cost from the dearest enabled rules', () => {
    expect(
      costBounds(
        [rule({ budget: { cost: 9, compute: 0 } }), rule({ budget: { cost: 25, compute: 1 } })],
        [rule()],
      ),
    ).toEqual({ candidate: 25, active: 0 });
  });
});

describe('the split', () => {
  it("fails and prevents a promotion if the canary's share is wrong", () => {
    const counts = stage(6000, () => ({}), undefined, 20);
    const report = judgeStage(counts, 10, settings, bounds);
    expect(report.sample_ratio).toMatchObject({ expected_pct: 10, verdict: 'fail' });
    expect(report.evidence).toMatchObject({ outcome: 'hold', waiting_for: ['sample_ratio'] });
  });

  it('fails when the canary gets nothing, and still lets evidence roll back', () => {
    const silent = judgeStage(
      stage(500, () => ({ variant: 'active' })),
      10,
      settings,
      bounds,
    );
    expect(silent.sample_ratio).toMatchObject({ actual_pct: 0, verdict: 'fail' });
    expect(
      judgeStage(
        { ...stage(500, () => ({ variant: 'active' })), executions: 20, errors: 20 },
        10,
        settings,
        bounds,
      ).evidence.outcome,
    ).toBe('rollback');
  });

  it('counts an entity with a thousand requests once', () => {
    let counts = stage(1000, () => ({}));
    const { split } = counts;
    for (let i = 0; i < 1000; i++) counts = addDecision(counts, answered({ bucket: 0 }));
    expect(counts.split).toEqual(split);
    expect(judgeStage(counts, 10, settings, bounds).sample_ratio.verdict).toBe('pass');
  });

  it('ignores requests without a sticky key and invalid buckets', () => {
    for (const bucket of [null, -1, stickyBuckets, 0.5, NaN])
      expect(addDecision(emptyCounts, answered({ bucket })).split).toEqual(emptyCounts.split);
  });

  it('has an expectation of one while buckets are drawn as configured', () => {
    for (const [units, canary] of [
      [0, 0],
      [10, 1],
      [100, 20],
      [9990, 997],
    ] as const) {
      const chance = (1000 - canary) / (stickyBuckets - units);
      const next =
        chance * Math.exp(splitEvidence({ units: units + 1, canary: canary + 1, seen: '' }, 10)) +
        (1 - chance) * Math.exp(splitEvidence({ units: units + 1, canary, seen: '' }, 10));
      expect(next / Math.exp(splitEvidence({ units, canary, seen: '' }, 10))).toBeCloseTo(1, 6);
    }
    expect(splitEvidence({ units: 1001, canary: 1001, seen: '' }, 10)).toBe(Infinity);
  });
});
