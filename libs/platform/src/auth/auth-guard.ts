import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { routeEffect, routeEffects, type RouteEffects, type Scope } from '@interlock/contracts';
import { ProblemError } from '@interlock/kernel';

import { callerIn, isStillAllowed } from './bearer.js';
import { judgesBodyTenantKey, publicKey, scopeKey } from '../openapi/decorators.js';
import { principalIn, requirePerson, type Principal } from '../request/principal.js';
import { stateOf } from '../request/request-state.js';
import { tenantOf } from '../request/request-tenant.js';
import type { TokenVerifier } from './token-verifier.js';

/**
 * Denies by default: a route is public or names its scopes, and the token must have one of them.
 * Only this guard resolves the tenant of a request. `@Tenant()` and `@CurrentPrincipal()` give a
 * route the chosen tenant. A route that loosens by its nature needs a person.
 */
export class AuthGuard implements CanActivate {
  readonly #reflector: Reflector;
  readonly #verify: TokenVerifier;
  readonly #people: Principal['people'];
  readonly #effects: RouteEffects;

  constructor(
    reflector: Reflector,
    verify: TokenVerifier,
    people: Principal['people'],
    effects: RouteEffects = routeEffects,
  ) {
    this.#reflector = reflector;
    this.#verify = verify;
    this.#people = people;
    this.#effects = effects;
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
    const principal = await principalIn(caller, tenant, this.#people);
    this.#refuseLoosening(request, principal);
    const state = stateOf(request);
    state.principal = principal;
    state.isStillAllowed = () => isStillAllowed(request, this.#verify, caller);
    return true;
  }

  /** Programs never loosen. A route that the table does not know counts as loosening. */
  #refuseLoosening({ method, routeOptions }: FastifyRequest, principal: Principal): void {
    const effect = routeEffect(method, routeOptions.url ?? '', this.#effects) ?? 'loosens';
    if (effect === 'loosens') requirePerson(principal);
  }
}
