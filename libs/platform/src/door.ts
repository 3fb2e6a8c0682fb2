import { createHash } from 'node:crypto';
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance } from 'fastify';
import type { Violation } from '@interlock/contracts';
import { ProblemError } from '@interlock/kernel';

import type { ServiceContext } from './context.js';
import { stateOf } from './request-state.js';
import { endStreams } from './sse.js';
import { namesNul, sealedLooking, unstorableText } from './storable-text.js';

/** Largest body, in bytes. */
export const bodyLimit = 256 * 1024;
/** Deepest nesting of a body. */
export const depthLimit = 64;
/** Requests a minute from one token or address, where `INTERLOCK_RATE_LIMIT` does not say otherwise. */
export const defaultRateLimit = 30_000;

const rateLimitOf = (environment: ServiceContext['environment']): number => {
  const text = environment.INTERLOCK_RATE_LIMIT;
  if (text === undefined || text === '') return defaultRateLimit;
  if (!/^[1-9]\d{0,8}$/.test(text)) {
    throw new ProblemError('validation-failed', 'INTERLOCK_RATE_LIMIT must be a whole number of requests a minute', { violations: [{ pointer: '/INTERLOCK_RATE_LIMIT', detail: 'must be a whole number ≥ 1' }] });
  }
  return Number(text);
};

/** True where a value nests deeper than `limit`; walks level by level, for what is too deep would overflow a recursion. */
export const isDeeperThan = (value: unknown, limit: number): boolean => {
  const isNested = (member: unknown): member is object => typeof member === 'object' && member !== null;
  let level: readonly object[] = [value].filter(isNested);
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth >= limit) return true;
    level = level.flatMap((each) => Object.values(each).filter(isNested));
  }
  return false;
};

/** What no route takes: NUL in the address, a body that nests too deep or holds text that can not be stored. */
const refusalOf = (url: string, body: unknown): ProblemError | undefined => {
  const refuse = (detail: string, violations: readonly Violation[]): ProblemError => new ProblemError('validation-failed', detail, { violations });
  if (namesNul(url)) return refuse('the address holds NUL', [{ pointer: '/url', detail: 'must not hold `%00`' }]);
  if (isDeeperThan(body, depthLimit)) return refuse('the body nests too deep', [{ pointer: '', detail: `must not nest deeper than ${depthLimit}` }]);
  const unstorable = unstorableText(body);
  if (unstorable.length > 0) return refuse('the body holds text that can not be stored', unstorable);
  const sealed = sealedLooking(body);
  return sealed.length === 0 ? undefined : refuse('the body holds text that was sealed for a person', sealed);
};

/** What stands before every route: body rules, rate limit, `OPTIONS`, and the end of streams when the service stops. */
export const addDoor = async (fastify: FastifyInstance, environment: ServiceContext['environment']): Promise<void> => {
  fastify.removeContentTypeParser(['text/plain', 'application/json']);
  const parse = fastify.getDefaultJsonParser('error', 'error');
  fastify.addContentTypeParser('application/json', { parseAs: 'string' }, (request, text, done) => {
    stateOf(request).bodyText = text as string;
    void parse(request, text as string, done);
  });
  fastify.addHook('onRequest', (request, _reply, next) => {
    const { headers } = request.raw;
    // Many clients name a media type without sending anything.
    if (headers['transfer-encoding'] === undefined && (headers['content-length'] ?? '0') === '0') delete headers['content-type'];
    next();
  });
  fastify.addHook('preValidation', (request, _reply, next) => {
    next(refusalOf(request.url, request.body));
  });
  // What is shown now may be erased later: nobody on the way keeps it unless a route says so.
  fastify.addHook('onSend', (_request, reply, _payload, next) => {
    if (!reply.hasHeader('cache-control')) void reply.header('cache-control', 'no-store');
    next();
  });
  fastify.addHook('preClose', (done) => {
    endStreams(fastify.server);
    done();
  });
  await fastify.register(rateLimit, {
    max: rateLimitOf(environment), timeWindow: 60_000, cache: 10_000,
    allowList: (request) => /^\/(?:health\/|metrics$)/.test(request.url),
    keyGenerator: (request) => {
      const { authorization } = request.headers;
      return authorization === undefined ? request.ip : createHash('sha256').update(authorization).digest('base64');
    },
    errorResponseBuilder: (_request, { ttl }) => new ProblemError('rate-limited', 'too many requests', { members: { retry_after_s: Math.ceil(ttl / 1000) } }),
  });
  fastify.options('/*', { config: { rateLimit: false } }, (_request, reply) => { void reply.status(204).send(); });
};
