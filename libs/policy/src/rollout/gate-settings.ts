import { ProblemError } from '@interlock/kernel';

/** The three rates by which a canary is judged, in display order. */
export const gatedRates = ['error_rate_pct', 'deny_rate_pct', 'cost_increase_pct'] as const;
export type GatedRate = (typeof gatedRates)[number];

/**
 * The gate settings that a tenant may change. Rates in per cent. A gate is passed below its value,
 * a critical limit is broken above it.
 */
export type GateSettings = {
  readonly gates: { readonly [rate in GatedRate]: number } & {
    /** The canary's minimum number of decisions at a stage before any promotion. */
    readonly decisions: number;
  };
  readonly critical: { readonly [rate in GatedRate]: number } & {
    /** The minimum sample of a rate before evidence rolls back. */
    readonly decisions: number;
  };
  /**
   * The chance in per cent that a whole canary is promoted wrongly, and likewise that evidence
   * rolls it back wrongly.
   */
  readonly error_budget_pct: number;
  /** The chance in per cent, per stage, that a correct split is reported as a mismatch. */
  readonly sample_ratio_budget_pct: number;
  /** The largest cost of a request, used if the rules give no budgets. */
  readonly cost_bound: number;
};

/** The default figures of the gates and critical limits, and of the error budget (n >= 20). */
export const defaultGateSettings: GateSettings = {
  gates: { error_rate_pct: 5, deny_rate_pct: 30, cost_increase_pct: 20, decisions: 100 },
  critical: { error_rate_pct: 10, deny_rate_pct: 50, cost_increase_pct: 50, decisions: 20 },
  error_budget_pct: 5,
  sample_ratio_budget_pct: 0.1,
  cost_bound: 1000,
};

type Violation = { readonly pointer: string; readonly code: string; readonly detail: string };
const outside = (pointer: string, value: number, low: number, high: number): Violation[] =>
  Number.isFinite(value) && value >= low && value <= high
    ? []
    : [{ pointer, code: 'range', detail: `must be from ${low} to ${high}` }];

/**
 * Returns the settings if gates can be judged by them. Throws `validation-failed` for a limit out
 * of range or a gate above its critical limit.
 */
export const checkGateSettings = (settings: GateSettings): GateSettings => {
  const { gates, critical } = settings;
  const violations = [
    ...gatedRates.flatMap((rate) => {
      const high = rate === 'cost_increase_pct' ? 10_000 : 100;
      const limits = [
        ...outside(`/gates/${rate}`, gates[rate], 0, high),
        ...outside(`/critical/${rate}`, critical[rate], 0, high),
      ];
      return gates[rate] <= critical[rate]
        ? limits
        : [
            ...limits,
            { pointer: `/gates/${rate}`, code: 'order', detail: 'must not be above its critical limit' },
          ];
    }),
    ...(['gates', 'critical'] as const).flatMap((side) =>
      Number.isInteger(settings[side].decisions)
        ? outside(`/${side}/decisions`, settings[side].decisions, 1, 1e9)
        : [{ pointer: `/${side}/decisions`, code: 'type', detail: 'must be a whole number' }],
    ),
    ...outside('/error_budget_pct', settings.error_budget_pct, 0.01, 5),
    ...outside('/sample_ratio_budget_pct', settings.sample_ratio_budget_pct, 0.001, 5),
    ...outside('/cost_bound', settings.cost_bound, 0, 1e12),
  ];
  if (violations.length > 0)
    throw new ProblemError('validation-failed', 'the gates can not be judged by these settings', {
      violations,
    });
  return settings;
};
