import { IsInt, IsOptional, IsString, Matches, Max, Min } from 'class-validator';
import { defaults } from '@interlock/contracts';

/** What the gateway reads from its environment; times in milliseconds. */
export class GatewayConfig {
  @IsInt() @Min(100) @Max(120_000) NETCONF_CONNECT_MS: number = defaults.netconf_connect_ms;
  @IsInt() @Min(100) @Max(120_000) NETCONF_HELLO_MS: number = defaults.netconf_hello_ms;
  @IsInt() @Min(100) @Max(300_000) NETCONF_RPC_MS: number = defaults.netconf_rpc_ms;
  /**
   * How often KPIs are read over the soak: twice a second or more starves some devices' confirm
   * timer.
   */
  @IsInt() @Min(100) @Max(60_000) NETCONF_OBSERVE_MS: number = 1000;
  /** How long the session that reads of a device share is kept while nobody reads. */
  @IsInt() @Min(100) @Max(86_400_000) NETCONF_SESSION_IDLE_MS: number = 300_000;
  /**
   * How many such sessions are kept, of all devices; the one that was used longest ago is closed
   * first.
   */
  @IsInt() @Min(0) @Max(100_000) NETCONF_KEPT_SESSIONS: number = 256;
  /** How long locks and a dirty candidate are waited for. */
  @IsInt() @Min(100) @Max(600_000) NETCONF_LOCK_WAIT_MS: number = 15_000;
  /**
   * How long past a device's timer the gateway tries to learn the truth of it, before it says that
   * it cannot.
   */
  @IsInt() @Min(100) @Max(86_400_000) NETCONF_GIVE_UP_MS: number = 600_000;
  @IsInt() @Min(50) @Max(600_000) NETCONF_SWEEP_MS: number = defaults.sweep_interval_s * 1000;
  /**
   * How often each device is compared with the log, on average; the time varies by a quarter. 0
   * switches this off, and the notifications of devices with it.
   */
  @IsInt() @Min(0) @Max(86_400_000) NETCONF_DRIFT_MS: number = 900_000;
  /** How many devices are compared with the log at a time. */
  @IsInt() @Min(1) @Max(1000) NETCONF_DRIFT_AT_ONCE: number = 4;
  /** How many devices are subscribed to at a time, for their notifications of changes. */
  @IsInt() @Min(0) @Max(100_000) NETCONF_DRIFT_SUBSCRIPTIONS: number = 256;
  /** No longer than safety-rails waits before it acknowledges a kill switch. */
  @IsInt() @Min(100) @Max(defaults.kill_switch_lease_ms) KILL_SWITCH_LEASE_MS: number =
    defaults.kill_switch_lease_ms;
  /** 32 bytes as hex; what persist-ids are made from. All instances share it. */
  @IsOptional() @Matches(/^[0-9a-f]{64}$/) NETCONF_GATEWAY_KEY: string | undefined = undefined;
  /** File with the same; made at first start where it is missing. */
  @IsOptional() @IsString() NETCONF_GATEWAY_KEY_FILE: string | undefined = undefined;
  /** Home of the embedded stack: the key file and the credentials have their places in it. */
  @IsOptional() @IsString() INTERLOCK_HOME: string | undefined = undefined;
  /**
   * A tenant's `file:` references are read below its own folder in this directory only:
   * `DIR/demo/gnb-1` for `file:gnb-1` of tenant `demo`.
   */
  @IsOptional() @IsString() NETCONF_CREDENTIALS_DIR: string | undefined = undefined;
  /**
   * A tenant's `env:` references name variables with this prefix, the tenant in capitals and `__`
   * only, such as `DEVICE_DEMO__GNB_1`; `_` and `-` in a tenant's name are written `_5F` and `_2D`.
   */
  @IsString() @Matches(/^[A-Za-z_][A-Za-z0-9_]*$/) NETCONF_CREDENTIALS_ENV_PREFIX: string = 'DEVICE_';
}
