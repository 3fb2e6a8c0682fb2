import * as openid from 'openid-client';
import { ProblemError, cutText } from '@interlock/kernel';

/** The identity provider of an installation, and this edge as a client of it. */
export type OidcSettings = {
  /** The address of its discovery document, and the `iss` of its tokens. */
  readonly issuer: string;
  /** The provider's name for people. */
  readonly name: string;
  readonly clientId: string;
  /** The client's secret; absent for a public client, which only PKCE protects. */
  readonly clientSecret?: string;
  /** The scopes that a login requests, separated by spaces. */
  readonly scope: string;
  /** The resource that the access token is for (RFC 8707), if the provider requires it. */
  readonly resource?: string;
  /** The address at which browsers reach the edge, without a path. */
  readonly publicUrl: string;
  /** The command line's own client, which is a public one. */
  readonly device?: { readonly clientId: string; readonly scope: string };
};

/** The state of a login from its start to its end, in a cookie that nobody can read. */
export type Flow = {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  /** The console's address after the login. */
  readonly next: string;
};

/**
 * The provider's tokens for a session. `renew` is when to refresh the access token, in seconds
 * since 1970, some time before its end.
 */
export type Grant = { readonly access: string; readonly renew: number; readonly refresh?: string };

const timeoutS = 10;
/**
 * How many seconds before its end a token is refreshed, so that it does not expire in transit. A
 * short-lived token is refreshed at half its life.
 */
const earlyS = 20;
const isLoopback = ({ hostname }: URL): boolean => /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);

/**
 * True if a browser may be sent to the address. It comes from the provider's document, which may
 * contain `javascript:`.
 */
const isPage = (url: URL): boolean =>
  url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url));

/**
 * The library's codes for a provider that gave no answer or an invalid one. A retry may succeed.
 */
const passing = new Set([
  'OAUTH_TIMEOUT',
  'OAUTH_ABORT',
  'OAUTH_PARSE_ERROR',
  'OAUTH_RESPONSE_IS_NOT_CONFORM',
  'OAUTH_RESPONSE_IS_NOT_JSON',
]);

/** The statuses of a provider that wants to be asked later. */
const busy: ReadonlySet<number> = new Set([408, 425, 429]);
/** OAuth's errors of a provider that is overloaded or broken (RFC 6749, 4.1.2.1). */
const passingErrors: ReadonlySet<string> = new Set(['temporarily_unavailable', 'server_error', 'slow_down']);

/**
 * Returns the code with which the provider, or the check of its answer, refused; undefined if it
 * could not be asked.
 */
const refusalOf = (error: unknown): string | undefined => {
  if (error instanceof openid.ResponseBodyError)
    return error.status >= 500 || busy.has(error.status) || passingErrors.has(error.error)
      ? undefined
      : error.error;
  if (error instanceof openid.AuthorizationResponseError)
    return passingErrors.has(error.error) ? undefined : error.error;
  if (!(error instanceof openid.ClientError) || error.code === undefined) return undefined;
  return passing.has(error.code) ? undefined : error.code;
};

/**
 * The OpenID Connect provider. The library makes every check of state, nonce, PKCE, issuer,
 * audience and signature.
 */
export class Provider {
  #known: Promise<openid.Configuration> | undefined;

  constructor(readonly settings: OidcSettings) {
    const issuer = new URL(settings.issuer);
    if (!isPage(issuer))
      throw new ProblemError('validation-failed', 'the identity provider is reached by HTTPS alone', {
        violations: [{ pointer: '/INTERLOCK_ISSUER', detail: 'must begin with https://' }],
      });
  }

  get #redirectUri(): string {
    return `${this.settings.publicUrl}/session/callback`;
  }

  get #resource(): { readonly resource?: string } {
    const { resource } = this.settings;
    return resource === undefined ? {} : { resource };
  }

  #configuration(): Promise<openid.Configuration> {
    const { issuer, clientId, clientSecret } = this.settings;
    const insecure = new URL(issuer).protocol === 'http:' ? [openid.allowInsecureRequests] : [];
    this.#known ??= openid
      .discovery(
        new URL(issuer),
        clientId,
        undefined,
        clientSecret === undefined ? openid.None() : openid.ClientSecretBasic(clientSecret),
        { timeout: timeoutS, execute: [...insecure, openid.enableNonRepudiationChecks] },
      )
      .catch((cause: unknown) => {
        this.#known = undefined;
        throw this.#problem(cause);
      });
    return this.#known;
  }

  #problem(cause: unknown): ProblemError {
    const refused = refusalOf(cause);
    return refused === undefined
      ? new ProblemError('service-unreachable', 'the identity provider could not be reached', {
          members: { service: 'identity-provider' },
          cause,
          remedy: 'try again; `interlock stop --break-glass` stops without it',
        })
      : new ProblemError('unauthenticated', `the login was not accepted: \`${refused.slice(0, 64)}\``, {
          cause,
          remedy: 'log in again from the start',
        });
  }

  #grantOf(
    tokens: openid.TokenEndpointResponse & openid.TokenEndpointResponseHelpers,
    before?: Grant,
  ): Grant {
    const refresh = tokens.refresh_token ?? before?.refresh;
    const lifeS = tokens.expiresIn() ?? 60;
    return {
      access: tokens.access_token,
      renew: Date.now() / 1000 + Math.max(lifeS / 2, lifeS - earlyS),
      ...(refresh === undefined ? {} : { refresh }),
    };
  }

  /**
   * Returns the address to send the browser to, and the state to keep until it comes back. Throws
   * `service-unreachable`.
   */
  async begin(next: string): Promise<{ readonly url: string; readonly flow: Flow }> {
    const configuration = await this.#configuration();
    const flow: Flow = {
      state: openid.randomState(),
      nonce: openid.randomNonce(),
      verifier: openid.randomPKCECodeVerifier(),
      next,
    };
    const url = openid.buildAuthorizationUrl(configuration, {
      redirect_uri: this.#redirectUri,
      scope: this.settings.scope,
      state: flow.state,
      nonce: flow.nonce,
      code_challenge: await openid.calculatePKCECodeChallenge(flow.verifier),
      code_challenge_method: 'S256',
      ...this.#resource,
    });
    return { url: url.href, flow };
  }

  /**
   * Exchanges the code with which the browser came back. Throws `unauthenticated`,
   * `service-unreachable`.
   */
  async finish(
    query: string,
    flow: Flow,
  ): Promise<{ readonly grant: Grant; readonly name: string | undefined }> {
    const configuration = await this.#configuration();
    try {
      const tokens = await openid.authorizationCodeGrant(
        configuration,
        new URL(`${this.#redirectUri}?${query}`),
        {
          expectedState: flow.state,
          expectedNonce: flow.nonce,
          pkceCodeVerifier: flow.verifier,
          idTokenExpected: true,
        },
        this.#resource,
      );
      const claims = tokens.claims();
      const name = [claims?.['name'], claims?.['preferred_username'], claims?.['email']].find(
        (one): one is string => typeof one === 'string' && one !== '',
      );
      return { grant: this.#grantOf(tokens), name: name === undefined ? undefined : cutText(name, 128) };
    } catch (error) {
      throw this.#problem(error);
    }
  }

  /**
   * Refreshes tokens. Throws `unauthenticated` if the provider ended the login, or
   * `service-unreachable`.
   */
  async refresh(before: Grant): Promise<Grant> {
    if (before.refresh === undefined)
      throw new ProblemError('unauthenticated', 'the session has ended', { remedy: 'log in again' });
    const configuration = await this.#configuration();
    try {
      return this.#grantOf(
        await openid.refreshTokenGrant(configuration, before.refresh, this.#resource),
        before,
      );
    } catch (error) {
      throw this.#problem(error);
    }
  }

  /**
   * Ends the login at the provider, if the provider supports that. Throws `service-unreachable`.
   */
  async revoke({ refresh }: Grant): Promise<void> {
    const configuration = await this.#configuration();
    if (refresh === undefined || configuration.serverMetadata().revocation_endpoint === undefined) return;
    try {
      await openid.tokenRevocation(configuration, refresh, { token_type_hint: 'refresh_token' });
    } catch (error) {
      throw this.#problem(error);
    }
  }

  /**
   * Returns the page on which the browser ends its login at the provider; undefined if there is
   * none.
   */
  async endUrl(): Promise<string | undefined> {
    const configuration = await this.#configuration();
    if (configuration.serverMetadata().end_session_endpoint === undefined) return undefined;
    const { clientId: client_id, publicUrl } = this.settings;
    const url = openid.buildEndSessionUrl(configuration, {
      client_id,
      post_logout_redirect_uri: `${publicUrl}/login`,
    });
    return isPage(url) ? url.href : undefined;
  }
}
