import type { FastifyRequest } from 'fastify';
import { ProblemError } from '@interlock/kernel';

import type { Caller } from './principal.js';
import { stateOf } from './request-state.js';
import type { TokenVerifier } from './token-verifier.js';

/** The bearer token of a request. Throws `unauthenticated` if there is none. */
export const bearerIn = (request: FastifyRequest): string => {
  const match = /^Bearer ([A-Za-z0-9._~+/=-]{1,8192})$/i.exec(request.raw.headers.authorization ?? '');
  if (match?.[1] === undefined) throw new ProblemError('unauthenticated', 'a bearer token is needed');
  return match[1];
};

/**
 * The identity in a request's token, verified once however often it is read. Throws what the
 * verifier throws.
 */
export const callerIn = (request: FastifyRequest, verify: TokenVerifier): Promise<Caller> =>
  (stateOf(request).caller ??= Promise.try(() => verify(bearerIn(request))));
