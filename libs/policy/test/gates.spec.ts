import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isProblem, ratioOf, type Ratio } from '@interlock/kernel';
import {
  addDecision,
  addExecution,
  checkGateSettings,
  costBounds,
  defaultGateSettings,
  defaultRolloutSettings,
  emptyCounts,
  incidentAnswer,
  judgeStage,
  stickyBuckets,
  thresholdVerdict,
  timeNeeded,
  type GatedRate,
  type GateReport,
  type StageCounts,
  type StageDecision,
  type ThresholdVerdict,
} from '../src/index.js';
import {
  costEvidence,
  costInterval,
  rateEvidence,
  rateInterval,
  splitEvidence,
} from '../src/rollout/evidence.js';
import { rule } from './samples.js';

type Case = {
  readonly id: string;
  readonly input: Record<string, unknown>;
  readonly expect: Record<string, unknown> | null;
};
const all = (
  JSON.parse(readFileSync(new URL('../../../fixtures/acceptance/canary.json', import.meta.url), 'utf8')) as {
    readonly cases: readonly Case[];
  }
).cases;
const settings = defaultGateSettings;

type Percentages = { readonly decisions: number; readonly executions?: number } & {
  readonly [rate in GatedRate]: number | null;
};
/** A rate that is given in per cent; one that is infinite is a part of nothing. */
const rate = (value: number | null): Ratio | null =>
  value === null ? null : value === Infinity ? ratioOf(1, 0) : ratioOf(value, 100);
const judged = ({
  error_rate_pct,
  deny_rate_pct,
  cost_increase_pct,
  ...counts
}: Percentages): ThresholdVerdict =>
  thresholdVerdict(
    {
      ...counts,
      error_rate_pct: rate(error_rate_pct),
      deny_rate_pct: rate(deny_rate_pct),
      cost_increase_pct: rate(cost_increase_pct),
    },
    settings,
  );

describe('seed 003, gates', () => {
  it.each(all.filter(({ id }) => id.startsWith('canary.')))('$id', ({ input, expect: wanted }) => {
    const { passed, failing, critical, outcome } = judged(input as Percentages);
    expect({
      gates_passed: passed,
      failing,
      auto_rollback: outcome === 'rollback',
      critical,
      outcome,
    }).toEqual(wanted);
  });

  it('rolls back by itself above 10 % of errors (rollout.auto_rollback)', () => {
    expect(
      judged({ decisions: 1000, error_rate_pct: 10.01, deny_rate_pct: 0, cost_increase_pct: 0 }).outcome,
    ).toBe('rollback');
  });

  it('are all run here; those of activation, promotion and rollback are the suite rollout', () => {
    expect(all.map(({ id }) => id).filter((id) => !id.startsWith('canary.'))).toEqual([]);
    expect(all).toHaveLength(26);
  });
});

describe('the plain verdict', () => {
  const healthy = { decisions: 100, error_rate_pct: 1, deny_rate_pct: 10, cost_increase_pct: 5 };

  it('passes nothing that is no rate', () => {
    for (const value of [null, NaN, -1]) {
      expect(judged({ ...healthy, error_rate_pct: value })).toEqual({
        passed: false,
        failing: ['error_rate_pct'],
        critical: [],
        outcome: 'hold',
      });
      expect(judged({ ...healthy, deny_rate_pct: value }).failing).toEqual(['deny_rate_pct']);
    }
    expect(judged({ ...healthy, cost_increase_pct: -101 }).failing).toEqual(['cost_increase_pct']);
    expect(judged({ ...healthy, cost_increase_pct: null }).failing).toEqual(['cost_increase_pct']);
    for (const decisions of [NaN, -100])
      expect(judged({ ...healthy, decisions }).failing).toEqual(['decisions']);
  });

  it('calls a cost critical above half as much again, not at it, and one that rose from nothing', () => {
    expect(judged({ ...healthy, cost_increase_pct: 50 })).toMatchObject({ critical: [], outcome: 'hold' });
    expect(judged({ ...healthy, cost_increase_pct: 50.01 })).toMatchObject({
      critical: ['cost_increase_pct'],
      outcome: 'rollback',
    });
    expect(judged({ ...healthy, cost_increase_pct: Infinity })).toMatchObject({ outcome: 'rollback' });
  });

  it('holds on a critical rate of too few decisions, or of too few executions', () => {
    expect(judged({ ...healthy, decisions: 99, error_rate_pct: 40 })).toMatchObject({
      critical: ['error_rate_pct'],
      outcome: 'hold',
    });
    expect(judged({ ...healthy, decisions: 500, executions: 3, error_rate_pct: 34 })).toMatchObject({
      critical: ['error_rate_pct'],
      outcome: 'hold',
    });
  });
});

const answered = (over: Partial<StageDecision> = {}): StageDecision => ({
  variant: 'canary',
  bucket: null,
  candidate: { decision: 'ALLOW', cost: 5 },
  active: { decision: 'ALLOW', cost: 5 },
  ...over,
});
/** So many requests at a stage of 10 %, each of an entity of its own, all executed where the canary decided; `worse` says which of the canary's executions failed. */
const stage = (
  requests: number,
  make: (i: number) => Partial<StageDecision>,
  worse: (i: number) => boolean = () => false,
  pct = 10,
): StageCounts => {
  let counts = emptyCounts;
  for (let i = 0; i < requests; i++) {
    const bucket = (i * 7919) % stickyBuckets;
    const variant = bucket < pct * 100 ? 'canary' : 'active';
    counts = addDecision(counts, answered({ bucket, variant, ...make(i) }));
    if (variant === 'canary') counts = addExecution(counts, { error: worse(counts.executions) });
  }
  return counts;
};
const bounds = { candidate: 25, active: 25 };
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

  it('holds on the plain pass that is not shown yet, and says how many decisions that takes', () => {
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

  it('is rolled back when a critical limit is shown broken, from 20 on, though others pass', () => {
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

  it('lets a person go by decisions of which none was executed, and is no evidence then', () => {
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

  it('waits, with nothing shown, when nothing was seen', () => {
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

  it('calls figures that can not be an error, and never promotes on them', () => {
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

  it('calls costs that are none, or above what the rules can cost, an error', () => {
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

  it('takes a cost that rose from nothing for a breach, and no costs at all for none only when no rule has any', () => {
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
  it('fails, and keeps the canary from being promoted, when its share is not what it is set to', () => {
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

  it('takes an entity that asks a thousand times for one', () => {
    let counts = stage(1000, () => ({}));
    const { split } = counts;
    for (let i = 0; i < 1000; i++) counts = addDecision(counts, answered({ bucket: 0 }));
    expect(counts.split).toEqual(split);
    expect(judgeStage(counts, 10, settings, bounds).sample_ratio.verdict).toBe('pass');
  });

  it('counts no request without a sticky key, nor a bucket that is none', () => {
    for (const bucket of [null, -1, stickyBuckets, 0.5, NaN])
      expect(addDecision(emptyCounts, answered({ bucket })).split).toEqual(emptyCounts.split);
  });

  it('is expected to say nothing while every next bucket is drawn as it is set to', () => {
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

describe('evidence of a rate', () => {
  const sample = fc.record({
    hits: fc.integer({ min: 0, max: 400 }),
    misses: fc.integer({ min: 0, max: 4000 }),
  });
  const share = fc.double({ min: 0.001, max: 0.999, noNaN: true });
  const side = fc.constantFrom('below' as const, 'above' as const);

  it('is expected to be the same after one more at the limit, and less on the wrong side of it', () => {
    fc.assert(
      fc.property(sample, share, share, side, ({ hits, misses }, limit, wrong, which) => {
        const at = Math.exp(rateEvidence(1, 1, limit, which));
        const not = Math.exp(rateEvidence(0, 1, limit, which));
        expect(limit * at + (1 - limit) * not).toBeCloseTo(1, 9);
        const p = which === 'below' ? Math.max(limit, wrong) : Math.min(limit, wrong);
        expect(p * at + (1 - p) * not).toBeLessThanOrEqual(1 + 1e-9);
        const now = rateEvidence(hits, hits + misses, limit, which);
        const after =
          p * Math.exp(rateEvidence(hits + 1, hits + misses + 1, limit, which) - now) +
          (1 - p) * Math.exp(rateEvidence(hits, hits + misses + 1, limit, which) - now);
        expect(after).toBeLessThanOrEqual(1 + 1e-9);
      }),
    );
  });

  it('is monotone in the counts and in the limit', () => {
    fc.assert(
      fc.property(sample, share, share, ({ hits, misses }, a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        const trials = hits + misses;
        expect(rateEvidence(hits, trials, high, 'below')).toBeGreaterThanOrEqual(
          rateEvidence(hits, trials, low, 'below') - 1e-9,
        );
        expect(rateEvidence(hits, trials, high, 'above')).toBeLessThanOrEqual(
          rateEvidence(hits, trials, low, 'above') + 1e-9,
        );
        expect(rateEvidence(hits, trials + 1, low, 'below')).toBeGreaterThan(
          rateEvidence(hits + 1, trials + 1, low, 'below'),
        );
        expect(rateEvidence(hits, trials + 1, low, 'below')).toBeGreaterThan(
          rateEvidence(hits, trials, low, 'below'),
        );
      }),
    );
  });

  it('gives an interval that has the rate in it, and says of a limit what the verdict says', () => {
    fc.assert(
      fc.property(sample, share, ({ hits, misses }, limit) => {
        const trials = hits + misses;
        fc.pre(trials > 0);
        const [low, high] = rateInterval(hits, trials, Math.log(40), Math.log(120));
        expect(low).toBeLessThanOrEqual(hits / trials + 1e-9);
        expect(high).toBeGreaterThanOrEqual(hits / trials - 1e-9);
        fc.pre(Math.abs(limit - high) > 1e-6 && Math.abs(limit - low) > 1e-6);
        expect(rateEvidence(hits, trials, limit, 'below') >= Math.log(40)).toBe(high < limit);
        expect(rateEvidence(hits, trials, limit, 'above') >= Math.log(120)).toBe(low > limit);
      }),
    );
  });

  it('shows at once what can not be: less than always, more than never', () => {
    expect(rateEvidence(9, 10, 1, 'below')).toBe(Infinity);
    expect(rateEvidence(10, 10, 1, 'below')).toBe(0);
    expect(rateEvidence(1, 10, 0, 'above')).toBe(Infinity);
    expect(rateEvidence(0, 10, 0, 'above')).toBe(0);
    expect(rateEvidence(0, 1000, 0, 'below')).toBe(0);
  });
});

describe('evidence of a cost', () => {
  const pairs = fc.array(
    fc.record({ candidate: fc.integer({ min: 0, max: 25 }), active: fc.integer({ min: 0, max: 25 }) }),
    { minLength: 1, maxLength: 300 },
  );
  const sums = (
    of: readonly { readonly candidate: number; readonly active: number }[],
  ): StageCounts['cost'] =>
    of.reduce(
      (counts, { candidate, active }) =>
        addDecision(
          counts,
          answered({
            candidate: { decision: 'ALLOW', cost: candidate },
            active: { decision: 'ALLOW', cost: active },
          }),
        ),
      emptyCounts,
    ).cost;

  it('is never more than a bet whose stake is the difference', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 25 }),
        fc.integer({ min: 0, max: 25 }),
        fc.constantFrom(1, 1.2, 1.5, 3),
        (candidate, active, factor) => {
          for (const which of ['below', 'above'] as const) {
            const bound = which === 'below' ? 25 : factor * 25;
            const x = ((which === 'below' ? -1 : 1) * (candidate - factor * active)) / bound;
            const averaged = Array.from({ length: 12 }, (_, i) => 1 + (0.97 / 2 ** i) * x).reduce(
              (sum, one) => sum + one / 12,
              0,
            );
            expect(
              Math.exp(costEvidence(sums([{ candidate, active }]), factor, which, bounds)),
            ).toBeLessThanOrEqual(averaged + 1e-9);
          }
        },
      ),
    );
  });

  it('does not depend on the order, and an interval has the increase in it', () => {
    fc.assert(
      fc.property(pairs, (some) => {
        const cost = sums(some);
        expect(sums([...some].reverse())).toEqual(cost);
        fc.pre(cost.active > 0);
        const [low, high] = costInterval(cost, Math.log(40), Math.log(120), bounds);
        const increase = cost.candidate / cost.active - 1;
        expect(low).toBeLessThanOrEqual(increase + 1e-9);
        expect(high ?? Infinity).toBeGreaterThanOrEqual(Math.min(99, increase) - 0.02);
      }),
    );
  });

  it('passes a gate when its interval is below it, to a step of the interval', () => {
    fc.assert(
      fc.property(pairs, fc.integer({ min: 1, max: 50 }), (some, times) => {
        const once = sums(
          some.map(({ candidate, active }) => ({ candidate: Math.floor(candidate / 2), active })),
        );
        const cost = {
          ...once,
          candidate: once.candidate * times,
          active: once.active * times,
          candidate_sq: once.candidate_sq * times,
          active_sq: once.active_sq * times,
          product: once.product * times,
        };
        const passes = costEvidence(cost, 1.2, 'below', bounds) >= Math.log(40);
        const high = costInterval(cost, Math.log(40), Math.log(120), bounds)[1] ?? Infinity;
        expect(passes ? high : 0).toBeLessThanOrEqual(0.2 + 0.012);
        expect(passes || high > 0.19).toBe(true);
      }),
    );
  });
});

describe('counting', () => {
  const event = fc.record({
    error: fc.option(fc.boolean(), { nil: undefined }),
    bucket: fc.integer({ min: 0, max: 40 }),
    deny: fc.boolean(),
    cost: fc.integer({ min: 0, max: 9 }),
  });

  it('does not depend on the order of events', () => {
    const counted = (
      events: readonly {
        readonly error: boolean | undefined;
        readonly bucket: number;
        readonly deny: boolean;
        readonly cost: number;
      }[],
    ): StageCounts =>
      events.reduce(
        (counts, { error, bucket, deny, cost }) =>
          error === undefined
            ? addDecision(
                counts,
                answered({
                  bucket,
                  variant: bucket < 20 ? 'canary' : 'active',
                  candidate: { decision: deny ? 'DENY' : 'ALLOW', cost },
                  active: { decision: 'ALLOW', cost: 9 - cost },
                }),
              )
            : addExecution(counts, { error }),
        emptyCounts,
      );
    fc.assert(
      fc.property(
        fc
          .array(event, { maxLength: 60 })
          .chain((events) =>
            fc.tuple(fc.constant(events), fc.shuffledSubarray(events, { minLength: events.length })),
          ),
        ([events, shuffled]) => {
          expect(counted(shuffled)).toEqual(counted(events));
        },
      ),
    );
  });
});

describe('the settings of the gates', () => {
  it('are those of the seed, and are refused where nothing could be judged by them', () => {
    expect(checkGateSettings(settings)).toBe(settings);
    for (const bad of [
      { gates: { ...settings.gates, error_rate_pct: NaN } },
      { gates: { ...settings.gates, error_rate_pct: 11 } },
      { critical: { ...settings.critical, deny_rate_pct: 101 } },
      { gates: { ...settings.gates, decisions: 0 } },
      { critical: { ...settings.critical, decisions: 1.5 } },
      { error_budget_pct: 6 },
      { sample_ratio_budget_pct: 0 },
      { cost_bound: -1 },
    ]) {
      let thrown: unknown;
      try {
        checkGateSettings({ ...settings, ...bad });
      } catch (error) {
        thrown = error;
      }
      expect(isProblem(thrown, 'validation-failed')).toBe(true);
    }
  });
});

describe('a boundary', () => {
  const repeated = (times: number, each: Partial<StageDecision>): StageCounts =>
    stage(times, () => ({ ...each, variant: 'canary' }));
  const costs = (active: number, candidate: number): Partial<StageDecision> => ({
    active: { decision: 'ALLOW', cost: active },
    candidate: { decision: 'ALLOW', cost: candidate },
  });
  const plainCost = (counts: StageCounts): readonly [string, number | null] => {
    const { threshold, value } = judgeStage(counts, 10, settings, { candidate: 1000, active: 1000 }).gates
      .cost_increase_pct;
    return [threshold, value];
  };

  it.each([
    [5, 6],
    [0.1, 0.12],
    [25, 30],
    [0.35, 0.42],
    [1.15, 1.38],
  ])('of cost at exactly 20 %% is not passed: from %d to %d', (active, candidate) => {
    const counts = repeated(130, costs(active, candidate));
    expect(plainCost(counts)).toEqual(['fail', 20]);
    expect(
      judgeStage(counts, 10, settings, { candidate: 1000, active: 1000 }).threshold_verdict,
    ).toMatchObject({ passed: false, failing: ['cost_increase_pct'], outcome: 'hold' });
    expect(plainCost(addDecision(counts, answered(costs(active, active)))).at(0)).toBe('pass');
  });

  it.each([
    [2, 3],
    [0.1, 0.15],
    [0.7, 1.05],
  ])('of cost at exactly 50 %% is not critical: from %d to %d', (active, candidate) => {
    const counts = repeated(130, costs(active, candidate));
    expect(plainCost(counts)).toEqual(['fail', 50]);
    expect(plainCost(addDecision(counts, answered(costs(active, candidate + 0.1)))).at(0)).toBe('critical');
  });

  it('is met by counts and limits exactly as whole numbers meet it', () => {
    const percent = fc.integer({ min: 1, max: 1000 });
    fc.assert(
      fc.property(
        percent,
        percent,
        fc.integer({ min: 1, max: 400 }),
        fc.integer({ min: -2, max: 2 }),
        fc.boolean(),
        (one, other, tens, beside, atGate) => {
          // Tenths of a per cent, and so many thousands of requests that a rate can be exactly at either limit.
          const [gate, critical] = [Math.min(one, other), Math.max(one, other)];
          const requests = tens * 1000;
          const denied = Math.min(requests, Math.max(0, (atGate ? gate : critical) * tens + beside));
          const own = {
            ...settings,
            gates: { ...settings.gates, deny_rate_pct: gate / 10 },
            critical: { ...settings.critical, deny_rate_pct: critical / 10 },
          };
          const { threshold } = judgeStage(
            { ...emptyCounts, decisions: requests, requests, denied },
            10,
            own,
            bounds,
          ).gates.deny_rate_pct;
          expect(threshold).toBe(
            denied > critical * tens ? 'critical' : denied < gate * tens ? 'pass' : 'fail',
          );
        },
      ),
    );
  });

  it('of the incident table is met at it, exactly', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1000 }),
        fc.integer({ min: 1, max: 400 }),
        fc.integer({ min: -1, max: 1 }),
        fc.integer({ min: 1, max: 500 }),
        fc.integer({ min: -1, max: 1 }),
        (tenths, thousands, beside, tenthsOfHours, late) => {
          const errors = Math.max(0, tenths * thousands + beside);
          const own = {
            ...defaultRolloutSettings,
            incident_table: [
              { max_age_h: tenthsOfHours / 10, min_error_pct: tenths / 10, then: 'rollback' as const },
            ],
          };
          expect(incidentAnswer(own, tenthsOfHours * 360_000 + late, thousands * 1000, errors)).toBe(
            errors >= tenths * thousands && late <= 0 ? 'rollback' : null,
          );
        },
      ),
    );
  });
});
