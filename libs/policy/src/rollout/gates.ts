import {
  comparePercent,
  increaseOf,
  percentOf,
  rateEvidence,
  ratioOf,
  worstOf,
  type Ratio,
  type Verdict,
} from '@interlock/kernel';
import type { RuleV1 } from '../rules/rule.js';
import { costEvidence, costInterval, rateInterval, splitEvidence, type CostBounds } from './evidence.js';
import { gatedRates, type GatedRate, type GateSettings } from './gate-settings.js';
import type { StageCounts } from './stage-counts.js';
import { standing, thresholdVerdict, type ThresholdVerdict } from './threshold.js';

export type GateReading = {
  /**
   * The figure in per cent (for decisions, a count); null if there is none, or for a cost that rose
   * from zero.
   */
  readonly value: number | null;
  readonly gate: number;
  readonly critical: number;
  readonly threshold: 'pass' | 'fail' | 'critical';
  /**
   * `pass`: shown to be below the gate; `fail`: shown to be above the critical limit;
   * `inconclusive`: neither yet; `error`: impossible figures.
   */
  readonly evidence: Verdict;
  /**
   * The interval in per cent, valid at every look (97.5 % one-sided against the gate). Null: no
   * interval, or no upper bound.
   */
  readonly interval: readonly [number, number | null] | null;
  /**
   * How many more decisions of the canary are needed to pass at the present trend. 0: it passes
   * already; null: it will not pass.
   */
  readonly decisions_needed: number | null;
};

export type GateReport = {
  readonly pct: number;
  readonly decisions: number;
  readonly threshold_verdict: ThresholdVerdict;
  readonly evidence: {
    readonly outcome: 'promote' | 'hold' | 'rollback';
    /** The gates and checks that prevent a promotion, including `sample_ratio`. */
    readonly waiting_for: readonly (GatedRate | 'decisions' | 'sample_ratio')[];
    /** The gates shown to be above their critical limit. */
    readonly broken: readonly GatedRate[];
    /** The largest number that any gate needs; null if one will not pass at the present trend. */
    readonly decisions_needed: number | null;
  };
  readonly gates: { readonly [gate in GatedRate | 'decisions']: GateReading };
  readonly sample_ratio: {
    readonly expected_pct: number;
    readonly actual_pct: number | null;
    readonly units: number;
    readonly p_value: number;
    readonly verdict: Verdict;
  };
};

/** The number of stages that a canary passes, 10 and 50 %. The error budget is split over them. */
const stages = 2;
const horizon = 1e7;

type Budget = { readonly below: number; readonly above: number };
type Setup = { readonly settings: GateSettings; readonly bounds: CostBounds; readonly budget: Budget };
type Detail = {
  readonly value: Ratio | null;
  readonly interval: GateReading['interval'];
  readonly needed: number | null;
};

/** Returns 1/alpha as a logarithm, for one test of one stage. */
const budgetOf = ({ error_budget_pct }: GateSettings): Budget => {
  const alpha = error_budget_pct / 100 / stages;
  return { below: -Math.log(alpha), above: -Math.log(alpha / gatedRates.length) };
};

/**
 * Returns the smallest number of further observations that makes `shown` true, found by doubling
 * and halving; null beyond the horizon.
 */
const least = (shown: (more: number) => boolean): number | null => {
  let high = 1;
  while (!shown(high)) {
    high *= 2;
    if (high > horizon) return null;
  }
  let low = Math.floor(high / 2);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (shown(middle)) high = middle;
    else low = middle;
  }
  return high;
};

/** Converts further trials of a gate into further decisions, by the present ratio. */
const inDecisions = (trials: number | null, seen: number, decisions: number): number | null =>
  trials === null || seen === 0 || decisions === 0 ? null : Math.ceil((trials * decisions) / seen);

const sampleOf = (
  counts: StageCounts,
  rate: 'error_rate_pct' | 'deny_rate_pct',
): readonly [hits: number, trials: number] =>
  rate === 'error_rate_pct' ? [counts.errors, counts.executions] : [counts.denied, counts.requests];

const rateVerdict = (
  counts: StageCounts,
  rate: 'error_rate_pct' | 'deny_rate_pct',
  { settings: { gates, critical }, budget }: Setup,
): Verdict => {
  const [hits, trials] = sampleOf(counts, rate);
  if (
    trials >= critical.decisions &&
    rateEvidence(hits, trials, critical[rate] / 100, 'above') >= budget.above
  )
    return 'fail';
  return rateEvidence(hits, trials, gates[rate] / 100, 'below') >= budget.below ? 'pass' : 'inconclusive';
};

const rateDetail = (
  counts: StageCounts,
  rate: 'error_rate_pct' | 'deny_rate_pct',
  verdict: Verdict,
  { settings: { gates }, budget }: Setup,
): Detail => {
  const [hits, trials] = sampleOf(counts, rate);
  // If none of the canary's decisions was executed, nothing failed. A person may accept that as a
  // pass; evidence does not.
  if (trials === 0)
    return { value: rate === 'error_rate_pct' ? ratioOf(0, 0) : null, interval: [0, 100], needed: null };
  const [low, high] = rateInterval(hits, trials, budget.below, budget.above);
  const guess = (hits + 0.5) / (trials + 1);
  const shown = (more: number): boolean =>
    rateEvidence(hits + guess * more, trials + more, gates[rate] / 100, 'below') >= budget.below;
  const needed =
    verdict === 'pass'
      ? 0
      : verdict === 'fail' || 100 * guess >= gates[rate]
        ? null
        : inDecisions(least(shown), trials, counts.decisions);
  return { value: ratioOf(hits, trials), interval: [100 * low, 100 * high], needed };
};

const scaled = (sums: StageCounts['cost'], by: number): StageCounts['cost'] => ({
  ...sums,
  candidate: sums.candidate * by,
  active: sums.active * by,
  candidate_sq: sums.candidate_sq * by,
  active_sq: sums.active_sq * by,
  product: sums.product * by,
});

const costVerdict = (
  { cost: sums, requests, invalid }: StageCounts,
  { settings: { gates, critical }, bounds, budget }: Setup,
): Verdict => {
  if (invalid > 0 || sums.candidate_max > bounds.candidate || sums.active_max > bounds.active) return 'error';
  if (requests === 0) return 'inconclusive';
  // A candidate without any cost in its rules cannot cost more.
  if (bounds.candidate === 0) return 'pass';
  if (
    requests >= critical.decisions &&
    costEvidence(sums, 1 + critical.cost_increase_pct / 100, 'above', bounds) >= budget.above
  )
    return 'fail';
  return costEvidence(sums, 1 + gates.cost_increase_pct / 100, 'below', bounds) >= budget.below
    ? 'pass'
    : 'inconclusive';
};

const costDetail = (
  { cost: sums, requests, decisions }: StageCounts,
  verdict: Verdict,
  { settings: { gates }, bounds, budget }: Setup,
): Detail => {
  if (verdict === 'error' || requests === 0) return { value: null, interval: null, needed: null };
  const value = increaseOf(sums.active, sums.candidate);
  if (bounds.candidate === 0) return { value, interval: [-100, 0], needed: 0 };
  const [low, high] = costInterval(sums, budget.below, budget.above, bounds);
  const shown = (more: number): boolean =>
    costEvidence(scaled(sums, 1 + more / requests), 1 + gates.cost_increase_pct / 100, 'below', bounds) >=
    budget.below;
  const needed =
    verdict === 'pass'
      ? 0
      : verdict === 'fail' || value === null || comparePercent(value, gates.cost_increase_pct) >= 0
        ? null
        : inDecisions(least(shown), requests, decisions);
  return { value, interval: [100 * low, high === null ? null : 100 * high], needed };
};

const whole = (...counts: readonly number[]): boolean =>
  counts.every((count) => Number.isSafeInteger(count) && count >= 0);
const sane = ({
  decisions,
  requests,
  executions,
  errors,
  denied,
  active_denied,
  invalid,
  cost,
  split,
}: StageCounts): boolean =>
  whole(decisions, requests, executions, errors, denied, active_denied, invalid, split.units, split.canary) &&
  decisions <= requests &&
  errors <= executions &&
  denied <= requests &&
  active_denied <= requests &&
  split.canary <= split.units &&
  split.units <= requests &&
  Object.values(cost).every((sum) => Number.isFinite(sum) && sum >= 0);

type Verdicts = { readonly [gate in GatedRate | 'decisions' | 'sample_ratio']: Verdict };
type Evidence = { readonly outcome: 'promote' | 'hold' | 'rollback'; readonly verdicts: Verdicts };

const splitP = ({ split }: StageCounts, pct: number): number =>
  Math.min(1, Math.exp(-splitEvidence(split, pct)));

const evidenceOf = (counts: StageCounts, pct: number, setup: Setup): Evidence => {
  if (!sane(counts) || !(pct > 0 && pct < 100))
    return {
      outcome: 'hold',
      verdicts: {
        error_rate_pct: 'error',
        deny_rate_pct: 'error',
        cost_increase_pct: 'error',
        decisions: 'error',
        sample_ratio: 'error',
      },
    };
  const { gates, sample_ratio_budget_pct } = setup.settings;
  const verdicts: Verdicts = {
    error_rate_pct: rateVerdict(counts, 'error_rate_pct', setup),
    deny_rate_pct: rateVerdict(counts, 'deny_rate_pct', setup),
    cost_increase_pct: costVerdict(counts, setup),
    decisions: counts.decisions >= gates.decisions ? 'pass' : 'inconclusive',
    sample_ratio:
      counts.split.units === 0
        ? 'inconclusive'
        : splitP(counts, pct) <= sample_ratio_budget_pct / 100
          ? 'fail'
          : 'pass',
  };
  // A wrong split holds the canary, but is no reason to roll it back.
  if (gatedRates.some((rate) => verdicts[rate] === 'fail')) return { outcome: 'rollback', verdicts };
  return { outcome: worstOf(Object.values(verdicts)) === 'pass' ? 'promote' : 'hold', verdicts };
};

const finite = (value: number | null): number | null =>
  value !== null && Number.isFinite(value) ? value : null;

/** Returns the largest cost of each bundle's rules, as bounds for the cost test. */
export const costBounds = (
  candidate: readonly Pick<RuleV1, 'budget' | 'enabled'>[],
  active: readonly Pick<RuleV1, 'budget' | 'enabled'>[],
): CostBounds => {
  const most = (rules: readonly Pick<RuleV1, 'budget' | 'enabled'>[]): number =>
    rules.reduce((max, { budget, enabled }) => Math.max(max, enabled ? (budget?.cost ?? 0) : 0), 0);
  return { candidate: most(candidate), active: most(active) };
};

const setupOf = (settings: GateSettings, bounds?: CostBounds): Setup => ({
  settings,
  bounds: bounds ?? { candidate: settings.cost_bound, active: settings.cost_bound },
  budget: budgetOf(settings),
});

/**
 * Returns the evidence's outcome without the rest of the report, cheap enough to compute after
 * every event. It equals `judgeStage(…).evidence.outcome`.
 */
export const stageOutcome = (
  counts: StageCounts,
  pct: number,
  settings: GateSettings,
  bounds?: CostBounds,
): Evidence['outcome'] => evidenceOf(counts, pct, setupOf(settings, bounds)).outcome;

/**
 * Judges a stage by its figures: plain thresholds, and sequential tests that hold at
 * every look. The error budget (5 %), in six lines:
 * 1. H_g: rate >= gate is rejected when its e-process reaches 1/a; Ville: P(ever | H_g) <= a,
 *    whenever and however often one looks.
 * 2. Promotion needs every H_g rejected; false: some H_g is true; P <= P(that one is rejected) <=
 *    a. No split over the gates (intersection-union, Berger 1982).
 * 3. A canary is promoted at two stages, counted anew: a = 5 %/2 at each, so that P(any false
 *    promotion) <= 5 %.
 * 4. Rollback needs one K_g: rate <= critical rejected: the budget is split over 2 stages and 3
 *    gates, 5 %/6 each (Bonferroni).
 * 5. Intervals invert both tests: they miss the rate at any time ever with P <= 5 %/2 + 5 %/6.
 *    Sources: Ville 1939, Wald 1945, Robbins 1970, Howard and others 2021.
 * 6. A split that isn't `pct` holds (0.1 % per stage for false alarms). Assumed: chances given the
 *    past stay on one side of a limit; costs are at most `bounds`.
 * Rollback comes before everything; figures that can not be are `error` and hold. The plain breach
 * (at n >= 100) is `threshold_verdict.outcome`, outside this budget.
 */
export const judgeStage = (
  counts: StageCounts,
  pct: number,
  settings: GateSettings,
  bounds?: CostBounds,
): GateReport => {
  const { gates, critical } = settings;
  const { decisions, executions } = counts;
  const setup = setupOf(settings, bounds);
  const { outcome, verdicts } = evidenceOf(counts, pct, setup);
  const usable = verdicts.decisions !== 'error';
  const unknown: Detail = { value: null, interval: null, needed: null };
  const details: { readonly [rate in GatedRate]: Detail } = {
    error_rate_pct: usable ? rateDetail(counts, 'error_rate_pct', verdicts.error_rate_pct, setup) : unknown,
    deny_rate_pct: usable ? rateDetail(counts, 'deny_rate_pct', verdicts.deny_rate_pct, setup) : unknown,
    cost_increase_pct: usable ? costDetail(counts, verdicts.cost_increase_pct, setup) : unknown,
  };
  const reading = (rate: GatedRate): GateReading => {
    const { value, interval, needed } = details[rate];
    return {
      value: value === null ? null : finite(percentOf(value)),
      gate: gates[rate],
      critical: critical[rate],
      threshold: standing(rate, value, settings),
      evidence: verdicts[rate],
      interval,
      decisions_needed: needed,
    };
  };
  const readings: GateReport['gates'] = {
    error_rate_pct: reading('error_rate_pct'),
    deny_rate_pct: reading('deny_rate_pct'),
    cost_increase_pct: reading('cost_increase_pct'),
    decisions: {
      value: finite(decisions),
      gate: gates.decisions,
      critical: critical.decisions,
      threshold: verdicts.decisions === 'pass' ? 'pass' : 'fail',
      evidence: verdicts.decisions,
      interval: null,
      decisions_needed: usable ? Math.max(0, gates.decisions - decisions) : null,
    },
  };
  const needs = Object.values(readings).map(({ decisions_needed }) => decisions_needed);
  const { units, canary } = counts.split;
  return {
    pct,
    decisions,
    threshold_verdict: thresholdVerdict(
      {
        decisions: usable ? decisions : NaN,
        executions,
        error_rate_pct: details.error_rate_pct.value,
        deny_rate_pct: details.deny_rate_pct.value,
        cost_increase_pct: details.cost_increase_pct.value,
      },
      settings,
    ),
    evidence: {
      outcome,
      waiting_for: ([...gatedRates, 'decisions', 'sample_ratio'] as const).filter(
        (gate) => verdicts[gate] !== 'pass',
      ),
      broken: gatedRates.filter((rate) => verdicts[rate] === 'fail'),
      decisions_needed: needs.some((need) => need === null) ? null : Math.max(...needs.map(Number)),
    },
    gates: readings,
    sample_ratio: {
      expected_pct: pct,
      actual_pct: usable && units > 0 ? (100 * canary) / units : null,
      units,
      p_value: usable ? splitP(counts, pct) : 1,
      verdict: verdicts.sample_ratio,
    },
  };
};

/**
 * Returns the milliseconds until this many further decisions at the stage's present rate; null if
 * unknown.
 */
export const timeNeeded = (
  decisionsNeeded: number | null,
  decisions: number,
  elapsedMs: number,
): number | null =>
  decisionsNeeded === null || !(decisions > 0) || !(elapsedMs > 0)
    ? null
    : Math.ceil((decisionsNeeded * elapsedMs) / decisions);
