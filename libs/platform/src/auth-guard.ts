import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import type { Scope } from '@interlock/contracts';
import { ProblemError } from '@interlock/kernel';

import { publicKey, scopeKey } from './decorators.js';
import { stateOf } from './request-state.js';
import type { TokenVerifier } from './token-verifier.js';

const bearer = (request: FastifyRequest): string => {
  const match = /^Bearer ([A-Za-z0-9._~+/=-]{1,8192})$/i.exec(request.headers.authorization ?? '');
  if (match === null) throw new ProblemError('unauthenticated', 'a bearer token is needed');
  return match[1]!;
};

/** Deny by default: a route is public or names its scopes, and the token has one of them. */
export class AuthGuard implements CanActivate {
  readonly #reflector: Reflector;
  readonly #verify: TokenVerifier;

  constructor(reflector: Reflector, verify: TokenVerifier) {
    this.#reflector = reflector;
    this.#verify = verify;
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true;
    const targets = [context.getHandler(), context.getClass()];
    const scopes = this.#reflector.getAllAndOverride<readonly Scope[] | undefined>(scopeKey, targets);
    if (scopes === undefined && this.#reflector.getAllAndOverride<boolean | undefined>(publicKey, targets) === true) return true;
    if (scopes === undefined) throw new ProblemError('missing-scope', 'this route names no scope');
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const principal = await this.#verify(bearer(request));
    if (!scopes.some((scope) => principal.scopes.includes(scope))) {
      const names = scopes.map((scope) => `\`${scope}\``).join(' or ');
      throw new ProblemError('missing-scope', `the scope ${names} is needed`, { members: { scopes } });
    }
    stateOf(request).principal = principal;
    return true;
  }
}
