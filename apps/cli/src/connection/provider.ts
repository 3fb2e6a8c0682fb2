import * as openid from 'openid-client';
import type { LoginMethods } from '@interlock/contracts';
import { CliError } from '../cli-error.js';
import type { ProviderCredential } from './contexts.js';
import { unanswered } from './unanswered.js';

type Device = NonNullable<NonNullable<LoginMethods['oidc']>['device']>;
/** How long before its end a token is renewed; a short-lived one is renewed at half its life. */
const earlyMs = 30_000;

const isLoopback = ({ hostname }: URL): boolean => /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);

const configurationOf = async (issuer: string, clientId: string): Promise<openid.Configuration> => {
  const url = new URL(issuer);
  const insecure = url.protocol === 'http:' && isLoopback(url) ? [openid.allowInsecureRequests] : [];
  try {
    return await openid.discovery(url, clientId, undefined, openid.None(), {
      timeout: 10,
      execute: insecure,
    });
  } catch (error) {
    throw new CliError(`the identity provider ${issuer} does not answer as one${unanswered(error)}`);
  }
};

const refusalOf = (error: unknown): string =>
  error instanceof openid.ResponseBodyError
    ? (error.error_description ?? error.error)
    : error instanceof Error
      ? error.message
      : String(error);

const credentialOf = (
  of: Pick<ProviderCredential, 'issuer' | 'client_id' | 'resource'>,
  tokens: openid.TokenEndpointResponse & openid.TokenEndpointResponseHelpers,
  before: string | null,
): ProviderCredential => {
  const lifeMs = (tokens.expiresIn() ?? 60) * 1000;
  return {
    kind: 'oidc',
    issuer: of.issuer,
    client_id: of.client_id,
    resource: of.resource,
    access_token: tokens.access_token,
    renew_at: Date.now() + Math.max(lifeMs / 2, lifeMs - earlyMs),
    refresh_token: tokens.refresh_token ?? before,
  };
};

/**
 * Logs in by the device flow. `show` receives the address for the consent. Resolves once the
 * consent is given.
 */
export const byDevice = async (
  issuer: string,
  { client_id, scope, resource }: Device,
  show: (at: { readonly url: string; readonly code: string }) => void,
): Promise<ProviderCredential> => {
  const configuration = await configurationOf(issuer, client_id);
  const more = resource === null ? {} : { resource };
  try {
    const asked = await openid.initiateDeviceAuthorization(configuration, { scope, ...more });
    show({ url: asked.verification_uri_complete ?? asked.verification_uri, code: asked.user_code });
    const tokens = await openid.pollDeviceAuthorizationGrant(configuration, asked, more);
    return credentialOf({ issuer, client_id, resource }, tokens, null);
  } catch (error) {
    throw new CliError(`the login was not accepted: ${refusalOf(error)}`);
  }
};

/** Renews tokens. Throws if the provider ended the login. */
export const refreshed = async (credential: ProviderCredential): Promise<ProviderCredential> => {
  const { issuer, client_id, resource, refresh_token: before } = credential;
  if (before === null) throw new CliError('the login has ended: log in again');
  const configuration = await configurationOf(issuer, client_id);
  try {
    const more = resource === null ? {} : { resource };
    return credentialOf(credential, await openid.refreshTokenGrant(configuration, before, more), before);
  } catch (error) {
    throw new CliError(`the login has ended, log in again: ${refusalOf(error)}`);
  }
};

/** Ends the login at the provider too, if it supports that. */
export const revoked = async ({ issuer, client_id, refresh_token }: ProviderCredential): Promise<void> => {
  if (refresh_token === null) return;
  const configuration = await configurationOf(issuer, client_id);
  if (configuration.serverMetadata().revocation_endpoint === undefined) return;
  await openid.tokenRevocation(configuration, refresh_token, { token_type_hint: 'refresh_token' });
};
