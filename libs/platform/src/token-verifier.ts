import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  jwtVerify,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyGetKey,
} from 'jose';
import {
  namePattern,
  scopes as knownScopes,
  systemTenant,
  tenantPattern,
  type Scope,
} from '@interlock/contracts';
import { isProblem, ProblemError } from '@interlock/kernel';

import type { AuthSettings } from './context.js';
import type { Caller } from './principal.js';

/** Who a token names. Throws `unauthenticated`, `token-expired`, and `service-unreachable` where the keys could not be had. */
export type TokenVerifier = (token: string) => Promise<Caller>;

const keysOf = (settings: AuthSettings): JWTVerifyGetKey =>
  'url' in settings.jwks
    ? createRemoteJWKSet(new URL(settings.jwks.url), { timeoutDuration: 3000, cooldownDuration: 5000 })
    : createLocalJWKSet({ keys: [...settings.jwks.keys] } as JSONWebKeySet);

const isTenant = (value: unknown): value is string =>
  typeof value === 'string' && (value === systemTenant || tenantPattern.test(value));
const refuse = (detail: string, cause?: unknown): ProblemError =>
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

const callerOf = (claims: JWTPayload): Caller => {
  refuseTimes(claims);
  const { sub, tenant, scope, principal_kind: kind } = claims;
  if (typeof sub !== 'string' || sub === '' || sub.length > 256) throw refuse('the token names no subject');
  if (!isTenant(tenant)) throw refuse('the token names no tenant');
  if (kind !== 'person' && kind !== 'service')
    throw refuse("the token does not say whether it is a person's or a service's");
  if (scope !== undefined && typeof scope !== 'string') throw refuse("the token's claim `scope` is no text");
  const others = strings(claims.tenants, 'tenants');
  if (!others.every(isTenant)) throw refuse("the token's claim `tenants` names no tenants");
  if (kind === 'service' && !namePattern.test(sub))
    throw refuse("the subject of a service's token is no name");
  const named = new Set((scope ?? '').split(' '));
  return {
    tenant_id: tenant,
    tenants: [...new Set([tenant, ...others])],
    subject: sub,
    kind,
    scopes: knownScopes.filter((known): known is Scope => named.has(known)),
    teams: strings(claims.teams, 'teams'),
  };
};

/** Verifies signature (EdDSA, RS256 only), issuer, audience and expiry, and reads the claims. Nobody is looked up. */
export const createTokenVerifier = (settings: AuthSettings): TokenVerifier => {
  const keys = keysOf(settings);
  return async (token) => {
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer: settings.issuer,
        audience: settings.audience,
        algorithms: ['EdDSA', 'Ed25519', 'RS256'],
        requiredClaims: ['exp', 'sub'],
        clockTolerance: 5,
      });
      return callerOf(payload);
    } catch (error) {
      if (isProblem(error)) throw error;
      if (error instanceof errors.JWTExpired)
        throw new ProblemError('token-expired', 'the token has expired', { cause: error });
      const ofToken =
        error instanceof errors.JOSEError &&
        !(error instanceof errors.JWKSTimeout) &&
        error.code !== 'ERR_JOSE_GENERIC';
      if (ofToken) throw refuse('the token was not accepted', error);
      throw new ProblemError('service-unreachable', 'the keys of the token issuer could not be read', {
        members: { service: 'token-issuer' },
        cause: error,
      });
    }
  };
};
