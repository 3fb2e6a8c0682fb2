import { decodeJwt, importJWK, jwtVerify, type JWTPayload } from 'jose';
import { namePattern, tenantPattern, type AgentKey, type ProblemCode } from '@interlock/contracts';

/** The longest life of an assertion, in seconds. */
export const assertionS = 300;
const toleranceS = 5;

/** A refusal of the token endpoint: the OAuth error (RFC 6749, RFC 9449), and Interlock's code. */
export class TokenRefusal extends Error {
  constructor(
    readonly error: 'invalid_request' | 'invalid_client' | 'unsupported_grant_type' | 'invalid_dpop_proof',
    readonly code: ProblemCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

const wrongClient = (detail: string, cause?: unknown): TokenRefusal =>
  new TokenRefusal('invalid_client', 'unauthenticated', detail, { cause });

export type Client = { readonly tenantId: string; readonly name: string; readonly clientId: string };

/**
 * Returns the client that an assertion names. Nothing in it is verified yet. Throws TokenRefusal.
 */
export const clientIn = (assertion: string): Client => {
  let claims: JWTPayload;
  try {
    claims = decodeJwt(assertion);
  } catch (error) {
    throw wrongClient('the assertion is not a JWT', error);
  }
  const { iss: clientId = '' } = claims;
  const at = clientId.indexOf('.');
  const [tenantId, name] = [clientId.slice(0, at), clientId.slice(at + 1)];
  if (at < 1 || !tenantPattern.test(tenantId) || !namePattern.test(name))
    throw wrongClient('the assertion names no agent: `iss` must be `<tenant>.<name>`');
  return { tenantId, name, clientId };
};

/**
 * Verifies the assertion of a client (RFC 7523) with the client's key: signature, issuer, subject,
 * audience, and a life of at most five minutes. Returns its id. Throws TokenRefusal.
 */
export const verifyAssertion = async (
  assertion: string,
  { jwk }: AgentKey,
  { clientId }: Client,
  audience: readonly string[],
): Promise<string> => {
  const algorithms = jwk.crv === 'Ed25519' ? ['EdDSA', 'Ed25519'] : ['ES256'];
  const key = await importJWK(jwk, algorithms[0]);
  const { payload } = await jwtVerify(assertion, key, {
    algorithms,
    issuer: clientId,
    subject: clientId,
    audience: [...audience],
    requiredClaims: ['exp', 'jti'],
    clockTolerance: toleranceS,
  }).catch((error: unknown) => {
    throw wrongClient(
      `the assertion was not accepted: ${error instanceof Error ? error.message : 'it is invalid'}`,
      error,
    );
  });
  const { exp = 0, jti } = payload;
  if (exp > Date.now() / 1000 + assertionS + toleranceS)
    throw wrongClient(`the assertion must expire within ${assertionS} s`);
  if (typeof jti !== 'string' || jti === '' || jti.length > 256) throw wrongClient('the assertion has no id');
  return jti;
};
