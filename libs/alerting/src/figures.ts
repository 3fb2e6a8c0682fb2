import { defaults } from '@interlock/contracts';

/** What the rules judge by; hours are `_h`, shares `_pct`. Configuration of alerting, the same for all tenants. */
export type Figures = {
  /** Turns to RED beyond which `red_flips` fires, and the hours that they are counted in. */
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
  /** Executions that must have ended within the five minutes before their share says anything. */
  readonly error_rate_actions: number;
  readonly budget_high_pct: number;
  /** Hours for which a mere message (a change of level, a released switch) stays on the list. */
  readonly told_h: number;
};

/** The figures of posture.md and seed 002. */
export const defaultFigures: Figures = {
  red_flips: defaults.alert_red_flips,
  red_flips_h: defaults.alert_red_flips_h,
  red_sustained_h: defaults.alert_red_sustained_h,
  brake_engaged_h: defaults.alert_brake_engaged_h,
  brake_again_h: defaults.alert_brake_again_h,
  responses_blocked: defaults.alert_responses_blocked,
  error_rate_high_pct: defaults.alert_error_rate_high_pct,
  error_rate_critical_pct: defaults.alert_error_rate_critical_pct,
  error_rate_actions: defaults.alert_error_rate_actions,
  budget_high_pct: defaults.alert_budget_high_pct,
  told_h: defaults.alert_told_h,
};
