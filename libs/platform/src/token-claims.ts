import type { JWTPayload } from 'jose';
import {
  breakGlassPrefix,
  namePattern,
  rolesNamed,
  scopes as knownScopes,
  scopesOfRoles,
  systemTenant,
  tenantPattern,
  type PrincipalKind,
  type Role,
  type Scope,
} from '@interlock/contracts';
import { ProblemError } from '@interlock/kernel';

import type { ClaimNames } from './context.js';
import type { Caller } from './principal.js';

const isTenant = (value: unknown): value is string =>
  typeof value === 'string' && (value === systemTenant || tenantPattern.test(value));
export const refuse = (detail: string, cause?: unknown): ProblemError =>
  new ProblemError('unauthenticated', detail, { cause });

const strings = (value: unknown, claim: string): readonly string[] => {
  if (value === undefined) return [];
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string'))
    throw refuse(`the token's claim \`${claim}\` is no list of texts`);
  return value as string[];
};

/** The last second that a time in a token may name: 9999-12-31T23:59:59Z. What lies behind it is no expiry. */
const lastSecond = 253_402_300_799;

/** A time in a token is a number of seconds that a calendar has. */
const refuseTimes = (claims: JWTPayload): void => {
  for (const claim of ['exp', 'nbf', 'iat'] as const) {
    const at: unknown = claims[claim];
    if (at === undefined && claim !== 'exp') continue;
    if (typeof at !== 'number' || !(at >= 0 && at <= lastSecond))
      throw refuse(`the token's claim \`${claim}\` is no time`);
  }
};

/** A claim by its name; `a.b` is also the member `b` of the claim `a`, as some providers nest roles. */
const claimAt = (claims: JWTPayload, name: string): unknown => {
  if (Object.hasOwn(claims, name)) return claims[name];
  let at: unknown = claims;
  for (const part of name.split('.')) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, part)) return undefined;
    at = (at as { readonly [member: string]: unknown })[part];
  }
  return at;
};

/** The roles that a token names, those that are none left out; empty where the provider's claim is not configured. Throws `unauthenticated` for a claim that is no list. */
export const rolesIn = (claims: JWTPayload, names: ClaimNames | undefined): readonly Role[] => {
  if (names === undefined) return [];
  const value = claimAt(claims, names.roles);
  return rolesNamed(strings(typeof value === 'string' ? value.split(' ') : value, names.roles));
};

/** How providers mark a token that a program got for itself: RFC 9068, Entra, Auth0, Keycloak, in this order. */
const isMachine = ({ sub, client_id: client, azp, ...claims }: JWTPayload): boolean =>
  sub === client ||
  sub === azp ||
  claims['idtyp'] === 'app' ||
  claims['gty'] === 'client-credentials' ||
  (typeof claims['preferred_username'] === 'string' &&
    claims['preferred_username'].startsWith('service-account-'));

/** A provider's plain token is a person's, unless it is a program's own. A provider that marks these in none of the known ways has to say `principal_kind`. */
const kindOf = (claims: JWTPayload, names: ClaimNames | undefined): PrincipalKind => {
  const { principal_kind: kind } = claims;
  if (kind === 'person' || kind === 'service') return kind;
  if (kind !== undefined || names === undefined)
    throw refuse("the token does not say whether it is a person's or a service's");
  return isMachine(claims) ? 'service' : 'person';
};

/**
 * Who the claims of a verified token name. Where the provider's roles are configured, what a person may do comes from these alone, for a client can ask for scopes
 * as it likes; a token that itself says `principal_kind` is one that was made for Interlock, and its `scope` holds too. Throws `unauthenticated`.
 */
export const callerOf = (claims: JWTPayload, names?: ClaimNames): Caller => {
  refuseTimes(claims);
  const { sub, scope } = claims;
  if (typeof sub !== 'string' || sub === '' || sub.length > 256) throw refuse('the token names no subject');
  const tenant = claimAt(claims, names?.tenant ?? 'tenant');
  if (!isTenant(tenant)) throw refuse('the token names no tenant');
  const kind = kindOf(claims, names);
  if (scope !== undefined && typeof scope !== 'string') throw refuse("the token's claim `scope` is no text");
  const others = strings(claims.tenants, 'tenants');
  if (!others.every(isTenant)) throw refuse("the token's claim `tenants` names no tenants");
  if (kind === 'service' && (!namePattern.test(sub) || sub.startsWith(breakGlassPrefix)))
    throw refuse("the subject of a service's token is no name");
  const holds = kind === 'service' || claims.principal_kind !== undefined;
  const named = new Set<string>([
    ...(holds ? (scope ?? '').split(' ') : []),
    ...scopesOfRoles(rolesIn(claims, names)),
  ]);
  return {
    tenant_id: tenant,
    tenants: [...new Set([tenant, ...others])],
    subject: sub,
    kind,
    scopes: knownScopes.filter((known): known is Scope => named.has(known)),
    teams: strings(claims.teams, 'teams'),
  };
};
