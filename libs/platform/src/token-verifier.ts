import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  jwtVerify,
  type JSONWebKeySet,
  type JWTVerifyGetKey,
} from 'jose';
import { isProblem, ProblemError } from '@interlock/kernel';

import type { AuthSettings } from './context.js';
import type { Caller } from './principal.js';
import { callerOf, refuse } from './token-claims.js';

/**
 * The identity in a token. Throws `unauthenticated`, `token-expired`, and `service-unreachable` if
 * the keys are not available.
 */
export type TokenVerifier = (token: string) => Promise<Caller>;

const keysOf = (settings: AuthSettings): JWTVerifyGetKey =>
  'url' in settings.jwks
    ? createRemoteJWKSet(new URL(settings.jwks.url), { timeoutDuration: 3000, cooldownDuration: 5000 })
    : createLocalJWKSet({ keys: [...settings.jwks.keys] } as JSONWebKeySet);

/**
 * Verifies signature (EdDSA, RS256 only), issuer, audience and expiry, and reads the claims. Looks
 * up no person.
 */
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
      return callerOf(payload, settings.claims);
    } catch (error) {
      if (isProblem(error)) throw error;
      if (error instanceof errors.JWTExpired)
        throw new ProblemError('token-expired', 'the token has expired', { cause: error });
      const ofToken =
        error instanceof errors.JOSEError &&
        !(error instanceof errors.JWKSTimeout) &&
        error.code !== 'ERR_JOSE_GENERIC';
      if (ofToken) throw refuse('the token was not accepted', { cause: error });
      throw new ProblemError('service-unreachable', 'the keys of the token issuer could not be read', {
        members: { service: 'token-issuer' },
        cause: error,
      });
    }
  };
};
