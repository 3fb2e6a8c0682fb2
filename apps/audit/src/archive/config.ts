import { IsIn, IsInt, IsOptional, IsString, IsUrl, Max, Min } from 'class-validator';

/** What the archive of the log reads from the environment. */
export class ArchiveConfig {
  /**
   * Where the log is archived: a directory, as a path or a `file:` URL, or `s3://bucket/prefix`.
   * Not set: it is not archived, and nothing of it may be scavenged.
   */
  @IsOptional() @IsString() AUDIT_ARCHIVE: string | undefined = undefined;
  /** Events of a segment. */
  @IsInt() @Min(16) @Max(1_000_000) AUDIT_ARCHIVE_EVENTS: number = 10_000;
  /** Seconds after which a segment is closed with the events that it has; 0: never. */
  @IsInt() @Min(0) @Max(31_536_000) AUDIT_ARCHIVE_SECONDS: number = 86_400;
  /** Compression level of zstd. */
  @IsInt() @Min(1) @Max(19) AUDIT_ARCHIVE_LEVEL: number = 9;
  /** Address of the store that speaks S3. Not set: AWS. */
  @IsOptional()
  @IsUrl({ protocols: ['http', 'https'], require_protocol: true, require_tld: false })
  AUDIT_ARCHIVE_S3_ENDPOINT: string | undefined = undefined;
  /** Region that requests are signed for. Not set: `us-east-1`. */
  @IsOptional() @IsString() AUDIT_ARCHIVE_S3_REGION: string | undefined = undefined;
  /** Id of the access key. With neither id nor secret: the role of the machine or the pod. */
  @IsOptional() @IsString() AUDIT_ARCHIVE_S3_ACCESS_KEY_ID: string | undefined = undefined;
  /** File with the same. */
  @IsOptional() @IsString() AUDIT_ARCHIVE_S3_ACCESS_KEY_ID_FILE: string | undefined = undefined;
  /** The access key's secret. */
  @IsOptional() @IsString() AUDIT_ARCHIVE_S3_SECRET_ACCESS_KEY: string | undefined = undefined;
  /** File with the same. */
  @IsOptional() @IsString() AUDIT_ARCHIVE_S3_SECRET_ACCESS_KEY_FILE: string | undefined = undefined;
  /**
   * `true`: the bucket stands in the path, `false`: in the host's name. Not set: in the path where
   * an endpoint is named.
   */
  @IsOptional() @IsIn(['true', 'false']) AUDIT_ARCHIVE_S3_PATH_STYLE: string | undefined = undefined;
}
