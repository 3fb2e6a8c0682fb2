import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import type { Scope } from '@interlock/contracts';
import { ProblemError } from '@interlock/kernel';

import { callerIn } from './bearer.js';
import { judgesBodyTenantKey, publicKey, scopeKey } from './decorators.js';
import { principalIn, type Principal } from './principal.js';
import { stateOf } from './request-state.js';
import { tenantOf } from './request-tenant.js';
import type { TokenVerifier } from './token-verifier.js';

/**
 * Denies by default: a route is public or names its scopes, and the token must have one of them.
 * Only this guard resolves the tenant of a request. `@Tenant()` and `@CurrentPrincipal()` give a
 * route the chosen tenant.
 */
export class AuthGuard implements CanActivate {
  readonly #reflector: Reflector;
  readonly #verify: TokenVerifier;
  readonly #people: Principal['people'];

  constructor(reflector: Reflector, verify: TokenVerifier, people: Principal['people']) {
    this.#reflector = reflector;
    this.#verify = verify;
    this.#people = people;
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true;
    const targets = [context.getHandler(), context.getClass()];
    const scopes = this.#reflector.getAllAndOverride<readonly Scope[] | undefined>(scopeKey, targets);
    if (
      scopes === undefined &&
      this.#reflector.getAllAndOverride<boolean | undefined>(publicKey, targets) === true
    )
      return true;
    if (scopes === undefined) throw new ProblemError('missing-scope', 'this route names no scope');
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const caller = await callerIn(request, this.#verify);
    if (!scopes.some((scope) => caller.scopes.includes(scope))) {
      const names = scopes.map((scope) => `\`${scope}\``).join(' or ');
      throw new ProblemError('missing-scope', `the scope ${names} is needed`, { members: { scopes } });
    }
    const tenant = tenantOf(
      caller,
      request,
      this.#reflector.getAllAndOverride<boolean | undefined>(judgesBodyTenantKey, targets) === true,
    );
    stateOf(request).principal = await principalIn(caller, tenant, this.#people);
    return true;
  }
}
