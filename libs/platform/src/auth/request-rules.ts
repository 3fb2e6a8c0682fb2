import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ProblemError } from '@interlock/kernel';

import type { ServiceContext } from '../base/context.js';
import { answersFaults } from '../openapi/decorators.js';
import { readInput, readInputLines, refusedInput, refusedMembers } from '../input/input.js';
import { addRateLimit, rateLimitIn } from './rate-limit.js';
import { stateOf } from '../request/request-state.js';
import { endStreams } from '../request/sse.js';
import { namesNul } from '../input/storable-text.js';
import type { TokenVerifier } from './token-verifier.js';

/** Largest body, in bytes. */
export const bodyLimit = 256 * 1024;
/**
 * Returns the refusal of a body that is not in the one supported encoding: UTF-8, not compressed.
 */
const refusalOfEncoding = ({ headers }: FastifyRequest['raw']): ProblemError | undefined => {
  const encoding = headers['content-encoding']?.trim().toLowerCase();
  if (encoding !== undefined && encoding !== '' && encoding !== 'identity') {
    return new ProblemError(
      'unsupported-media-type',
      'the body must not be compressed: `Content-Encoding` is not taken',
    );
  }
  const [, charset] = /;\s*charset\s*=\s*"?([^";]*)/i.exec(headers['content-type'] ?? '') ?? [];
  return charset === undefined || /^\s*utf-?8\s*$/i.test(charset)
    ? undefined
    : new ProblemError('unsupported-media-type', 'the body must be in UTF-8: no other `charset` is taken');
};

/**
 * Refuses what no route accepts: NUL or a forbidden name in the address, and a faulty body, unless
 * the route handles body faults itself.
 */
const refusalOf = (request: FastifyRequest): ProblemError | undefined => {
  if (namesNul(request.url))
    return refusedInput('the address', [{ pointer: '/url', detail: 'must not hold `%00`' }]);
  const query = refusedMembers(request.query);
  if (query.length > 0) return refusedInput('the query', query);
  const { bodyFaults } = stateOf(request);
  return bodyFaults.length === 0 || answersFaults(request) ? undefined : refusedInput('the body', bodyFaults);
};

/** Reads the bodies of a media type, and keeps their faults for the route's validation. */
const takeBodies = (
  fastify: FastifyInstance,
  mediaType: string,
  read: (bytes: Buffer) => { readonly body: unknown; readonly state: object },
): void => {
  fastify.addContentTypeParser(mediaType, { parseAs: 'buffer' }, (request, bytes, done) => {
    try {
      const { body, state } = read(bytes as Buffer);
      Object.assign(stateOf(request), state);
      done(null, body);
    } catch (error) {
      done(error as Error);
    }
  });
};

/**
 * Takes bodies of NDJSON under the rules of JSON bodies. Routes get them as a text, whose lines may
 * not be JSON.
 */
export const takeLines = (fastify: FastifyInstance): void => {
  takeBodies(fastify, 'application/x-ndjson', (bytes) => {
    const { text, faults } = readInputLines(bytes);
    return { body: text, state: { bodyFaults: faults } };
  });
};

/**
 * Runs before every route: body rules, rate limit, `OPTIONS`, and the end of streams when the
 * service stops.
 */
export const addRequestRules = async (
  fastify: FastifyInstance,
  environment: ServiceContext['environment'],
  verify: TokenVerifier,
): Promise<void> => {
  fastify.removeContentTypeParser(['text/plain', 'application/json']);
  takeBodies(fastify, 'application/json', (bytes) => {
    const { text, value, faults } = readInput(bytes);
    return { body: value, state: { bodyText: text, bodyFaults: faults } };
  });
  fastify.addHook('onRequest', (request, _reply, next) => {
    const { headers } = request.raw;
    const isEmpty = headers['transfer-encoding'] === undefined && (headers['content-length'] ?? '0') === '0';
    // Many clients name a media type without sending a body.
    if (isEmpty) delete headers['content-type'];
    next(isEmpty ? undefined : refusalOfEncoding(request.raw));
  });
  fastify.addHook('preValidation', (request, _reply, next) => next(refusalOf(request)));
  // A person's text may be erased later, so caches must not keep an answer unless its route allows
  // it.
  fastify.addHook('onSend', (_request, reply, _payload, next) => {
    if (!reply.hasHeader('cache-control')) void reply.header('cache-control', 'no-store');
    next();
  });
  fastify.addHook('preClose', (done) => {
    endStreams(fastify.server);
    done();
  });
  await addRateLimit(fastify, {
    max: rateLimitIn(environment),
    verify,
    exempt: (request) => request.url.startsWith('/health/'),
  });
  fastify.options('/*', { config: { rateLimit: false } }, (_request, reply) => {
    void reply.status(204).send();
  });
};
