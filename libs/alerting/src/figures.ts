import { limitsInForce, type TenantLimits } from '@interlock/contracts';

/**
 * The figures that the rules use; hours end in `_h`, shares in `_pct`. Each tenant sets its own
 * among its limits (`alert_…`).
 */
export type Figures = {
  /**
   * The number of changes to RED above which `red_flips` fires, and the hours in which they count.
   */
  readonly red_flips: number;
  readonly red_flips_h: number;
  readonly red_sustained_h: number;
  readonly brake_engaged_h: number;
  /** Hours after which `brake_engaged` pages again. */
  readonly brake_again_h: number;
  /** Consecutive blocked runs beyond which `responses_blocked` fires. */
  readonly responses_blocked: number;
  readonly error_rate_high_pct: number;
  readonly error_rate_critical_pct: number;
  /**
   * The number of executions that must have ended within five minutes before their share counts.
   */
  readonly error_rate_actions: number;
  readonly budget_high_pct: number;
  /** How many hours a simple message (a change of level, a released switch) stays on the list. */
  readonly told_h: number;
};

/** The figures of a tenant, from the limits that it has set. */
export const figuresFrom = (set: TenantLimits): Figures => {
  const limits = limitsInForce(set);
  return {
    red_flips: limits.alert_red_flips,
    red_flips_h: limits.alert_red_flips_h,
    red_sustained_h: limits.alert_red_sustained_h,
    brake_engaged_h: limits.alert_brake_engaged_h,
    brake_again_h: limits.alert_brake_again_h,
    responses_blocked: limits.alert_responses_blocked,
    error_rate_high_pct: limits.alert_error_rate_high_pct,
    error_rate_critical_pct: limits.alert_error_rate_critical_pct,
    error_rate_actions: limits.alert_error_rate_actions,
    budget_high_pct: limits.alert_budget_high_pct,
    told_h: limits.alert_told_h,
  };
};

/** The configurable figures of the alert rules. */
export const defaultFigures: Figures = figuresFrom({});
