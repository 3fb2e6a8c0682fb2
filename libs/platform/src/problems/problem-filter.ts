import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { throwError, type Observable } from 'rxjs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { agentAlgorithms, type ProblemCode } from '@interlock/contracts';
import { ProblemError, type ProblemOptions } from '@interlock/kernel';

import { problemDocument, toProblem } from './problem-document.js';
import { problemStatus } from './problem-status.js';
import type { RefusedCommands } from './refused-commands.js';

/** Returns the methods that an address supports; empty if it is unknown. */
export type MethodsAt = (path: string) => readonly string[];

/** `WWW-Authenticate` by problem code; `Bearer` for the others (RFC 6750, RFC 9449). */
const challenges: { readonly [code in ProblemCode]?: string } = {
  'token-expired': 'Bearer error="invalid_token"',
  'credential-revoked': 'DPoP error="invalid_token"',
  'proof-invalid': `DPoP error="invalid_dpop_proof", algs="${agentAlgorithms.join(' ')}"`,
};

/**
 * Sends a problem: status, media type, `Retry-After` if waiting helps, `WWW-Authenticate` on 401.
 */
export const sendProblem = (reply: FastifyReply, problem: ProblemError, path?: string): void => {
  const status = problemStatus[problem.code];
  if (status === 401) void reply.header('www-authenticate', challenges[problem.code] ?? 'Bearer');
  if ((status === 503 || status === 429) && !reply.hasHeader('retry-after'))
    void reply.header('retry-after', '1');
  void reply
    .status(status)
    .type('application/problem+json; charset=utf-8')
    .send(JSON.stringify(problemDocument(problem, path)));
};

/** Returns the refusal of a method at an address that has others, and names these in `Allow`. */
export const wrongMethod = (methods: readonly string[], reply: FastifyReply): ProblemError => {
  void reply.header('allow', methods.join(', '));
  const options: ProblemOptions = { members: { allow: methods } };
  return new ProblemError('method-not-allowed', 'this address does not answer this method', options);
};

/**
 * Sends every error of a route as problem details. On the bus, the error goes to the transport
 * unchanged.
 */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  readonly #logger: Logger;
  readonly #methodsAt: MethodsAt;
  readonly #refused: Pick<RefusedCommands, 'note'> | undefined;

  /** `refused` is notified of every problem of a route. */
  constructor(logger: Logger, methodsAt: MethodsAt = () => [], refused?: Pick<RefusedCommands, 'note'>) {
    this.#logger = logger;
    this.#methodsAt = methodsAt;
    this.#refused = refused;
  }

  catch(error: unknown, host: ArgumentsHost): Observable<never> | void {
    if (host.getType() !== 'http') return throwError(() => error);
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const path = request.url.split('?', 1)[0]!;
    const problem = this.#withMethods(toProblem(error), path, reply);
    if (problemStatus[problem.code] >= 500) {
      this.#logger.error({ err: problem.cause ?? problem, code: problem.code, path }, 'request failed');
    }
    this.#refused?.note(request, problem);
    if (reply.raw.headersSent) {
      reply.raw.destroy();
      return;
    }
    sendProblem(reply, problem, path);
  }

  #withMethods(problem: ProblemError, path: string, reply: FastifyReply): ProblemError {
    // INVARIANT: only the router's own 404 is examined again, never a 404 that a handler answered.
    if (problem.code !== 'not-found' || problem.cause === undefined) return problem;
    const methods = this.#methodsAt(path);
    return methods.length === 0 ? problem : wrongMethod(methods, reply);
  }
}
