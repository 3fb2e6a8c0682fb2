import { IsArray, IsBoolean, IsInt, IsOptional, IsString, Matches, Max, Min } from 'class-validator';
import { Transform } from 'class-transformer';
import { defaults } from '@interlock/contracts';

const isList = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) =>
    typeof value === 'string'
      ? value
          .split(',')
          .map((one) => one.trim())
          .filter((one) => one !== '')
      : value,
  );

/** The environment variables of the agent gateway. Times are in milliseconds. */
export class AgentGatewayConfig {
  /**
   * Private networks in which handlers may be, such as `10.20.0.0/16`, separated by commas. Public
   * networks are always allowed, and the embedded stack adds loopback. Only the operator sets it.
   */
  @isList() @IsArray() @IsString({ each: true }) AGENT_ALLOWED_NETWORKS: string[] = [];
  /**
   * The addresses of Interlock's own parts as `address:port`, separated by commas. No handler is
   * ever called there.
   */
  @isList() @IsArray() @IsString({ each: true }) AGENT_OWN_ADDRESSES: string[] = [];
  /**
   * A file of PEM certificates that replaces the system's when handlers' certificates are checked.
   */
  @IsOptional() @IsString() AGENT_TLS_CA_FILE: string | undefined = undefined;
  /**
   * The directory of the tenants' signing secrets. A tenant's `file:` references are read only from
   * its own folder in it.
   */
  @IsOptional() @IsString() AGENT_SECRETS_DIR: string | undefined = undefined;
  /**
   * The prefix of the variables that a tenant's `env:` references may name. The tenant's name in
   * capitals and `__` follow it, as in `HANDLER_DEMO__INBOX`.
   */
  @IsString() @Matches(/^[A-Za-z_][A-Za-z0-9_]*$/) AGENT_SECRETS_ENV_PREFIX: string = 'HANDLER_';
  /**
   * The key, 32 bytes in hexadecimal, that seals a handler's undo notes if they contain text. All
   * instances share it. An earlier key may follow after a comma; it opens what it has sealed.
   */
  @IsOptional() @Matches(/^[0-9a-f]{64}(,[0-9a-f]{64})?$/) AGENT_GATEWAY_KEY: string | undefined = undefined;
  /**
   * The file that holds the same keys, one in each line. It is created at the first start if it
   * does not exist.
   */
  @IsOptional() @IsString() AGENT_GATEWAY_KEY_FILE: string | undefined = undefined;
  /** How long an endpoint is not called after five failures in a row. */
  @IsInt() @Min(100) @Max(3_600_000) AGENT_BREAKER_PAUSE_MS: number = 30_000;
  /** How long an undo is retried before it is recorded as failed. */
  @IsInt() @Min(100) @Max(86_400_000) AGENT_GIVE_UP_MS: number = 600_000;
  /** How often the gateway looks at calls that have not ended. */
  @IsInt() @Min(50) @Max(600_000) AGENT_SWEEP_MS: number = defaults.sweep_interval_s * 1000;
  /**
   * The longest lease. It is not longer than safety-rails waits before it acknowledges a kill
   * switch.
   */
  @IsInt() @Min(100) @Max(defaults.kill_switch_lease_ms) KILL_SWITCH_LEASE_MS: number =
    defaults.kill_switch_lease_ms;
  /**
   * A JSON file that names the programs which may run as MCP servers, and the tenants that may use
   * them. Only the operator writes it. Without the file, no program may run.
   */
  @IsOptional() @IsString() MCP_STDIO_COMMANDS_FILE: string | undefined = undefined;
  /** The directory that holds a working directory for each program. */
  @IsOptional() @IsString() MCP_STDIO_DIR: string | undefined = undefined;
  /**
   * The user id that programs run as, if the gateway may switch users. 0 stands for 65534
   * (`nobody`), or for the gateway's own user if `MCP_STDIO_SAME_USER` is set.
   */
  @IsInt() @Min(0) @Max(4_294_967_294) MCP_STDIO_UID: number = 0;
  /** The group id that programs run as. 0 stands for the same number as the user id. */
  @IsInt() @Min(0) @Max(4_294_967_294) MCP_STDIO_GID: number = 0;
  /**
   * Allows programs to run as the gateway's own user. The embedded stack sets it, and logs it, if
   * it may not switch users.
   */
  @IsBoolean() MCP_STDIO_SAME_USER: boolean = false;
  /** The most bytes that are read of an MCP server's answer. */
  @IsInt() @Min(1024) @Max(16_777_216) MCP_ANSWER_BYTES: number = 1_048_576;
  /** How long an unused session with an MCP server stays open. */
  @IsInt() @Min(100) @Max(3_600_000) MCP_SESSION_IDLE_MS: number = 60_000;
  /** How long a caller of a tool waits if it does not set a wait time itself. */
  @IsInt() @Min(0) @Max(55_000) MCP_WAIT_MS: number = 20_000;
  /** The home directory of the embedded stack, which contains the key file and the secrets. */
  @IsOptional() @IsString() INTERLOCK_HOME: string | undefined = undefined;
}
