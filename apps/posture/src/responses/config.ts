import { IsOptional, IsString } from 'class-validator';

/** The environment variables of the response runner. */
export class ResponseConfig {
  /**
   * Exactly `true` applies the runs that a change of level or the schedule starts. Any other value
   * makes them dry runs.
   */
  @IsString()
  POLICY_AUTO_APPLY: string = 'false';

  /**
   * Directory for the posture's files: `state/`, `reports/`, `mirrors/`, `audit_summary.md`.
   * Without it, no file is written and the mirror of the checkpoints cannot be rebuilt.
   */
  @IsOptional()
  @IsString()
  POSTURE_OUTPUT_DIR: string | undefined = undefined;
}
