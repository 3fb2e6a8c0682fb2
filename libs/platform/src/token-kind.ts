import type { JWTPayload } from 'jose';
import type { PrincipalKind } from '@interlock/contracts';

import type { ClaimNames } from './context.js';

/** A claim by its name; `a.b` is also the member `b` of the claim `a`, as some providers nest roles. */
export const claimAt = (claims: JWTPayload, name: string): unknown => {
  if (Object.hasOwn(claims, name)) return claims[name];
  let at: unknown = claims;
  for (const part of name.split('.')) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, part)) return undefined;
    at = (at as { readonly [member: string]: unknown })[part];
  }
  return at;
};

/** The names of the client in a token: RFC 9068 and Cognito, OpenID Connect, Okta, Entra's first version. */
const clientClaims = ['client_id', 'azp', 'cid', 'appid'] as const;

/**
 * How providers mark a token that a program got for itself: the subject is the client (RFC 9068, Okta, Cognito, Hydra, oidc-provider; Auth0 with `@clients`), Entra's `idtyp`,
 * Auth0's `gty`, and what Keycloak writes for a service account.
 */
export const isMachine = (claims: JWTPayload): boolean => {
  const { sub, idtyp, gty, preferred_username: username } = claims;
  const clients = clientClaims.map((name) => claims[name]).filter((client) => typeof client === 'string');
  return (
    clients.some((client) => sub === client || sub === `${client}@clients`) ||
    (idtyp !== undefined && idtyp !== 'user') ||
    [gty].flat().includes('client-credentials') ||
    (typeof username === 'string' && username.startsWith('service-account-')) ||
    ['clientHost', 'clientAddress'].some((name) => claims[name] !== undefined)
  );
};

/**
 * What only the login of a person leaves in a token: when it was (`auth_time`) and by what means (`amr`), both of RFC 9068, and Entra's `idtyp`. Not among them is what
 * providers also write into a program's token: Keycloak `acr`, and `sid` where a service account has refresh tokens; `scope` with `openid`.
 */
const wasLoggedIn = ({ auth_time: at, amr, idtyp }: JWTPayload): boolean =>
  (typeof at === 'number' && at > 0) ||
  (Array.isArray(amr) && amr.some((method) => typeof method === 'string' && method !== '')) ||
  idtyp === 'user';

/** Whether a token has what the installation says only a person's has: a claim, or one of its values. */
const hasPersonClaim = (claims: JWTPayload, { name, value }: { name: string; value?: string }): boolean => {
  const found = claimAt(claims, name);
  return value === undefined
    ? found !== undefined && found !== null && found !== false && found !== ''
    : [found].flat().includes(value);
};

/**
 * Whose a provider's plain token is; undefined where nothing in it says so, for what nobody says is not known. A token with `act` (RFC 8693) is held by a program that acts for
 * somebody: it says nothing about a person who is there.
 */
export const plainKindOf = (claims: JWTPayload, { person }: ClaimNames): PrincipalKind | undefined => {
  if (isMachine(claims)) return 'service';
  if (claims['act'] !== undefined) return undefined;
  const isPerson = person === undefined ? wasLoggedIn(claims) : hasPersonClaim(claims, person);
  return isPerson ? 'person' : undefined;
};

/** A claim and its value as `INTERLOCK_PERSON_CLAIM` has them: `name`, or `name=value`; a name may itself be an address, whose query is no value. */
export const personClaimIn = (text: string): { readonly name: string; readonly value?: string } => {
  const at = text.lastIndexOf('=');
  return at < 1 ? { name: text } : { name: text.slice(0, at), value: text.slice(at + 1) };
};
