import {
  createLocalJWKSet,
  createRemoteJWKSet,
  decodeJwt,
  errors,
  jwtVerify,
  type JSONWebKeySet,
  type JWTVerifyGetKey,
} from 'jose';
import { isProblem, ProblemError, type EventStore } from '@interlock/kernel';

import { AgentRegistry } from './agent-registry.js';
import { createAgentTokenVerifier, type AgentTokenVerifier, type Presented } from './agent-tokens.js';
import type { AuthSettings } from '../base/context.js';
import type { Caller } from '../request/principal.js';
import { callerOf, refuse } from './token-claims.js';

/**
 * Returns the identity in a token. The token of an agent also needs the presented proof. Throws
 * `unauthenticated`, `token-expired`, or `service-unreachable` if the keys are not available. For
 * an agent, it also throws `proof-invalid`, `credential-revoked` and `not-current`.
 */
export type TokenVerifier = (token: string, presented?: Presented) => Promise<Caller>;

const keysOf = (jwks: AuthSettings['jwks']): JWTVerifyGetKey =>
  'url' in jwks
    ? createRemoteJWKSet(new URL(jwks.url), { timeoutDuration: 3000, cooldownDuration: 5000 })
    : createLocalJWKSet({ keys: [...jwks.keys] } as JSONWebKeySet);

const agentsOf = (
  { agents, audience }: AuthSettings,
  store: EventStore | undefined,
): AgentTokenVerifier | undefined =>
  agents === undefined || store === undefined
    ? undefined
    : createAgentTokenVerifier({
        issuer: agents.issuer,
        audience,
        keys: keysOf(agents.jwks),
        registry: new AgentRegistry(store),
      });

/** The algorithms with which an identity provider may sign tokens. */
export const tokenAlgorithms: readonly string[] = ['EdDSA', 'Ed25519', 'RS256'];

/**
 * Returns why a token was not accepted. Its claims are checked after its signature, so the values
 * that they must have are told to holders of the issuer's tokens only.
 */
const reasonOf = (error: errors.JOSEError, { issuer, audience }: AuthSettings): string => {
  if (error instanceof errors.JWTClaimValidationFailed)
    switch (error.claim) {
      case 'aud':
        return `it is for another audience than \`${audience}\``;
      case 'iss':
        return `it is from another issuer than \`${issuer}\``;
      case 'nbf':
        return 'it is not valid yet';
      default:
        return `its claim \`${error.claim}\` is ${error.reason === 'missing' ? 'missing' : 'wrong'}`;
    }
  if (error instanceof errors.JWSSignatureVerificationFailed || error instanceof errors.JWKSNoMatchingKey)
    return 'it is signed by none of the keys of the issuer';
  if (error instanceof errors.JOSEAlgNotAllowed) return 'it must be signed with EdDSA or RS256';
  return 'it is not a signed JWT';
};

/** Returns the issuer that a token names, before anything in it is verified. */
const issuerIn = (token: string): string | undefined => {
  try {
    return decodeJwt(token).iss;
  } catch {
    return undefined;
  }
};

/**
 * Creates a verifier of signature (only EdDSA or RS256), issuer, audience and expiry that reads the
 * claims. It looks up no person. The store is the log, which says which agents are registered;
 * without it, agents' tokens are refused.
 */
export const createTokenVerifier = (settings: AuthSettings, store?: EventStore): TokenVerifier => {
  const keys = keysOf(settings.jwks);
  const ofAgent = agentsOf(settings, store);
  const plain = async (token: string, presented: Presented | undefined): Promise<Caller> => {
    if (presented?.scheme === 'DPoP') throw refuse('a bearer token is needed');
    const { payload } = await jwtVerify(token, keys, {
      issuer: settings.issuer,
      audience: settings.audience,
      algorithms: [...tokenAlgorithms],
      requiredClaims: ['exp', 'sub'],
      clockTolerance: 5,
    });
    return callerOf(payload, settings.claims);
  };
  return async (token, presented) => {
    try {
      return await (ofAgent !== undefined && issuerIn(token) === settings.agents?.issuer
        ? ofAgent(token, presented)
        : plain(token, presented));
    } catch (error) {
      if (isProblem(error)) throw error;
      if (error instanceof errors.JWTExpired)
        throw new ProblemError('token-expired', 'the token has expired', { cause: error });
      const ofToken =
        error instanceof errors.JOSEError &&
        !(error instanceof errors.JWKSTimeout) &&
        error.code !== 'ERR_JOSE_GENERIC';
      if (ofToken) throw refuse(`the token was not accepted: ${reasonOf(error, settings)}`, { cause: error });
      throw new ProblemError('service-unreachable', 'the keys of the token issuer could not be read', {
        members: { service: 'token-issuer' },
        cause: error,
      });
    }
  };
};
