import { Readable } from 'node:stream';
import { bodyLimit } from '@interlock/platform';
import type { FastifyInstance } from 'fastify';

/**
 * Takes a body whole, up to what any service takes, before a service sees the request: a client that sends slowly, without end or never
 * to the end holds no service. The bytes go on as they came.
 */
export const addBodies = (app: FastifyInstance): void => {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit }, (_request, body, done) => {
    done(null, body.length === 0 ? undefined : Readable.from([body], { objectMode: false }));
  });
};
