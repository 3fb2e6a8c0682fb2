import { defaults } from '@interlock/contracts';
import { IsInt, IsOptional, IsString, Matches, Max, Min } from 'class-validator';

/** Audit's settings from the environment. */
export class AuditConfig {
  /**
   * The log's name in its checkpoints and keys. A tenant's tree adds `/TENANT`. Never change it
   * once something was signed.
   */
  @Matches(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,189}$/)
  AUDIT_ORIGIN: string = defaults.log_origin;

  /** The number of new events after which the tree's head is signed. */
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  AUDIT_CHECKPOINT_EVENTS: number = 1000;

  /** The number of seconds after which a tree that has grown is signed again. */
  @IsInt()
  @Min(1)
  @Max(86_400)
  AUDIT_CHECKPOINT_SECONDS: number = 60;

  /** Hours between two slow comparisons of the whole log with its tree. 0: never. */
  @IsInt()
  @Min(0)
  @Max(576)
  AUDIT_SCRUB_HOURS: number = 24;

  /**
   * The folder with the log's keys: `N.pem`, `N.vkey`, `N.rotation`. Without it, nothing is signed.
   */
  @IsOptional()
  @IsString()
  AUDIT_KEY_DIR: string | undefined = undefined;

  /** The folder for files that audit can rebuild: the working clone of the Git mirror. */
  @IsOptional()
  @IsString()
  AUDIT_STATE_DIR: string | undefined = undefined;

  /** The folder to which checkpoints are copied. */
  @IsOptional()
  @IsString()
  AUDIT_MIRROR_DIR: string | undefined = undefined;

  /**
   * The Git repository, a path or a URL, to which checkpoints are pushed. Needs `git` and
   * `AUDIT_STATE_DIR`.
   */
  @IsOptional()
  @IsString()
  AUDIT_MIRROR_GIT: string | undefined = undefined;

  /**
   * The witnesses that cosign, separated by commas. Each is a verifier key, a space and the URL of
   * the witness (C2SP tlog-witness).
   */
  @IsOptional()
  @IsString()
  AUDIT_WITNESSES: string | undefined = undefined;

  /**
   * The URL of the time-stamp authority (RFC 3161) that stamps checkpoints. Needs `AUDIT_TSA_CA`.
   */
  @IsOptional()
  @Matches(/^https?:\/\/[^\s/]/)
  AUDIT_TSA_URL: string | undefined = undefined;

  /** A file with the PEM certificates to which the authority's certificate must chain. */
  @IsOptional()
  @IsString()
  AUDIT_TSA_CA: string | undefined = undefined;

  /**
   * Seconds that a mirror, witness or time-stamp authority may lag before audit reports that it is
   * not ready.
   */
  @IsInt()
  @Min(1)
  @Max(604_800)
  AUDIT_MIRROR_MAX_LAG_S: number = 900;
}
