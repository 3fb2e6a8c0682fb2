import { defaults } from '@interlock/contracts';
import {
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
} from 'class-validator';

/** What alerting reads from the environment: the figures of its rules, and where its reports go. */
export class AlertingConfig {
  /** `red_flips` fires when the posture turned RED more often than this. */
  @IsInt()
  @Min(0)
  @Max(1000)
  ALERT_RED_FLIPS: number = defaults.alert_red_flips;

  /** Hours in which `red_flips` counts. */
  @IsNumber()
  @Min(0.1)
  @Max(168)
  ALERT_RED_FLIPS_H: number = defaults.alert_red_flips_h;

  /** Hours of RED after which `red_sustained` fires. */
  @IsNumber()
  @Min(0)
  @Max(168)
  ALERT_RED_SUSTAINED_H: number = defaults.alert_red_sustained_h;

  /** Hours with the safety brake on after which `brake_engaged` fires. */
  @IsNumber()
  @Min(0)
  @Max(168)
  ALERT_BRAKE_H: number = defaults.alert_brake_engaged_h;

  /** Hours with the safety brake on after which `brake_engaged` pages again. */
  @IsNumber()
  @Min(0)
  @Max(720)
  ALERT_BRAKE_AGAIN_H: number = defaults.alert_brake_again_h;

  /** `responses_blocked` fires when more runs in a row were blocked than this. */
  @IsInt()
  @Min(0)
  @Max(1000)
  ALERT_RESPONSES_BLOCKED: number = defaults.alert_responses_blocked;

  /** Percent of failed executions in 5 min beyond which `policy_error_rate` is high. */
  @IsNumber()
  @Min(0)
  @Max(100)
  ALERT_ERROR_RATE_HIGH_PCT: number = defaults.alert_error_rate_high_pct;

  /** Percent of failed executions in 5 min beyond which `policy_error_rate` is critical. */
  @IsNumber()
  @Min(0)
  @Max(100)
  ALERT_ERROR_RATE_CRITICAL_PCT: number = defaults.alert_error_rate_critical_pct;

  /** Executions of a bundle that must have ended in 5 min before their share says anything. */
  @IsInt()
  @Min(1)
  @Max(100_000)
  ALERT_ERROR_RATE_ACTIONS: number = defaults.alert_error_rate_actions;

  /** Percent of a budget beyond which `budget_high` fires. */
  @IsNumber()
  @Min(0)
  @Max(100)
  ALERT_BUDGET_PCT: number = defaults.alert_budget_high_pct;

  /** Hours for which a mere message, such as a change of level, stays on the list. */
  @IsNumber()
  @Min(0.01)
  @Max(168)
  ALERT_TOLD_H: number = defaults.alert_told_h;

  /** Folder for `reports/policy_orchestration_alerts.json`, `logs/policy_orchestration_alerts.jsonl` and the marker in `audit_summary.md`, written daily at 05:15 UTC. Without it nothing is written. */
  @IsOptional()
  @IsString()
  @MaxLength(1024)
  ALERT_OUTPUT_DIR: string | undefined = undefined;

  /** The tenant whose alerts are written there. */
  @Matches(/^(?:_system|[a-z0-9][a-z0-9_-]{0,62})$/)
  ALERT_OUTPUT_TENANT: string = '_system';

  /** What Alertmanager shows as its bearer token, 24 characters or more. Without it nobody may post its alerts. */
  @IsOptional()
  @IsString()
  @MinLength(24)
  @MaxLength(512)
  ALERTMANAGER_TOKEN: string | undefined = undefined;
}
