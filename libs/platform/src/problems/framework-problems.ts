import { STATUS_CODES } from 'node:http';
import type { FastifyReply, FastifyRequest, FastifyServerOptions } from 'fastify';
import { ProblemError } from '@interlock/kernel';

import { problemDocument, toProblem } from './problem-document.js';
import { sendProblem } from './problem-filter.js';
import { problemStatus } from './problem-status.js';

type Socket = Parameters<NonNullable<FastifyServerOptions['clientErrorHandler']>>[1];

/** Answers input that is not HTTP on the bare socket. */
const answerSocket = (error: NodeJS.ErrnoException, socket: Socket): void => {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? new ProblemError('payload-too-large', 'address and headers are longer than allowed')
      : new ProblemError('malformed-json', 'the request could not be read');
  const status = problemStatus[problem.code];
  const body = JSON.stringify(problemDocument(problem));
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\ncontent-type: application/problem+json; charset=utf-8\r\nx-content-type-options: nosniff\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
};

/**
 * Throws for a route with a Fastify schema. Interlock's own rules check requests and answers, so
 * the two large schema compilers are not loaded.
 */
const refuseSchema = (): never => {
  throw new Error("a route has a schema of Fastify's, which nothing here compiles");
};

/**
 * Options of every Fastify server. Requests that it refuses before any route, by itself or in the
 * HTTP parser, also get problem details. The start fails if a route has a Fastify schema.
 */
export const serverOptions = {
  schemaController: { compilersFactory: { buildValidator: refuseSchema, buildSerializer: refuseSchema } },
  frameworkErrors: (error: unknown, _request: FastifyRequest, reply: FastifyReply): void =>
    sendProblem(reply, toProblem(error)),
  clientErrorHandler: answerSocket,
  // A request that arrives while the server closes gets a problem from `addRequestHooks`.
  return503OnClosing: false,
};
