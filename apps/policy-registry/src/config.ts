import { defaults } from '@interlock/contracts';
import { IsInt, IsOptional, IsString, Max, Min } from 'class-validator';

/** The environment of the policy registry. */
export class RegistryConfig {
  /**
   * File with the keys that sign and verify exported bundles, as JSON: `{ "keys": [{ "id", "alg",
   * "secret" or "private_key", … }] }`.
   */
  @IsOptional() @IsString() BUNDLE_KEYS_FILE: string | undefined = undefined;
  /**
   * The single secret that signs and verifies them if no key file is named; at least 32 characters.
   */
  @IsOptional() @IsString() HMAC_SECRET: string | undefined = undefined;
  /** Hours after which an exported bundle expires, unless the export says otherwise. */
  @IsInt() @Min(1) @Max(8760) BUNDLE_EXPORT_EXPIRY_H: number = defaults.bundle_export_expiry_h;
  /** The longest time in hours after an export in which the bundle may be imported. */
  @IsInt() @Min(1) @Max(8760) BUNDLE_EXPORT_LONGEST_H: number = defaults.bundle_export_longest_h;
}
