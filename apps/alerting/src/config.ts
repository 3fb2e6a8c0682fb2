import { IsOptional, IsString, Matches, MaxLength, MinLength } from 'class-validator';

/** The settings of alerting's reports from the environment. */
export class AlertingConfig {
  /**
   * The folder for `reports/policy_orchestration_alerts.json`,
   * `logs/policy_orchestration_alerts.jsonl` and the marker in `audit_summary.md`. They are written
   * daily at 05:15 UTC. If it is not set, nothing is written.
   */
  @IsOptional()
  @IsString()
  @MaxLength(1024)
  ALERT_OUTPUT_DIR: string | undefined = undefined;

  /** The tenant whose alerts are reported. */
  @Matches(/^(?:_system|[a-z0-9][a-z0-9_-]{0,62})$/)
  ALERT_OUTPUT_TENANT: string = '_system';

  /**
   * The bearer token of Alertmanager, at least 24 characters. If it is not set, all of its requests
   * are refused.
   */
  @IsOptional()
  @IsString()
  @MinLength(24)
  @MaxLength(512)
  ALERTMANAGER_TOKEN: string | undefined = undefined;
}
