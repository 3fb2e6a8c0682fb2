import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { addDecision, addExecution, emptyCounts, type StageCounts } from '../src/index.js';
import { rateEvidence } from '@interlock/kernel';
import { costEvidence, costInterval, rateInterval } from '../src/rollout/evidence.js';
import { answered, bounds } from './stages.js';

describe('evidence of a rate', () => {
  const sample = fc.record({
    hits: fc.integer({ min: 0, max: 400 }),
    misses: fc.integer({ min: 0, max: 4000 }),
  });
  const share = fc.double({ min: 0.001, max: 0.999, noNaN: true });
  const side = fc.constantFrom('below' as const, 'above' as const);

  it('has a constant expectation at the limit, and a falling one on its wrong side', () => {
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

  it('gives an interval that contains the rate and agrees with the verdict', () => {
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

  it('decides impossible hypotheses at once: less than always, more than never', () => {
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

  it('never exceeds a bet whose stake is the difference', () => {
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

  it('does not depend on the order, and its interval contains the increase', () => {
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
        ([events, shuffled]) => expect(counted(shuffled)).toEqual(counted(events)),
      ),
    );
  });
});
