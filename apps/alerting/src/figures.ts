import type { Figures } from '@interlock/alerting';
import type { AlertingConfig } from './config.js';

/** The rules' figures as the environment has them. */
export const figuresOf = (config: AlertingConfig): Figures => ({
  red_flips: config.ALERT_RED_FLIPS,
  red_flips_h: config.ALERT_RED_FLIPS_H,
  red_sustained_h: config.ALERT_RED_SUSTAINED_H,
  brake_engaged_h: config.ALERT_BRAKE_H,
  brake_again_h: config.ALERT_BRAKE_AGAIN_H,
  responses_blocked: config.ALERT_RESPONSES_BLOCKED,
  error_rate_high_pct: config.ALERT_ERROR_RATE_HIGH_PCT,
  error_rate_critical_pct: config.ALERT_ERROR_RATE_CRITICAL_PCT,
  error_rate_actions: config.ALERT_ERROR_RATE_ACTIONS,
  budget_high_pct: config.ALERT_BUDGET_PCT,
  told_h: config.ALERT_TOLD_H,
});
