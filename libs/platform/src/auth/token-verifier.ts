import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  decodeJwt,
  errors,
  jwtVerify,
  type FetchImplementation,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
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

const largestJwks = 1_048_576;
/** Fetches keys, at most 1 MiB. */
const boundedFetch: FetchImplementation = async (url, options) => {
  const { body, status } = await fetch(url, options);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.length;
    if (size > largestJwks) throw new Error(`the keys have more than ${largestJwks} bytes`);
    chunks.push(chunk);
  }
  return new Response(status === 200 ? Buffer.concat(chunks) : null, { status });
};

const keysOf = (jwks: AuthSettings['jwks']): JWTVerifyGetKey =>
  'url' in jwks
    ? createRemoteJWKSet(new URL(jwks.url), {
        timeoutDuration: 3000,
        cooldownDuration: 5000,
        [customFetch]: boundedFetch,
      })
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
 * Verifies a token. A provider may have several keys that fit it: of one id, or where the token
 * names none. Then each of them is tried. Throws jose's errors.
 */
const verified = async (
  token: string,
  keys: JWTVerifyGetKey,
  options: JWTVerifyOptions,
): Promise<JWTPayload> => {
  try {
    return (await jwtVerify(token, keys, options)).payload;
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    for await (const key of error)
      try {
        return (await jwtVerify(token, key, options)).payload;
      } catch (cause) {
        if (!(cause instanceof errors.JWSSignatureVerificationFailed)) throw cause;
      }
    throw new errors.JWSSignatureVerificationFailed();
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
    const claims = await verified(token, keys, {
      issuer: settings.issuer,
      audience: settings.audience,
      algorithms: [...tokenAlgorithms],
      requiredClaims: ['exp', 'sub'],
      clockTolerance: 5,
    });
    return callerOf(claims, settings.claims);
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
        !(error instanceof errors.JWKSInvalid) &&
        error.code !== 'ERR_JOSE_GENERIC';
      if (ofToken) throw refuse(`the token was not accepted: ${reasonOf(error, settings)}`, { cause: error });
      throw new ProblemError('service-unreachable', 'the keys of the token issuer could not be read', {
        members: { service: 'token-issuer' },
        cause: error,
      });
    }
  };
};
