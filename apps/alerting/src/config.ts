import { IsOptional, IsString, Matches, MaxLength, MinLength } from 'class-validator';

/** The environment of alerting: where its reports go. */
export class AlertingConfig {
  /**
   * Folder for `reports/policy_orchestration_alerts.json`, `logs/policy_orchestration_alerts.jsonl`
   * and the marker in `audit_summary.md`, written daily at 05:15 UTC. Without it nothing is
   * written.
   */
  @IsOptional()
  @IsString()
  @MaxLength(1024)
  ALERT_OUTPUT_DIR: string | undefined = undefined;

  /** The tenant whose alerts are written there. */
  @Matches(/^(?:_system|[a-z0-9][a-z0-9_-]{0,62})$/)
  ALERT_OUTPUT_TENANT: string = '_system';

  /**
   * The bearer token of Alertmanager, 24 characters or more. Without it nobody may post its alerts.
   */
  @IsOptional()
  @IsString()
  @MinLength(24)
  @MaxLength(512)
  ALERTMANAGER_TOKEN: string | undefined = undefined;
}
