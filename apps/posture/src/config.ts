import { IsInt, IsOptional, IsString, Max, Min } from 'class-validator';

/** The environment variables for the posture's files. */
export class PostureFilesConfig {
  /**
   * Directory for the posture's files: `state/`, `reports/`, `mirrors/`, `audit_summary.md`. The
   * files of a tenant other than `_system` are below `tenants/TENANT`.
   */
  @IsOptional()
  @IsString()
  POSTURE_OUTPUT_DIR: string | undefined = undefined;

  /**
   * Git repository, path or URL, to which the same state files and fix branches are pushed; needs
   * `git` and `POSTURE_STATE_DIR`.
   */
  @IsOptional()
  @IsString()
  POSTURE_OUTPUT_GIT: string | undefined = undefined;

  /** Folder for data that posture can recreate: the working clone of the repository. */
  @IsOptional()
  @IsString()
  POSTURE_STATE_DIR: string | undefined = undefined;

  /** The size in bytes at which `policy_state_log.jsonl` continues in a new file. */
  @IsInt()
  @Min(1024)
  @Max(1_073_741_824)
  POSTURE_LOG_MAX_BYTES: number = 10_485_760;

  /** Directory that the service watches for input files. It only reads them. */
  @IsOptional()
  @IsString()
  POSTURE_INPUT_DIR: string | undefined = undefined;

  /** The tenant whose signals the files contain. */
  @IsString()
  POSTURE_INPUT_TENANT: string = '_system';
}
