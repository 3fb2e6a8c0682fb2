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
  red_flips: 2,
  red_flips_h: 24,
  red_sustained_h: 4,
  brake_engaged_h: 4,
  brake_again_h: 24,
  responses_blocked: 3,
  error_rate_high_pct: 5,
  error_rate_critical_pct: 10,
  error_rate_actions: 10,
  budget_high_pct: 80,
  told_h: 1,
};
