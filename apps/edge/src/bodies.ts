import { Readable } from 'node:stream';
import { bodyLimit } from '@interlock/platform';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

const drainLimit = 16 * 1024 * 1024;

/**
 * Takes a body whole, up to what any service takes, before a service sees the request: a client
 * that sends slowly, without end or never to the end holds no service. The bytes go on as they
 * came.
 */
export const addBodies = (app: FastifyInstance): void => {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit }, (_request, body, done) => {
    done(null, body.length === 0 ? undefined : Readable.from([body], { objectMode: false }));
  });
};

/**
 * A connection that is closed while the client still sends loses the answer: what a refused body
 * announces, within reason, is read and dropped.
 */
export const keepWhereDrained = (request: FastifyRequest, reply: FastifyReply): void => {
  if (reply.statusCode === 413 && Number(request.headers['content-length']) <= drainLimit)
    reply.removeHeader('connection');
};
