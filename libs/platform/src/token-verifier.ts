import { createLocalJWKSet, createRemoteJWKSet, errors, jwtVerify, type JSONWebKeySet, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import { actorKey, namePattern, scopes as knownScopes, systemTenant, tenantPattern, type Actor, type Scope } from '@interlock/contracts';
import { isProblem, ProblemError } from '@interlock/kernel';

import type { AuthSettings } from './context.js';
import type { Principal } from './principal.js';

/**
 * A token as its principal. Throws `unauthenticated`, `token-expired`, `service-unreachable` where the keys could not be had, and `database-unavailable`
 * where a person is not known yet and cannot be looked up.
 */
export type TokenVerifier = (token: string) => Promise<Principal>;

const keysOf = (settings: AuthSettings): JWTVerifyGetKey =>
  'url' in settings.jwks
    ? createRemoteJWKSet(new URL(settings.jwks.url), { timeoutDuration: 3000, cooldownDuration: 5000 })
    : createLocalJWKSet({ keys: [...settings.jwks.keys] } as JSONWebKeySet);

const isTenant = (value: unknown): value is string => typeof value === 'string' && (value === systemTenant || tenantPattern.test(value));
const refuse = (detail: string, cause?: unknown): ProblemError => new ProblemError('unauthenticated', detail, { cause });

const strings = (value: unknown, claim: string): readonly string[] => {
  if (value === undefined) return [];
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) throw refuse(`the token's claim \`${claim}\` is no list of texts`);
  return value as string[];
};

/** What a token says, before anyone is looked up. */
type Claims = Omit<Principal, 'person_id' | 'actor' | 'requester' | 'people'>;

const claimsOf = (claims: JWTPayload): Claims => {
  const { sub, tenant, scope, principal_kind: kind } = claims;
  if (typeof sub !== 'string' || sub === '' || sub.length > 256) throw refuse('the token names no subject');
  if (!isTenant(tenant)) throw refuse('the token names no tenant');
  if (kind !== 'person' && kind !== 'service') throw refuse('the token does not say whether it is a person\'s or a service\'s');
  if (scope !== undefined && typeof scope !== 'string') throw refuse('the token\'s claim `scope` is no text');
  const others = strings(claims.tenants, 'tenants');
  if (!others.every(isTenant)) throw refuse('the token\'s claim `tenants` names no tenants');
  if (kind === 'service' && !namePattern.test(sub)) throw refuse('the subject of a service\'s token is no name');
  const named = new Set((scope ?? '').split(' '));
  return {
    tenant_id: tenant, tenants: [...new Set([tenant, ...others])], subject: sub, kind,
    scopes: knownScopes.filter((known): known is Scope => named.has(known)), teams: strings(claims.teams, 'teams'),
  };
};

const principalOf = async (claims: Claims, people: Principal['people']): Promise<Principal> => {
  const actor: Actor = claims.kind === 'person' ? { kind: 'person', person_id: await people.idOf(claims.tenant_id, claims.subject) } : { kind: 'service', service: claims.subject };
  return { ...claims, person_id: actor.kind === 'person' ? actor.person_id : null, actor, requester: actorKey(actor), people };
};

/** Verifies signature (EdDSA, RS256 only), issuer, audience and expiry, reads the claims, and finds out who a person is. A service's token is looked up nowhere. */
export const createTokenVerifier = (settings: AuthSettings, people: Principal['people']): TokenVerifier => {
  const keys = keysOf(settings);
  const verified = async (token: string): Promise<Claims> => {
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer: settings.issuer, audience: settings.audience, algorithms: ['EdDSA', 'Ed25519', 'RS256'], requiredClaims: ['exp', 'sub'], clockTolerance: 5,
      });
      return claimsOf(payload);
    } catch (error) {
      if (isProblem(error)) throw error;
      if (error instanceof errors.JWTExpired) throw new ProblemError('token-expired', 'the token has expired', { cause: error });
      const ofToken = error instanceof errors.JOSEError && !(error instanceof errors.JWKSTimeout) && error.code !== 'ERR_JOSE_GENERIC';
      if (ofToken) throw refuse('the token was not accepted', error);
      throw new ProblemError('service-unreachable', 'the keys of the token issuer could not be read', { members: { service: 'token-issuer' }, cause: error });
    }
  };
  return async (token) => principalOf(await verified(token), people);
};
