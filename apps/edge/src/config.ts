import { IsInt, IsOptional, IsString, Matches, Max, MaxLength, Min } from 'class-validator';

/**
 * What the edge reads from the environment where it runs by itself: who logs in to the console, and
 * where.
 */
export class EdgeConfig {
  /**
   * Where browsers reach the edge, without a path: `https://interlock.example`. Needed for the
   * login; the provider leads back to `/session/callback` of it.
   */
  @IsOptional()
  @Matches(/^https?:\/\/[^/?#\s]+$/, { message: 'INTERLOCK_PUBLIC_URL must be an address without a path' })
  INTERLOCK_PUBLIC_URL?: string;

  /**
   * The console's client at the identity provider (`INTERLOCK_ISSUER`). Without it nobody logs in:
   * there is the API alone.
   */
  @IsOptional()
  @IsString()
  @MaxLength(256)
  INTERLOCK_OIDC_CLIENT_ID?: string;

  /** Its secret; empty for a public client, which PKCE alone protects. */
  @IsOptional()
  @IsString()
  @MaxLength(1024)
  INTERLOCK_OIDC_CLIENT_SECRET?: string;

  /** What people know the provider by: "Log in with …". */
  @IsString()
  @MaxLength(64)
  INTERLOCK_OIDC_NAME: string = 'single sign-on';

  /**
   * What a login asks the provider for. Many give a refresh token for `offline_access` alone;
   * without one a session ends with its access token.
   */
  @IsString()
  @MaxLength(512)
  INTERLOCK_OIDC_SCOPE: string = 'openid profile offline_access';

  /** Whom the access token is asked for (RFC 8707), where the provider wants to be told. */
  @IsOptional()
  @IsString()
  @MaxLength(512)
  INTERLOCK_OIDC_RESOURCE?: string;

  /**
   * The command line's client at the provider, a public one with the device flow; without it
   * `interlock login` takes token files alone.
   */
  @IsOptional()
  @IsString()
  @MaxLength(256)
  INTERLOCK_OIDC_CLI_CLIENT_ID?: string;

  /**
   * 32 bytes as hex that the cookies of sessions are encrypted with; all instances share it, and a
   * new one ends every session.
   */
  @IsOptional()
  @Matches(/^[0-9a-f]{64}$/i, { message: 'EDGE_SESSION_KEY must be 64 hexadecimal digits' })
  EDGE_SESSION_KEY?: string;

  /** Seconds that a session lasts at most, however often it is refreshed. */
  @IsInt()
  @Min(300)
  @Max(604_800)
  EDGE_SESSION_S: number = 43_200;

  /**
   * The folder of the list of sessions, of those that were ended before their time, and of the
   * newest tokens of each, encrypted; all instances share it.
   */
  @IsString()
  @MaxLength(4096)
  EDGE_STATE_DIR: string = '/var/tmp/edge';
}
