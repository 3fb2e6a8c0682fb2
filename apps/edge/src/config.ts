import { IsInt, IsOptional, IsString, Matches, Max, MaxLength, Min } from 'class-validator';

/**
 * The environment variables of a standalone edge: who may log in to the console, and through which
 * provider.
 */
export class EdgeConfig {
  /**
   * The address at which browsers reach the edge, without a path, such as
   * `https://interlock.example`. The login needs it, because the provider redirects to its path
   * `/session/callback`. Agents' proofs name it, so every service needs it for their tokens.
   */
  @IsOptional()
  @Matches(/^https?:\/\/[^/?#\s]+$/, { message: 'INTERLOCK_PUBLIC_URL must be an address without a path' })
  INTERLOCK_PUBLIC_URL?: string;

  /**
   * The id of the console's client at the identity provider (`INTERLOCK_ISSUER`). Without it nobody
   * can log in, and only the API is served.
   */
  @IsOptional()
  @IsString()
  @MaxLength(256)
  INTERLOCK_OIDC_CLIENT_ID?: string;

  /** The client's secret; empty for a public client, which only PKCE protects. */
  @IsOptional()
  @IsString()
  @MaxLength(1024)
  INTERLOCK_OIDC_CLIENT_SECRET?: string;

  /** The provider's name for people, as in "Log in with …". */
  @IsString()
  @MaxLength(64)
  INTERLOCK_OIDC_NAME: string = 'single sign-on';

  /**
   * The scopes that a login requests from the provider. Many providers issue a refresh token only
   * for `offline_access`. Without one, a session ends with its access token.
   */
  @IsString()
  @MaxLength(512)
  INTERLOCK_OIDC_SCOPE: string = 'openid profile offline_access';

  /**
   * The resource for which the access token is requested (RFC 8707), if the provider requires it.
   */
  @IsOptional()
  @IsString()
  @MaxLength(512)
  INTERLOCK_OIDC_RESOURCE?: string;

  /**
   * The id of the command line's client at the provider, a public client with the device flow.
   * Without it, `interlock login` accepts only token files.
   */
  @IsOptional()
  @IsString()
  @MaxLength(256)
  INTERLOCK_OIDC_CLI_CLIENT_ID?: string;

  /**
   * 32 bytes as hex that encrypt the cookies of sessions. All instances share it. A second key,
   * after a comma, is accepted too, so that a key is replaced without the end of a session.
   */
  @IsOptional()
  @Matches(/^[0-9a-f]{64}(?:,[0-9a-f]{64})?$/i, { message: 'EDGE_SESSION_KEY takes one or two keys in hex' })
  EDGE_SESSION_KEY?: string;

  /** The longest life of a session in seconds, however often it is refreshed. */
  @IsInt()
  @Min(300)
  @Max(604_800)
  EDGE_SESSION_S: number = 43_200;

  /**
   * The folder that all instances share. It contains the list of sessions, the revoked sessions,
   * and the newest tokens of each session, encrypted. It also contains the key that signs agents'
   * tokens, and the ids of used assertions.
   */
  @IsString()
  @MaxLength(4096)
  EDGE_STATE_DIR: string = '/var/tmp/edge';
}
