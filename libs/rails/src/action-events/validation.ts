import type { Observation, SeenPrediction, Reason } from '@interlock/contracts';
import { roseBeyond, worstOf, type Verdict } from '@interlock/kernel';
import type { KpiVerdict, ValidationResult } from './events.js';

/**
 * The direction in which a KPI improves, and how much of a change is measurement noise, in the
 * KPI's own unit. A KPI without an entry counts as worse in both directions, with no noise.
 */
const natures: { readonly [kpi: string]: { readonly better: 'lower' | 'higher'; readonly noise: number } } = {
  drop_rate_pct: { better: 'lower', noise: 0.5 },
  latency_ms: { better: 'lower', noise: 5 },
  load_pct: { better: 'lower', noise: 5 },
  throughput_mbps: { better: 'higher', noise: 50 },
  availability_pct: { better: 'higher', noise: 0.5 },
  users: { better: 'higher', noise: 10 },
};

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const isInterval = (value: readonly unknown[]): boolean => value.length === 2 && value.every(isNumber);

/** Compares one KPI: `observed` is its change, `predicted` the twin's interval for that change. */
const compareKpi = (
  kpi: string,
  observed: unknown,
  predicted: readonly [number, number] | null,
): KpiVerdict => {
  if (!isNumber(observed) || (predicted !== null && !isInterval(predicted)))
    return { kpi, observed: isNumber(observed) ? observed : null, predicted, verdict: 'missing' };
  if (predicted === null || (observed >= predicted[0] && observed <= predicted[1]))
    return { kpi, observed, predicted, verdict: 'inside' };
  const nature = natures[kpi];
  const below = observed < predicted[0];
  if (nature !== undefined && nature.better === (below ? 'lower' : 'higher'))
    return { kpi, observed, predicted, verdict: 'better' };
  const noise = nature?.noise ?? 0;
  const beyond = below
    ? roseBeyond(observed, predicted[0], noise)
    : roseBeyond(predicted[1], observed, noise);
  return { kpi, observed, predicted, verdict: beyond ? 'worse' : 'inside' };
};

const verdictOf: { readonly [verdict in KpiVerdict['verdict']]: Verdict } = {
  inside: 'pass',
  better: 'pass',
  missing: 'inconclusive',
  worse: 'fail',
};

const reasonOf = (compared: KpiVerdict): readonly Reason[] => {
  const { kpi } = compared;
  switch (compared.verdict) {
    case 'inside':
    case 'better':
      return [];
    case 'missing':
      return [
        {
          code: 'not-observed',
          detail:
            compared.observed === null
              ? `${kpi} was not observed over the soak time`
              : `nothing that can be compared was predicted of ${kpi}`,
          kpi,
        },
      ];
    case 'worse': {
      const { observed, predicted } = compared;
      return [
        {
          code: 'kpi-worse',
          detail: `${kpi} changed by ${observed}, predicted ${predicted[0]} to ${predicted[1]}`,
          kpi,
          observed,
          predicted: [...predicted],
        },
      ];
    }
  }
};

/**
 * Compares observed with predicted changes per KPI, adds the handler's own limits, and returns the
 * worst result. A change worse than its interval by more than noise is a fail; a better one is only
 * noted. A predicted or measured KPI is inconclusive if its change is unknown, and so is a soak
 * without a sample. Only `pass` keeps the change. Among several KPIs, one leaves its interval now
 * and then; without the noise, every other harmless change would be undone.
 *
 * A KPI that the action type declares (`declared`) is also inconclusive if its change is unknown,
 * whether it was predicted or not.
 */
export const validateOutcome = (
  prediction: SeenPrediction | undefined,
  observation: Observation,
  declared: readonly string[] = [],
): { readonly result: ValidationResult; readonly reasons: readonly Reason[] } => {
  const intervals = prediction?.interval_by_kpi ?? {};
  const observed: { readonly [kpi: string]: unknown } = observation.delta;
  const measured = [...Object.keys(intervals), ...Object.keys(observation.before), ...declared];
  const kpis = [...new Set([...Object.keys(observed), ...measured])].map((kpi) =>
    compareKpi(kpi, observed[kpi], intervals[kpi] ?? null),
  );
  const blind: readonly Reason[] =
    observation.samples > 0
      ? []
      : [{ code: 'not-observed', detail: 'no sample was taken over the soak time' }];
  const order: readonly KpiVerdict['verdict'][] = ['worse', 'missing'];
  const reasons = [
    ...blind,
    ...observation.breaches,
    ...order.flatMap((verdict) => kpis.filter((kpi) => kpi.verdict === verdict)).flatMap(reasonOf),
  ];
  const verdict = worstOf([
    ...kpis.map((kpi) => verdictOf[kpi.verdict]),
    ...observation.breaches.map((): Verdict => 'fail'),
    ...blind.map((): Verdict => 'inconclusive'),
  ]);
  return {
    result: {
      verdict: verdict === 'error' ? 'fail' : verdict,
      kpis,
      impact_delta: prediction?.impact_delta ?? null,
      predicted_interval: prediction?.confidence_interval ?? null,
    },
    reasons,
  };
};
