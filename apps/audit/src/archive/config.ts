import { IsIn, IsInt, IsOptional, IsString, IsUrl, Max, Min } from 'class-validator';

/** The archive's settings from the environment. */
export class ArchiveConfig {
  /**
   * Where the log is archived: a directory, as a path or a `file:` URL, or `s3://bucket/prefix`. If
   * it is not set, the log is not archived, and nothing may be scavenged.
   */
  @IsOptional() @IsString() AUDIT_ARCHIVE: string | undefined = undefined;
  /** The number of events in a segment. */
  @IsInt() @Min(16) @Max(1_000_000) AUDIT_ARCHIVE_EVENTS: number = 10_000;
  /** Seconds after which an incomplete segment is closed. 0: never. */
  @IsInt() @Min(0) @Max(31_536_000) AUDIT_ARCHIVE_SECONDS: number = 86_400;
  /** Compression level of zstd. */
  @IsInt() @Min(1) @Max(19) AUDIT_ARCHIVE_LEVEL: number = 9;
  /** The URL of an S3-compatible store. If it is not set, AWS is used. */
  @IsOptional()
  @IsUrl({ protocols: ['http', 'https'], require_protocol: true, require_tld: false })
  AUDIT_ARCHIVE_S3_ENDPOINT: string | undefined = undefined;
  /** The region for which requests are signed. If it is not set, `us-east-1`. */
  @IsOptional() @IsString() AUDIT_ARCHIVE_S3_REGION: string | undefined = undefined;
  /**
   * The id of the access key. Without id and secret, the role of the machine or the pod is used.
   */
  @IsOptional() @IsString() AUDIT_ARCHIVE_S3_ACCESS_KEY_ID: string | undefined = undefined;
  /** A file with the id of the access key. */
  @IsOptional() @IsString() AUDIT_ARCHIVE_S3_ACCESS_KEY_ID_FILE: string | undefined = undefined;
  /** The secret of the access key. */
  @IsOptional() @IsString() AUDIT_ARCHIVE_S3_SECRET_ACCESS_KEY: string | undefined = undefined;
  /** A file with the secret of the access key. */
  @IsOptional() @IsString() AUDIT_ARCHIVE_S3_SECRET_ACCESS_KEY_FILE: string | undefined = undefined;
  /**
   * `true`: the bucket is part of the URL's path. `false`: it is part of the host name. If it is
   * not set, the path is used when an endpoint is set.
   */
  @IsOptional() @IsIn(['true', 'false']) AUDIT_ARCHIVE_S3_PATH_STYLE: string | undefined = undefined;
}
