import 'reflect-metadata';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Matches, Max, Min } from 'class-validator';
import { defaults } from '@interlock/contracts';

/** The environment variables of the NETCONF gateway. Times are in milliseconds. */
export class GatewayConfig {
  @IsInt() @Min(100) @Max(120_000) NETCONF_CONNECT_MS: number = defaults.netconf_connect_ms;
  /**
   * The port for devices that call home over SSH (RFC 8071), 4334 by IANA; 0 takes any free one. It
   * is not opened unless it is set.
   */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(65_535)
  NETCONF_CALL_HOME_PORT: number | undefined = undefined;
  /**
   * The port for devices that call home over TLS (RFC 8071), 4335 by IANA; 0 takes any free one. It
   * is not opened unless it is set.
   */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(65_535)
  NETCONF_CALL_HOME_TLS_PORT: number | undefined = undefined;
  @IsInt() @Min(100) @Max(120_000) NETCONF_HELLO_MS: number = defaults.netconf_hello_ms;
  @IsInt() @Min(100) @Max(300_000) NETCONF_RPC_MS: number = defaults.netconf_rpc_ms;
  /**
   * How often KPIs are read during the soak. Reading twice a second or more delays some devices'
   * confirm timer.
   */
  @IsInt() @Min(100) @Max(60_000) NETCONF_OBSERVE_MS: number = 1000;
  /** How long the session that a device's reads share stays open while it is idle. */
  @IsInt() @Min(100) @Max(86_400_000) NETCONF_SESSION_IDLE_MS: number = 300_000;
  /**
   * How many shared sessions stay open over all devices. The least recently used one is closed
   * first.
   */
  @IsInt() @Min(0) @Max(100_000) NETCONF_KEPT_SESSIONS: number = 256;
  /** How long a transaction waits for locks and for a candidate with changes of others. */
  @IsInt() @Min(100) @Max(600_000) NETCONF_LOCK_WAIT_MS: number = 15_000;
  /**
   * How long past a device's timer the gateway tries to read the device before it reports that its
   * state is unknown.
   */
  @IsInt() @Min(100) @Max(86_400_000) NETCONF_GIVE_UP_MS: number = 600_000;
  @IsInt() @Min(50) @Max(600_000) NETCONF_SWEEP_MS: number = defaults.sweep_interval_s * 1000;
  /**
   * How often each device is compared with the log, on average; the interval varies by a quarter. 0
   * switches this off, and the devices' notifications too.
   */
  @IsInt() @Min(0) @Max(86_400_000) NETCONF_DRIFT_MS: number = 900_000;
  /** How many devices are compared with the log at a time. */
  @IsInt() @Min(1) @Max(1000) NETCONF_DRIFT_AT_ONCE: number = 4;
  /** How many devices the gateway subscribes to at a time, for their notifications of changes. */
  @IsInt() @Min(0) @Max(100_000) NETCONF_DRIFT_SUBSCRIPTIONS: number = 256;
  /**
   * A JSON file that names further sources of KPIs: Prometheus, folders of 3GPP performance files,
   * gNMI targets, and producers of 3GPP performance data streams.
   */
  @IsOptional() @IsString() KPI_SOURCES_FILE: string | undefined = undefined;
  /** How often each of these sources is read, so that a broken one is seen before it is needed. */
  @IsInt() @Min(1000) @Max(86_400_000) KPI_SOURCES_CHECK_MS: number = 60_000;
  /**
   * The port for producers of performance data streams (3GPP TS 28.532), over TLS; 0 takes any free
   * one. It is not opened unless it is set and `KPI_SOURCES_FILE` names such a producer.
   */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(65_535)
  KPI_STREAMS_PORT: number | undefined = undefined;
  /** The certificate of that port with its chain, as PEM. A renewed one is used within a minute. */
  @IsOptional() @IsString() KPI_STREAMS_CERT_FILE: string | undefined = undefined;
  /** The private key of that certificate, as PEM. */
  @IsOptional() @IsString() KPI_STREAMS_KEY_FILE: string | undefined = undefined;
  /**
   * The longest lease. It is not longer than safety-rails waits before it acknowledges a kill
   * switch.
   */
  @IsInt() @Min(100) @Max(defaults.kill_switch_lease_ms) KILL_SWITCH_LEASE_MS: number =
    defaults.kill_switch_lease_ms;
  /**
   * The key, 32 bytes in hexadecimal, from which persist-ids are derived. All instances share it.
   */
  @IsOptional() @Matches(/^[0-9a-f]{64}$/) NETCONF_GATEWAY_KEY: string | undefined = undefined;
  /** The file that holds the same key. It is created at the first start if it does not exist. */
  @IsOptional() @IsString() NETCONF_GATEWAY_KEY_FILE: string | undefined = undefined;
  /** The home directory of the embedded stack, which contains the key file and the credentials. */
  @IsOptional() @IsString() INTERLOCK_HOME: string | undefined = undefined;
  /**
   * The directory of the tenants' credentials. A tenant's `file:` references are read only from its
   * own folder in it: `DIR/demo/gnb-1` for `file:gnb-1` of tenant `demo`.
   */
  @IsOptional() @IsString() NETCONF_CREDENTIALS_DIR: string | undefined = undefined;
  /**
   * The prefix of the variables that a tenant's `env:` references may name, followed by the tenant
   * in capitals and `__`, as in `DEVICE_DEMO__GNB_1`. `_` and `-` in a tenant's name become `_5F`
   * and `_2D`.
   */
  @IsString() @Matches(/^[A-Za-z_][A-Za-z0-9_]*$/) NETCONF_CREDENTIALS_ENV_PREFIX: string = 'DEVICE_';
}
