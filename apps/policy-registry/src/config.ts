import { defaults } from '@interlock/contracts';
import { IsInt, IsOptional, IsString, Max, Min } from 'class-validator';

/** What the policy registry reads from the environment. */
export class RegistryConfig {
  /**
   * File with the keys that exported bundles are signed and verified with, as JSON:
   * `{ "keys": [{ "id", "alg", "secret" or "private_key", … }] }`.
   */
  @IsOptional() @IsString() BUNDLE_KEYS_FILE: string | undefined = undefined;
  /**
   * The one secret that they are signed and verified with where no key file is named; at least 32
   * characters.
   */
  @IsOptional() @IsString() HMAC_SECRET: string | undefined = undefined;
  /**
   * Hours after which an exported bundle can not be imported any more, where the export does not
   * say otherwise.
   */
  @IsInt() @Min(1) @Max(8760) BUNDLE_EXPORT_EXPIRY_H: number = defaults.bundle_export_expiry_h;
  /** Hours after its export in which any exported bundle may be imported at most. */
  @IsInt() @Min(1) @Max(8760) BUNDLE_EXPORT_LONGEST_H: number = defaults.bundle_export_longest_h;
}
