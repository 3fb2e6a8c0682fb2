import { defaults } from '@interlock/contracts';
import { IsInt, IsOptional, IsString, Matches, Max, Min } from 'class-validator';

/** The environment variables of the policy registry. */
export class RegistryConfig {
  /**
   * File with the keys that sign and verify exported bundles, as JSON: `{ "keys": [{ "id", "alg",
   * "secret" or "private_key", … }] }`.
   */
  @IsOptional() @IsString() BUNDLE_KEYS_FILE: string | undefined = undefined;
  /**
   * The secret that signs and verifies exported bundles if no key file is set; at least 32
   * characters.
   */
  @IsOptional() @IsString() HMAC_SECRET: string | undefined = undefined;
  /** The number of hours after which an exported bundle expires, unless the export sets another. */
  @IsInt() @Min(1) @Max(8760) BUNDLE_EXPORT_EXPIRY_H: number = defaults.bundle_export_expiry_h;
  /**
   * The prefix of the variables that a tenant's `env:` references may name, as `agent-gateway` has
   * it. Registrations with other references are refused.
   */
  @IsString() @Matches(/^[A-Za-z_][A-Za-z0-9_]*$/) AGENT_SECRETS_ENV_PREFIX: string = 'HANDLER_';
  /** The largest number of hours after an export in which the bundle may be imported. */
  @IsInt() @Min(1) @Max(8760) BUNDLE_EXPORT_LONGEST_H: number = defaults.bundle_export_longest_h;
}
