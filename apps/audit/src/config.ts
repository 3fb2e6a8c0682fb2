import { defaults } from '@interlock/contracts';
import { IsInt, IsOptional, IsString, Matches, Max, Min } from 'class-validator';

/** What audit reads from the environment. */
export class AuditConfig {
  /**
   * Name of the log in its checkpoints and keys; a tenant's tree has `/TENANT` after it. Never
   * changed once something was signed.
   */
  @Matches(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,189}$/)
  AUDIT_ORIGIN: string = defaults.log_origin;

  /** A tree's head is signed when it has grown by so many events. */
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  AUDIT_CHECKPOINT_EVENTS: number = 1000;

  /** A tree that has grown is signed again after so many seconds. */
  @IsInt()
  @Min(1)
  @Max(86_400)
  AUDIT_CHECKPOINT_SECONDS: number = 60;

  /**
   * The whole log is read again and held against its tree every so many hours, slowly; 0: never.
   */
  @IsInt()
  @Min(0)
  @Max(576)
  AUDIT_SCRUB_HOURS: number = 24;

  /** Folder with the log's keys: `N.pem`, `N.vkey`, `N.rotation`. Without it nothing is signed. */
  @IsOptional()
  @IsString()
  AUDIT_KEY_DIR: string | undefined = undefined;

  /** Folder in which audit keeps what it can make again: the working clone of the Git mirror. */
  @IsOptional()
  @IsString()
  AUDIT_STATE_DIR: string | undefined = undefined;

  /** Folder that checkpoints are copied to. */
  @IsOptional()
  @IsString()
  AUDIT_MIRROR_DIR: string | undefined = undefined;

  /**
   * Git repository, path or URL, that checkpoints are pushed to; needs `git` and `AUDIT_STATE_DIR`.
   */
  @IsOptional()
  @IsString()
  AUDIT_MIRROR_GIT: string | undefined = undefined;

  /**
   * Witnesses that cosign, by comma: verifier key, space, URL of the witness (C2SP tlog-witness).
   */
  @IsOptional()
  @IsString()
  AUDIT_WITNESSES: string | undefined = undefined;

  /** Time-stamp authority (RFC 3161) that stamps checkpoints, as a URL; needs `AUDIT_TSA_CA`. */
  @IsOptional()
  @Matches(/^https?:\/\/[^\s/]/)
  AUDIT_TSA_URL: string | undefined = undefined;

  /** File with the certificates (PEM) that the authority's must lead to. */
  @IsOptional()
  @IsString()
  AUDIT_TSA_CA: string | undefined = undefined;

  /**
   * Seconds that a mirror, witness or time-stamp authority may be behind before audit says that it
   * is not ready.
   */
  @IsInt()
  @Min(1)
  @Max(604_800)
  AUDIT_MIRROR_PATIENCE_S: number = 900;
}
