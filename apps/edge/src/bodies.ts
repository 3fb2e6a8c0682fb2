import { Readable } from 'node:stream';
import { bodyLimit } from '@interlock/platform';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

const drainLimit = 16 * 1024 * 1024;

/**
 * Reads a whole body, up to the largest that any service accepts, before it calls a service. So a
 * client that sends slowly or without end occupies no service. The bytes are passed on unchanged.
 */
export const addBodies = (app: FastifyInstance): void => {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit }, (_request, body, done) => {
    done(null, body.length === 0 ? undefined : Readable.from([body], { objectMode: false }));
  });
};

/**
 * Keeps the connection open if the rest of a refused body is read and dropped, within limits. A
 * client that is still sending when its connection closes would lose the answer.
 */
export const keepWhereDrained = (request: FastifyRequest, reply: FastifyReply): void => {
  if (reply.statusCode === 413 && Number(request.headers['content-length']) <= drainLimit)
    reply.removeHeader('connection');
};
