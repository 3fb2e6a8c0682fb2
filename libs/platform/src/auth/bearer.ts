import type { FastifyRequest } from 'fastify';
import { ProblemError } from '@interlock/kernel';

import type { Presented } from './agent-tokens.js';
import type { Caller } from '../request/principal.js';
import { stateOf } from '../request/request-state.js';
import type { TokenVerifier } from './token-verifier.js';

const tokenIn = ({
  raw,
}: FastifyRequest): { readonly scheme: Presented['scheme']; readonly token: string } => {
  const match = /^(Bearer|DPoP) ([A-Za-z0-9._~+/=-]{1,8192})$/i.exec(raw.headers.authorization ?? '');
  const [, scheme, token] = match ?? [];
  if (scheme === undefined || token === undefined)
    throw new ProblemError('unauthenticated', 'a bearer token is needed');
  return { scheme: scheme.toLowerCase() === 'dpop' ? 'DPoP' : 'Bearer', token };
};

/** Returns the token of a request. Throws `unauthenticated` if there is none. */
export const bearerIn = (request: FastifyRequest): string => tokenIn(request).token;

const presentedIn = (request: FastifyRequest): { readonly token: string; readonly presented: Presented } => {
  const { scheme, token } = tokenIn(request);
  const { method = '', url: path = '/', headers } = request.raw;
  const proof = headers['dpop'];
  return { token, presented: { scheme, method, path, proof: typeof proof === 'string' ? proof : undefined } };
};

/**
 * Returns the identity in a request's token. It is verified only once per request. Throws what the
 * verifier throws.
 */
export const callerIn = (request: FastifyRequest, verify: TokenVerifier): Promise<Caller> =>
  (stateOf(request).caller ??= Promise.try(() => {
    const { token, presented } = presentedIn(request);
    return verify(token, presented);
  }));

/**
 * Returns whether the token of an accepted request that is still open gives the same scopes as
 * before. It does not after its expiry, or the revocation of its credential.
 */
export const isStillAllowed = async (
  request: FastifyRequest,
  verify: TokenVerifier,
  { scopes }: Pick<Caller, 'scopes'>,
): Promise<boolean> => {
  try {
    const { token, presented } = presentedIn(request);
    const now = await verify(token, { ...presented, accepted: true });
    return scopes.every((scope) => now.scopes.includes(scope));
  } catch {
    return false;
  }
};
