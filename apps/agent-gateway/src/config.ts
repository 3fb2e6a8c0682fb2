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

/** What the gateway of agents reads from its environment; times in milliseconds. */
export class AgentGatewayConfig {
  /**
   * Networks that handlers may be in beside public ones, such as `10.20.0.0/16`, with commas
   * between; the embedded stack names loopback. Only the operator writes them.
   */
  @isList() @IsArray() @IsString({ each: true }) AGENT_ALLOWED_NETWORKS: string[] = [];
  /**
   * `address:port` of Interlock's own parts, with commas between: no handler is ever called there.
   */
  @isList() @IsArray() @IsString({ each: true }) AGENT_OWN_ADDRESSES: string[] = [];
  /**
   * A file of certificates, PEM, that handlers' addresses are checked against in place of the
   * system's.
   */
  @IsOptional() @IsString() AGENT_TLS_CA_FILE: string | undefined = undefined;
  /**
   * A tenant's `file:` references to signing secrets are read below its own folder in this
   * directory only.
   */
  @IsOptional() @IsString() AGENT_SECRETS_DIR: string | undefined = undefined;
  /**
   * A tenant's `env:` references name variables with this prefix, the tenant in capitals and `__`
   * only, such as `HANDLER_DEMO__INBOX`.
   */
  @IsString() @Matches(/^[A-Za-z_][A-Za-z0-9_]*$/) AGENT_SECRETS_ENV_PREFIX: string = 'HANDLER_';
  /**
   * 32 bytes as hex; what a handler's notes for its undo are sealed with where they hold texts. All
   * instances share it.
   */
  @IsOptional() @Matches(/^[0-9a-f]{64}$/) AGENT_GATEWAY_KEY: string | undefined = undefined;
  /** File with the same; made at first start where it is missing. */
  @IsOptional() @IsString() AGENT_GATEWAY_KEY_FILE: string | undefined = undefined;
  /** How long an endpoint is left alone after five failures in a row. */
  @IsInt() @Min(100) @Max(3_600_000) AGENT_BREAKER_PAUSE_MS: number = 30_000;
  /** How long an undo is tried before it is said that it failed. */
  @IsInt() @Min(100) @Max(86_400_000) AGENT_GIVE_UP_MS: number = 600_000;
  /** How often calls that have not ended are looked at again. */
  @IsInt() @Min(50) @Max(600_000) AGENT_SWEEP_MS: number = defaults.sweep_interval_s * 1000;
  /** No longer than safety-rails waits before it acknowledges a kill switch. */
  @IsInt() @Min(100) @Max(defaults.kill_switch_lease_ms) KILL_SWITCH_LEASE_MS: number =
    defaults.kill_switch_lease_ms;
  /**
   * A JSON file that names the programs which may be run as MCP servers, and for which tenants.
   * Only the operator writes it; without it there are none.
   */
  @IsOptional() @IsString() MCP_STDIO_COMMANDS_FILE: string | undefined = undefined;
  /** The directory in which each program has one of its own. */
  @IsOptional() @IsString() MCP_STDIO_DIR: string | undefined = undefined;
  /**
   * The user that programs run as, where the gateway may switch users. 0 is 65534 (`nobody`), or
   * with `MCP_STDIO_SAME_USER` the gateway's own user.
   */
  @IsInt() @Min(0) @Max(4_294_967_294) MCP_STDIO_UID: number = 0;
  /** The group that programs run as; 0 takes that of the user's number. */
  @IsInt() @Min(0) @Max(4_294_967_294) MCP_STDIO_GID: number = 0;
  /**
   * Programs may run as the gateway's own user. The embedded stack sets it where it may not switch
   * users, and says so.
   */
  @IsBoolean() MCP_STDIO_SAME_USER: boolean = false;
  /** Bytes of an MCP server's answer that are read at most. */
  @IsInt() @Min(1024) @Max(16_777_216) MCP_ANSWER_BYTES: number = 1_048_576;
  /** How long a session with an MCP server is kept without a call. */
  @IsInt() @Min(100) @Max(3_600_000) MCP_SESSION_IDLE_MS: number = 60_000;
  /** How long a tool's caller is kept waiting where it does not say how long. */
  @IsInt() @Min(0) @Max(55_000) MCP_WAIT_MS: number = 20_000;
  /** Home of the embedded stack: the key file and the secrets have their places in it. */
  @IsOptional() @IsString() INTERLOCK_HOME: string | undefined = undefined;
}
