import { comparePercent, type Ratio } from '@interlock/kernel';
import { gatedRates, type GatedRate, type GateSettings } from './gate-settings.js';

/** Rates with the counts that they come from; null if there is none. */
export type ThresholdInput = {
  readonly decisions: number;
  /** The sample of the error rate; if absent, the decisions. */
  readonly executions?: number;
} & { readonly [rate in GatedRate]: Ratio | null };

export type ThresholdVerdict = {
  /** Every gate is below its limit, on enough decisions. */
  readonly passed: boolean;
  /** The failing gates, in the order error, deny, cost, decisions. */
  readonly failing: readonly (GatedRate | 'decisions')[];
  readonly critical: readonly GatedRate[];
  /** A broken critical limit on enough decisions rolls back; on fewer it holds. */
  readonly outcome: 'promotable' | 'hold' | 'rollback';
};

const lowest: { readonly [rate in GatedRate]: number } = {
  error_rate_pct: 0,
  deny_rate_pct: 0,
  cost_increase_pct: -100,
};

/**
 * Compares a rate with its gate (passed below it) and its critical limit (broken above it),
 * exactly. An invalid rate (null or negative) fails but is not critical.
 */
export const standing = (
  rate: GatedRate,
  value: Ratio | null,
  { gates, critical }: GateSettings,
): 'pass' | 'fail' | 'critical' => {
  if (value === null || comparePercent(value, lowest[rate]) < 0) return 'fail';
  if (comparePercent(value, critical[rate]) > 0) return 'critical';
  return comparePercent(value, gates[rate]) < 0 ? 'pass' : 'fail';
};

const enough = (count: number, settings: GateSettings): boolean =>
  Number.isFinite(count) && count >= settings.gates.decisions;

/**
 * Judges the threshold gates: point estimates against limits, on at least 100 decisions. A person
 * may promote on them; the statistical evidence is in `judgeStage`.
 */
export const thresholdVerdict = (input: ThresholdInput, settings: GateSettings): ThresholdVerdict => {
  const { decisions, executions = decisions } = input;
  const stands = gatedRates.map((rate) => ({ rate, is: standing(rate, input[rate], settings) }));
  const failing = [
    ...stands.filter(({ is }) => is !== 'pass').map(({ rate }) => rate),
    ...(enough(decisions, settings) ? [] : ['decisions' as const]),
  ];
  const critical = stands.filter(({ is }) => is === 'critical').map(({ rate }) => rate);
  const broken = critical.some((rate) =>
    enough(rate === 'error_rate_pct' ? Math.min(executions, decisions) : decisions, settings),
  );
  return {
    passed: failing.length === 0,
    failing,
    critical,
    outcome: broken ? 'rollback' : failing.length === 0 ? 'promotable' : 'hold',
  };
};
