import type { JWTPayload } from 'jose';
import type { PrincipalKind } from '@interlock/contracts';

import type { ClaimNames } from '../base/context.js';

/**
 * Returns a claim by its name. `a.b` is also the member `b` of the claim `a`, because some
 * providers nest roles.
 */
export const claimAt = (claims: JWTPayload, name: string): unknown => {
  if (Object.hasOwn(claims, name)) return claims[name];
  let at: unknown = claims;
  for (const part of name.split('.')) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, part)) return undefined;
    at = (at as { readonly [member: string]: unknown })[part];
  }
  return at;
};

/**
 * The claims that name a token's client: RFC 9068 and Cognito, OpenID Connect, Okta, Entra's first
 * version.
 */
const clientClaims = ['client_id', 'azp', 'cid', 'appid'] as const;

/**
 * Returns true for a token that a program obtained for itself. Its subject is the client (RFC 9068,
 * Okta, Cognito, Hydra, oidc-provider; Auth0 with `@clients`). Others use Entra's `idtyp`, Auth0's
 * `gty`, and Keycloak's claims of a service account.
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
 * Returns true if a token has a claim that only a person's login leaves. These are its time
 * (`auth_time`) and its methods (`amr`), both of RFC 9068, and Entra's `idtyp`. Claims that
 * providers also write into a program's token do not count. Examples are Keycloak's `acr`, `sid` of
 * a service account with refresh tokens, and `scope` with `openid`.
 */
const wasLoggedIn = ({ auth_time: at, amr, idtyp }: JWTPayload): boolean =>
  (typeof at === 'number' && at > 0) ||
  (Array.isArray(amr) && amr.some((method) => typeof method === 'string' && method !== '')) ||
  idtyp === 'user';

/**
 * Returns true if a token has the claim, or its value, that the installation reserves for people.
 */
const hasPersonClaim = (claims: JWTPayload, { name, value }: { name: string; value?: string }): boolean => {
  const found = claimAt(claims, name);
  return value === undefined
    ? found !== undefined && found !== null && found !== false && found !== ''
    : [found].flat().includes(value);
};

/**
 * Returns the kind of a provider's plain token: a person's or a program's. Undefined if nothing in
 * it shows that. A token with `act` (RFC 8693) is held by a program that acts for somebody, so it
 * does not prove that a person is present.
 */
export const plainKindOf = (claims: JWTPayload, { person }: ClaimNames): PrincipalKind | undefined => {
  if (isMachine(claims)) return 'service';
  if (claims['act'] !== undefined) return undefined;
  const isPerson = person === undefined ? wasLoggedIn(claims) : hasPersonClaim(claims, person);
  return isPerson ? 'person' : undefined;
};

/**
 * Parses `INTERLOCK_PERSON_CLAIM`: `name`, or `name=value`. A name may itself be an address, whose
 * query is not a value.
 */
export const personClaimIn = (text: string): { readonly name: string; readonly value?: string } => {
  const at = text.lastIndexOf('=');
  return at < 1 ? { name: text } : { name: text.slice(0, at), value: text.slice(at + 1) };
};
