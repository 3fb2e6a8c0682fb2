import { describe, expect, it } from '@jest/globals';
import { ratioOf } from '@interlock/kernel';
import {
  defaultGateSettings as settings,
  emptyCounts,
  judgeStage,
  stageOutcome,
  thresholdVerdict,
  type StageCounts,
} from '../src/index.js';
import { costEvidence, costInterval, rateInterval, splitEvidence } from '../src/rollout/evidence.js';

const runs = process.env['INTERLOCK_LONG_TESTS'] === 'true' ? 3000 : 300;

const randomOf = (seed: number): (() => number) => {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = a;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
};
const median = (of: readonly number[]): number => [...of].sort((a, b) => a - b)[Math.floor(of.length / 2)]!;
const share = (of: readonly boolean[]): number => of.filter(Boolean).length / of.length;

/** The report after some decisions and errors, at a stage of 10 % without other problems. */
const after = (decisions: number, errors: number): StageCounts => ({
  ...emptyCounts,
  decisions,
  requests: 10 * decisions,
  executions: decisions,
  errors,
  cost: {
    candidate: 50 * decisions,
    active: 50 * decisions,
    candidate_sq: 250 * decisions,
    active_sq: 250 * decisions,
    product: 250 * decisions,
    candidate_max: 5,
    active_max: 5,
  },
  split: { units: 10 * Math.min(100, decisions), canary: Math.min(100, decisions), seen: '' },
});
const bounds = { candidate: 25, active: 25 };

type Boundary = {
  readonly at: (decisions: number) => number;
  readonly crossed: (errors: number, decisions: number) => boolean;
};
/**
 * An outcome as a bound on the errors at each number of decisions. An outcome at some errors also
 * holds at fewer (`most`) or at more (`least`). A decision without an error favours one and not the
 * other (properties of gates.spec.ts), so the bound never falls. `is the outcome` below compares it
 * with the outcome itself.
 */
const boundary = (kind: 'most' | 'least', wanted: (counts: StageCounts) => boolean): Boundary => {
  const bounds: number[] = [];
  const never = new Set<number>();
  const at = (decisions: number): number => {
    for (let n = bounds.length; n <= decisions; n++) {
      let errors = bounds[n - 1] ?? (kind === 'most' ? -1 : 0);
      if (kind === 'most') while (errors < n && wanted(after(n, errors + 1))) errors += 1;
      else while (errors <= n && !wanted(after(n, errors))) errors += 1;
      // If no number of errors is enough (too few decisions), the search begins again.
      bounds.push(errors > n ? 0 : errors);
      if (errors > n) never.add(n);
    }
    return never.has(decisions) ? Infinity : bounds[decisions]!;
  };
  return {
    at,
    crossed: (errors, decisions) => (kind === 'most' ? errors <= at(decisions) : errors >= at(decisions)),
  };
};

/**
 * The first decision at which the outcome is reached, or Infinity. Each decision is executed and
 * judged.
 */
const firstAt = (rate: number, most: number, ...wanted: readonly Boundary[]): number[] =>
  Array.from({ length: runs }, (_, run) => {
    const random = randomOf(run * 7919 + Math.round(rate * 1e4));
    let errors = 0;
    for (let n = 1; n <= most; n++) {
      if (random() < rate) errors += 1;
      if (wanted.some(({ crossed }) => crossed(errors, n))) return n;
    }
    return Infinity;
  });
const plain = (counts: StageCounts) =>
  thresholdVerdict(
    {
      decisions: counts.decisions,
      error_rate_pct: ratioOf(counts.errors, counts.executions),
      deny_rate_pct: ratioOf(0, 1),
      cost_increase_pct: ratioOf(0, 1),
    },
    settings,
  );
const outcomes = {
  promoted: ['most', (counts: StageCounts) => stageOutcome(counts, 10, settings, bounds) === 'promote'],
  plainly: ['most', (counts: StageCounts) => plain(counts).passed],
  byEvidence: ['least', (counts: StageCounts) => stageOutcome(counts, 10, settings, bounds) === 'rollback'],
  byPlain: ['least', (counts: StageCounts) => plain(counts).outcome === 'rollback'],
} as const;
const promoted = boundary(...outcomes.promoted);
const plainly = boundary(...outcomes.plainly);
const byEvidence = boundary(...outcomes.byEvidence);
const byPlain = boundary(...outcomes.byPlain);

describe(`a canary, in ${runs} runs, looked at after every decision`, () => {
  it.each([0.05, 0.06, 0.08])(
    'is promoted falsely in at most 5 % of them at an error rate of %d, where the plain figures would in far more',
    (rate) => {
      const found = firstAt(rate, 5000, promoted);
      expect(share(found.map(Number.isFinite))).toBeLessThanOrEqual(0.05);
      expect(share(firstAt(rate, 5000, plainly).map(Number.isFinite))).toBeGreaterThan(
        rate === 0.08 ? 0.1 : 0.5,
      );
    },
  );

  it.each([
    [0, 100],
    [0.01, 170],
    [0.02, 360],
  ])('is promoted at an error rate of %d, half of them after at most %d decisions', (rate, most) => {
    const found = firstAt(rate, 20_000, promoted);
    expect(found.every(Number.isFinite)).toBe(true);
    expect(median(found)).toBeLessThanOrEqual(most);
  });

  it.each([
    [0.25, 80],
    [0.15, 110],
  ])('is rolled back at an error rate of %d, half of them after at most %d decisions', (rate, most) => {
    const found = firstAt(rate, 5000, byEvidence, byPlain);
    expect(found.every(Number.isFinite)).toBe(true);
    expect(median(found)).toBeLessThanOrEqual(most);
  });

  it('is rolled back by evidence alone at 25 % after at most 80, at 15 % as surely, and falsely at 10 % in at most 5 % of them', () => {
    expect(median(firstAt(0.25, 5000, byEvidence))).toBeLessThanOrEqual(80);
    expect(share(firstAt(0.15, 20_000, byEvidence).map(Number.isFinite))).toBe(1);
    expect(share(firstAt(0.1, 5000, byEvidence).map(Number.isFinite))).toBeLessThanOrEqual(0.05);
  });

  it('has the rate within its interval at all times in at least 95 % of them', () => {
    for (const rate of [0.01, 0.05, 0.3]) {
      const missed = Array.from({ length: runs / 5 }, (_, run) => {
        const random = randomOf(run * 104_729 + Math.round(rate * 1e4));
        let hits = 0;
        let next = 1;
        for (let n = 1; n <= 3000; n++) {
          if (random() < rate) hits += 1;
          if (n < next) continue;
          next = Math.ceil(n * 1.3);
          const [low, high] = rateInterval(hits, n, Math.log(40), Math.log(120));
          if (rate < low || rate > high) return true;
        }
        return false;
      });
      expect(share(missed)).toBeLessThanOrEqual(0.05);
    }
  });

  it.each([
    ['promoted', promoted],
    ['plainly', plainly],
    ['byEvidence', byEvidence],
    ['byPlain', byPlain],
  ] as const)('the bound %s is the outcome', (name, { crossed }) => {
    const random = randomOf(7);
    for (let i = 0; i < 300; i++) {
      const n = 1 + Math.floor(random() * (i < 150 ? 150 : 5000));
      const errors = Math.floor(n * random() * 0.3);
      expect({ n, errors, is: crossed(errors, n) }).toEqual({
        n,
        errors,
        is: outcomes[name][1](after(n, errors)),
      });
    }
  });

  it('reports what the outcome says', () => {
    for (const [decisions, errors] of [
      [100, 0],
      [100, 4],
      [19, 19],
      [20, 20],
      [5000, 400],
      [400, 2],
    ] as const) {
      expect(judgeStage(after(decisions, errors), 10, settings, bounds).evidence.outcome).toBe(
        stageOutcome(after(decisions, errors), 10, settings, bounds),
      );
    }
  });
});

type Sums = StageCounts['cost'];
const none: Sums = emptyCounts.cost;
const plus = (sums: Sums, candidate: number, active: number): Sums => ({
  candidate: sums.candidate + candidate,
  active: sums.active + active,
  candidate_sq: sums.candidate_sq + candidate ** 2,
  active_sq: sums.active_sq + active ** 2,
  product: sums.product + candidate * active,
  candidate_max: Math.max(sums.candidate_max, candidate),
  active_max: Math.max(sums.active_max, active),
});
/**
 * The active bundle costs 0 to 10. Nine in ten requests cost the same with the candidate, and one
 * is at its bound: the mean is `factor` times 5.
 */
const dearOnes = (random: () => number, factor: number): readonly [number, number] => {
  const active = 10 * random();
  const dear = (5 * factor - 2.5) / 22.5;
  return [random() < dear ? 25 : active / 2, active];
};
const costRuns = (factor: number, most: number, wanted: (sums: Sums, n: number) => boolean): number[] =>
  Array.from({ length: runs / 5 }, (_, run) => {
    const random = randomOf(run * 15_485_863 + Math.round(factor * 1000));
    let sums = none;
    for (let n = 1; n <= most; n++) {
      sums = plus(sums, ...dearOnes(random, factor));
      if (wanted(sums, n)) return n;
    }
    return Infinity;
  });

describe(`costs with rare dear requests, in ${runs / 5} runs, looked at after every request`, () => {
  const dearBounds = { candidate: 25, active: 10 };
  const below = (sums: Sums): boolean => costEvidence(sums, 1.2, 'below', dearBounds) >= Math.log(40);
  const above = (sums: Sums): boolean => costEvidence(sums, 1.5, 'above', dearBounds) >= Math.log(120);

  it('are shown below a gate that they are not below in at most 5 %, and above a limit that they are at in at most 5 %', () => {
    expect(share(costRuns(1.2, 2000, below).map(Number.isFinite))).toBeLessThanOrEqual(0.05);
    expect(share(costRuns(1.3, 2000, below).map(Number.isFinite))).toBeLessThanOrEqual(0.05);
    expect(share(costRuns(1.5, 2000, above).map(Number.isFinite))).toBeLessThanOrEqual(0.05);
  });

  it('are shown to be what they are: no dearer within 5,000 requests, twice as dear within 1,000', () => {
    expect(median(costRuns(1, 20_000, below))).toBeLessThanOrEqual(5000);
    expect(median(costRuns(2, 20_000, above))).toBeLessThanOrEqual(1000);
  });

  it('have the increase within their interval at all times in at least 95 %', () => {
    let next = 1;
    const missed = costRuns(1.2, 3000, (sums, n) => {
      if (n === 1) next = 1;
      if (n < next) return false;
      next = Math.ceil(n * 1.3);
      const [low, high] = costInterval(sums, Math.log(40), Math.log(120), dearBounds);
      return 0.2 < low || 0.2 > (high ?? Infinity);
    });
    expect(share(missed.map(Number.isFinite))).toBeLessThanOrEqual(0.05);
  });
});

describe(`a split, in ${runs} runs, looked at after every new entity`, () => {
  const alarms = (pct: number): number[] =>
    Array.from({ length: runs }, (_, run) => {
      const random = randomOf(run * 32_452_843 + pct);
      let canary = 0;
      for (let units = 1; units <= 3000; units++) {
        // Without replacement, because new entities fall into buckets that were not seen.
        if (random() < (pct * 100 - canary) / (10_000 - (units - 1))) canary += 1;
        if (splitEvidence({ units, canary, seen: '' }, 10) >= Math.log(1000)) return units;
      }
      return Infinity;
    });

  it('alarms falsely in at most 0.5 %, and finds half a share within 600, a fifth of a share too much within 3,000', () => {
    expect(share(alarms(10).map(Number.isFinite))).toBeLessThanOrEqual(0.005);
    expect(median(alarms(5))).toBeLessThanOrEqual(600);
    expect(median(alarms(13))).toBeLessThanOrEqual(3000);
  });
});
