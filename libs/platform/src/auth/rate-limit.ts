import rateLimit, { normalizeIP } from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest, preHandlerAsyncHookHandler } from 'fastify';
import { ProblemError } from '@interlock/kernel';

import { callerIn } from './bearer.js';
import { callerKey } from '../request/principal.js';
import type { TokenVerifier } from './token-verifier.js';

/** Requests per minute from one principal or address, unless `INTERLOCK_RATE_LIMIT` is set. */
export const defaultRateLimit = 30_000;

/**
 * Returns the limit from the environment, in requests per minute. Throws `validation-failed` unless
 * it is a whole number of at least 1.
 */
export const rateLimitIn = (environment: { readonly [name: string]: string | undefined }): number => {
  const text = environment['INTERLOCK_RATE_LIMIT'];
  if (text === undefined || text === '') return defaultRateLimit;
  if (!/^[1-9]\d{0,8}$/.test(text)) {
    throw new ProblemError(
      'validation-failed',
      'INTERLOCK_RATE_LIMIT must be a whole number of requests a minute',
      { violations: [{ pointer: '/INTERLOCK_RATE_LIMIT', detail: 'must be a whole number ≥ 1' }] },
    );
  }
  return Number(text);
};

export type RateLimit = {
  /** Requests per minute. */
  readonly max: number;
  readonly verify: TokenVerifier;
  /** Requests that are not counted. */
  readonly exempt: (request: FastifyRequest) => boolean;
};

/**
 * Limits the routes that are added after it. A request with a valid token counts for its principal,
 * and every other request for its source address. So an invented token or another spelling of a
 * header opens no new count. Returns the same limit as a hook, for the handler of unknown
 * addresses.
 */
export const addRateLimit = async (
  fastify: FastifyInstance,
  { max, verify, exempt }: RateLimit,
): Promise<preHandlerAsyncHookHandler> => {
  await fastify.register(rateLimit, {
    max,
    timeWindow: 60_000,
    cache: 10_000,
    allowList: exempt,
    keyGenerator: (request) =>
      callerIn(request, verify).then(
        (caller) => `principal:${callerKey(caller)}`,
        () => `address:${normalizeIP(request.ip)}`,
      ),
    errorResponseBuilder: (_request, { ttl }) =>
      new ProblemError('rate-limited', 'too many requests', {
        members: { retry_after_s: Math.ceil(ttl / 1000) },
      }),
  });
  return fastify.rateLimit();
};
