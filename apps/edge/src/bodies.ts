import { Readable } from 'node:stream';
import { bodyLimit } from '@interlock/platform';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

const drainLimit = 16 * 1024 * 1024;

/**
 * Reads a whole body, up to the largest that any service takes, before it calls a service. So a
 * client that sends slowly or without end occupies no service. The bytes are passed on unchanged.
 */
export const addBodies = (app: FastifyInstance): void => {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit }, (_request, body, done) => {
    done(null, body.length === 0 ? undefined : Readable.from([body], { objectMode: false }));
  });
};

/**
 * A client that still sends when its connection closes loses the answer. So the announced rest of a
 * refused body, within limits, is read and dropped.
 */
export const keepWhereDrained = (request: FastifyRequest, reply: FastifyReply): void => {
  if (reply.statusCode === 413 && Number(request.headers['content-length']) <= drainLimit)
    reply.removeHeader('connection');
};
