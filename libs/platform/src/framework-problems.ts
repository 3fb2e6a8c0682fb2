import { STATUS_CODES } from 'node:http';
import type { FastifyReply, FastifyRequest, FastifyServerOptions } from 'fastify';
import { ProblemError } from '@interlock/kernel';

import { problemDocument, toProblem } from './problem-document.js';
import { sendProblem } from './problem-filter.js';
import { problemStatus } from './problem-status.js';

type Socket = Parameters<NonNullable<FastifyServerOptions['clientErrorHandler']>>[1];

/** What was no HTTP at all is answered on the bare socket. */
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

/** Options of a Fastify server: what it refuses before any route, by itself or in the HTTP parser, goes out as problem details too. */
export const problemOptions = {
  frameworkErrors: (error: unknown, _request: FastifyRequest, reply: FastifyReply): void => {
    sendProblem(reply, toProblem(error));
  },
  clientErrorHandler: answerSocket,
};
