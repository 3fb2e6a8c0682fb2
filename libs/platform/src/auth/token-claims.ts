import type { JWTPayload } from 'jose';
import {
  agentPrefix,
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
import { ProblemError, isTexts } from '@interlock/kernel';

import type { ClaimNames } from '../base/context.js';
import type { Caller } from '../request/principal.js';
import { claimAt, isMachine, plainKindOf } from './token-kind.js';

/**
 * The prefixes of offline keys and of registered agents. No subject of the issuer's tokens may have
 * them.
 */
const reserved = [breakGlassPrefix, agentPrefix];

const isTenant = (value: unknown): value is string =>
  typeof value === 'string' && (value === systemTenant || tenantPattern.test(value));
/** Returns the fault of a token as a problem. */
export const refuse = (
  detail: string,
  more: { readonly cause?: unknown; readonly remedy?: string } = {},
): ProblemError => new ProblemError('unauthenticated', detail, more);

const strings = (value: unknown, claim: string): readonly string[] => {
  if (value === undefined) return [];
  if (!isTexts(value)) throw refuse(`the token's claim \`${claim}\` is not a list of texts`);
  return value;
};

/**
 * The last second that a time in a token may name: 9999-12-31T23:59:59Z. A later time is not an
 * expiry.
 */
const lastSecond = 253_402_300_799;

/** Refuses a token with a time that is not a number of seconds that a calendar can represent. */
const refuseTimes = (claims: JWTPayload): void => {
  for (const claim of ['exp', 'nbf', 'iat'] as const) {
    const at: unknown = claims[claim];
    if (at === undefined && claim !== 'exp') continue;
    if (typeof at !== 'number' || !(at >= 0 && at <= lastSecond))
      throw refuse(`the token's claim \`${claim}\` is not a time`);
  }
};

/**
 * Returns the valid roles in a token; empty if the provider's claim is not configured. Throws
 * `unauthenticated` if the claim is not a list.
 */
export const rolesIn = (claims: JWTPayload, names: ClaimNames | undefined): readonly Role[] => {
  if (names === undefined) return [];
  const value = claimAt(claims, names.roles);
  return rolesNamed(strings(typeof value === 'string' ? value.split(' ') : value, names.roles));
};

/**
 * Returns the kind of a token. A token without its own `principal_kind` is a provider's. If it does
 * not show its kind, it is refused, so that no program passes for a person. A program's token that
 * claims to be a person's is refused too, e.g. if an issuer writes one claim into every token.
 */
const kindOf = (claims: JWTPayload, names: ClaimNames | undefined): PrincipalKind => {
  const { principal_kind: kind } = claims;
  if (kind === 'service' || (kind === 'person' && !isMachine(claims))) return kind;
  const plain = kind !== undefined || names === undefined ? undefined : plainKindOf(claims, names);
  if (plain === undefined)
    throw refuse("the token does not say whether it is a person's or a service's", {
      remedy:
        'let the issuer write `principal_kind`, or the time of the login (`auth_time`), or name the claim that only people have (`INTERLOCK_PERSON_CLAIM`)',
    });
  return plain;
};

/**
 * Returns the identity in the claims of a verified token. If the provider's roles are configured, a
 * person's permissions come from these alone, because a client can request any scopes. A token with
 * its own `principal_kind` was made for Interlock, so its `scope` counts too. Throws
 * `unauthenticated`.
 */
export const callerOf = (claims: JWTPayload, names?: ClaimNames): Caller => {
  refuseTimes(claims);
  const { sub, scope } = claims;
  if (typeof sub !== 'string' || sub === '' || sub.length > 256) throw refuse('the token names no subject');
  const tenantClaim = names?.tenant ?? 'tenant';
  const tenant = claimAt(claims, tenantClaim);
  if (!isTenant(tenant))
    throw refuse('the token names no tenant', {
      remedy: `let the issuer write the tenant into the claim \`${tenantClaim}\``,
    });
  const kind = kindOf(claims, names);
  if (scope !== undefined && typeof scope !== 'string') throw refuse("the token's claim `scope` is not text");
  const others = strings(claims.tenants, 'tenants');
  if (!others.every(isTenant)) throw refuse("the token's claim `tenants` names no tenants");
  // Half a surrogate pair is not a character. Encoders replace it, so that two subjects would
  // become one.
  if (!sub.isWellFormed()) throw refuse("the token's subject is not well-formed Unicode");
  if (kind === 'service' && (!namePattern.test(sub) || reserved.some((prefix) => sub.startsWith(prefix))))
    throw refuse("the subject of a service's token is not a name");
  const holds = kind === 'service' || claims.principal_kind !== undefined;
  const roles = rolesIn(claims, names);
  const named = new Set<string>([...(holds ? (scope ?? '').split(' ') : []), ...scopesOfRoles(roles)]);
  return {
    tenant_id: tenant,
    tenants: [...new Set([tenant, ...others])],
    subject: sub,
    kind,
    scopes: knownScopes.filter((known): known is Scope => named.has(known)),
    roles: roles.length > 0 || !holds ? roles : rolesNamed(strings(claims.held_roles, 'held_roles')),
    teams: strings(claims.teams, 'teams'),
  };
};
