import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { isProblem, ratioOf, type Ratio } from '@interlock/kernel';
import { checkGateSettings, thresholdVerdict, type GatedRate, type ThresholdVerdict } from '../src/index.js';
import { settings } from './stages.js';

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

type Percentages = { readonly decisions: number; readonly executions?: number } & {
  readonly [rate in GatedRate]: number | null;
};
/** A rate in per cent; an infinite one is a part of zero. */
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

describe('acceptance: gates', () => {
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

  it('passes no invalid rate', () => {
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

  it('treats a cost increase above 50 % as critical, not one at it, and a rise from zero', () => {
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

describe('the settings of the gates', () => {
  it("default to the seed's, and are refused if they cannot be used", () => {
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
