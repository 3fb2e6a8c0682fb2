import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  addDecision,
  defaultRolloutSettings,
  emptyCounts,
  incidentAnswer,
  judgeStage,
  type StageCounts,
  type StageDecision,
} from '../src/index.js';
import { answered, bounds, settings, stage } from './stages.js';

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

  it('is compared by counts and limits exactly as by whole numbers', () => {
    const percent = fc.integer({ min: 1, max: 1000 });
    fc.assert(
      fc.property(
        percent,
        percent,
        fc.integer({ min: 1, max: 400 }),
        fc.integer({ min: -2, max: 2 }),
        fc.boolean(),
        (one, other, tens, beside, atGate) => {
          // The limits in tenths of a per cent, and a number of requests at which a rate can be
          // exactly at either.
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

  it('of the incident table applies exactly at the limit', () => {
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
