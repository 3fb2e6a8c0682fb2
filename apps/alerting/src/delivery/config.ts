import { IsIn, IsInt, IsOptional, IsString, IsUrl, Matches, Max, Min } from 'class-validator';

/**
 * The settings of notifications from the environment. Times are in milliseconds unless the name
 * says otherwise.
 */
export class DeliveryConfig {
  /** The interval between two checks of the queue. */
  @IsInt() @Min(50) @Max(60_000) ALERTING_POLL_MS: number = 500;
  /** The time limit of one request, or of the conversation with a mail server. */
  @IsInt() @Min(100) @Max(120_000) ALERTING_SEND_MS: number = 10_000;
  /** The largest part of a receiver's answer, in bytes, that is read. */
  @IsInt() @Min(1024) @Max(10_485_760) ALERTING_ANSWER_BYTES: number = 262_144;
  /** How long a claim on a notice lasts. If its worker dies, another takes over after this time. */
  @IsInt() @Min(200) @Max(600_000) ALERTING_CLAIM_MS: number = 60_000;
  /** The pause after the first failed attempt; each later one doubles. */
  @IsInt() @Min(10) @Max(600_000) ALERTING_RETRY_FIRST_MS: number = 1000;
  /** The longest pause between two attempts, unless a receiver asks for more. */
  @IsInt() @Min(10) @Max(3_600_000) ALERTING_RETRY_MOST_MS: number = 900_000;
  /** Seconds after the first attempt at which a notice is abandoned. */
  @IsInt() @Min(1) @Max(604_800) ALERTING_GIVE_UP_S: number = 86_400;
  /** Seconds that a channel may fail before `channel_failing` is reported on the others. */
  @IsInt() @Min(0) @Max(86_400) ALERTING_CHANNEL_FAILING_S: number = 300;
  /**
   * Private networks and addresses that may be sent to, separated by commas:
   * `127.0.0.0/8,10.1.2.3`.
   */
  @IsOptional() @IsString() ALERTING_ALLOWED_NETWORKS: string | undefined = undefined;
  /** `address:port` of Interlock's own parts, separated by commas; no channel ever reaches them. */
  @IsOptional() @IsString() ALERTING_OWN_ADDRESSES: string | undefined = undefined;
  /**
   * A file with certificates of authorities that are trusted for receivers, in addition to the
   * system's.
   */
  @IsOptional() @IsString() ALERTING_CA_FILE: string | undefined = undefined;
  /**
   * The directory of `file:` secrets. A tenant's references are read only in its own folder below
   * it.
   */
  @IsOptional() @IsString() ALERTING_SECRETS_DIR: string | undefined = undefined;
  /**
   * The prefix of `env:` secrets. A tenant's references may only name variables with this prefix,
   * the tenant in capitals and `__`, e.g. `CHANNEL_DEMO__PAGER`.
   */
  @IsString() @Matches(/^[A-Za-z_][A-Za-z0-9_]*$/) ALERTING_SECRETS_ENV_PREFIX: string = 'CHANNEL_';
  /** The folder that keeps routes and channels for outages of the log or the database. */
  @IsOptional() @IsString() ALERTING_STATE_DIR: string | undefined = undefined;
  /**
   * The address of the console for one-time links in messages. Without it, messages have no links.
   */
  @IsOptional()
  @Matches(/^https?:\/\/[^/?#\s]+$/, { message: 'INTERLOCK_PUBLIC_URL must be an address without a path' })
  INTERLOCK_PUBLIC_URL: string | undefined = undefined;
  /**
   * A file with the key that signs one-time links, at least 32 characters and the same for every
   * instance. The secrets of webhooks derive from it. An earlier key may stand in a second line.
   * Without the file, each state directory has its own key.
   */
  @IsOptional() @IsString() ALERTING_LINK_KEY_FILE: string | undefined = undefined;
  /** Seconds after its alert during which a one-time link works. */
  @IsInt() @Min(60) @Max(604_800) ALERTING_LINK_S: number = 86_400;
  /** Seconds that the log or the database may be down before people are notified. */
  @IsInt() @Min(1) @Max(86_400) ALERTING_OUTAGE_S: number = 30;
  /** Seconds between two reads of who is on call at PagerDuty or Opsgenie. */
  @IsInt() @Min(1) @Max(3600) ALERTING_ONCALL_READ_S: number = 60;
  /** Seconds for which these reads may fail before a rota's alerts go to everyone. */
  @IsInt() @Min(0) @Max(86_400) ALERTING_ONCALL_STALE_S: number = 300;
  /**
   * Address that receives a heartbeat while alerting runs; its receiver pages when the heartbeat
   * stops.
   */
  @IsOptional()
  @IsUrl({ protocols: ['http', 'https'], require_protocol: true, require_tld: false })
  ALERTING_HEARTBEAT_URL: string | undefined = undefined;
  /** The HTTP method of the heartbeat: `GET` or `POST`. */
  @IsIn(['GET', 'POST']) ALERTING_HEARTBEAT_METHOD: string = 'GET';
  /** Seconds between two heartbeats. */
  @IsInt() @Min(1) @Max(86_400) ALERTING_HEARTBEAT_S: number = 60;
}
