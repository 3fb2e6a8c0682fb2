import { IsOptional, IsString } from 'class-validator';

/** What the response runner reads from the environment. */
export class ResponseConfig {
  /**
   * `true`, written exactly so: runs that a change of level or the schedule begins are applied;
   * anything else makes them dry runs.
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
