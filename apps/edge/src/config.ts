import { IsInt, IsOptional, IsString, Matches, Max, MaxLength, Min } from 'class-validator';

/**
 * The environment of an edge that runs by itself: who may log in to the console, and by which
 * provider.
 */
export class EdgeConfig {
  /**
   * The address at which browsers reach the edge, without a path: `https://interlock.example`.
   * Needed for the login; the provider redirects to its path `/session/callback`. Agents' proofs
   * name it, so every service needs it for their tokens.
   */
  @IsOptional()
  @Matches(/^https?:\/\/[^/?#\s]+$/, { message: 'INTERLOCK_PUBLIC_URL must be an address without a path' })
  INTERLOCK_PUBLIC_URL?: string;

  /**
   * The console's client at the identity provider (`INTERLOCK_ISSUER`). Without it nobody can log
   * in, and only the API is served.
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

  /** The provider's name for people: "Log in with …". */
  @IsString()
  @MaxLength(64)
  INTERLOCK_OIDC_NAME: string = 'single sign-on';

  /**
   * The scopes that a login asks the provider for. Many providers give a refresh token only for
   * `offline_access`; without one a session ends with its access token.
   */
  @IsString()
  @MaxLength(512)
  INTERLOCK_OIDC_SCOPE: string = 'openid profile offline_access';

  /**
   * The resource that the access token is requested for (RFC 8707), if the provider requires it.
   */
  @IsOptional()
  @IsString()
  @MaxLength(512)
  INTERLOCK_OIDC_RESOURCE?: string;

  /**
   * The command line's client at the provider, a public one with the device flow. Without it
   * `interlock login` takes only token files.
   */
  @IsOptional()
  @IsString()
  @MaxLength(256)
  INTERLOCK_OIDC_CLI_CLIENT_ID?: string;

  /**
   * 32 bytes as hex that encrypt the cookies of sessions. All instances share it; a new key ends
   * every session.
   */
  @IsOptional()
  @Matches(/^[0-9a-f]{64}$/i, { message: 'EDGE_SESSION_KEY must be 64 hexadecimal digits' })
  EDGE_SESSION_KEY?: string;

  /** The longest life of a session in seconds, however often it is refreshed. */
  @IsInt()
  @Min(300)
  @Max(604_800)
  EDGE_SESSION_S: number = 43_200;

  /**
   * The folder that all instances share. It holds the list of sessions, the revoked sessions, and
   * the newest tokens of each session, encrypted. It also holds the key that signs agents' tokens,
   * and the ids of used assertions.
   */
  @IsString()
  @MaxLength(4096)
  EDGE_STATE_DIR: string = '/var/tmp/edge';
}
