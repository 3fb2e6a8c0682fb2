import { applyDecorators, createParamDecorator, SetMetadata, type ExecutionContext } from '@nestjs/common';
import { ApiBearerAuth, ApiExtension } from '@nestjs/swagger';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import type { Scope, Violation } from '@interlock/contracts';
import { parsePosition, ProblemError, type Position } from '@interlock/kernel';

import type { Principal } from './principal.js';
import { stateOf } from './request-state.js';

export const scopeKey = 'interlock:scopes';
export const publicKey = 'interlock:public';
export const judgesBodyTenantKey = 'interlock:judges-body-tenant';

const fault = (pointer: string, detail: string): ProblemError =>
  new ProblemError('validation-failed', 'the headers have 1 fault', { violations: [{ pointer, detail }] });

/** The route needs a token with one of these scopes. */
export const RequireScope = (...scopes: readonly [Scope, ...Scope[]]): MethodDecorator & ClassDecorator =>
  applyDecorators(
    SetMetadata(scopeKey, scopes),
    ApiBearerAuth('bearer'),
    ApiExtension('x-required-scopes', scopes),
  );

/** The route needs no token: health, documents. */
export const Public = (): MethodDecorator & ClassDecorator => SetMetadata(publicKey, true);

/** The route is called with a body that has faults, too: it asks for them with `BodyFaults`, refuses them itself, and may keep what was refused. */
export const AnswersFaults = (): MethodDecorator => RouteConfig({ answersFaults: true });

/** True where the route of a request answers for the faults of its body itself. */
export const answersFaults = ({ routeOptions }: FastifyRequest): boolean =>
  (routeOptions.config as { readonly answersFaults?: boolean }).answersFaults === true;

/** Who calls, for what stands between the guard and the routes; undefined on routes without a scope. */
export const principalOf = (context: ExecutionContext): Principal | undefined =>
  stateOf(context.switchToHttp().getRequest<FastifyRequest>()).principal;

/** The route refuses a body of another tenant itself, because it keeps what it refuses. */
export const JudgesBodyTenant = (): MethodDecorator => SetMetadata(judgesBodyTenantKey, true);

const callerOf = (context: ExecutionContext): Principal => {
  const principal = principalOf(context);
  if (principal === undefined) throw new ProblemError('unauthenticated', 'a bearer token is needed');
  return principal;
};

/** Parameter: who calls, a Principal, in the tenant that the request has chosen. Only on routes with a scope. */
export const CurrentPrincipal = createParamDecorator((_: unknown, context: ExecutionContext): Principal =>
  callerOf(context),
);

/**
 * Parameter: the tenant of the request, a tenant name. It is the one that the header `X-Tenant-Id`, the query's `tenant_id`, the path or the body names where
 * the token allows it, else the token's own. Only on routes with a scope.
 */
export const Tenant = createParamDecorator(
  (_: unknown, context: ExecutionContext): string => callerOf(context).tenant_id,
);

/** Parameter: the JSON body as it was sent, for what has to tell places in it. */
export const BodyText = createParamDecorator(
  (_: unknown, context: ExecutionContext): string =>
    stateOf(context.switchToHttp().getRequest<FastifyRequest>()).bodyText ?? '',
);

/** Parameter: what no service takes in the body, empty but on routes with `AnswersFaults`; a body with faults must be refused. */
export const BodyFaults = createParamDecorator(
  (_: unknown, context: ExecutionContext): readonly Violation[] =>
    stateOf(context.switchToHttp().getRequest<FastifyRequest>()).bodyFaults,
);

/** Parameter: the position in `Interlock-Min-Position`, a Position or null. */
export const MinPosition = createParamDecorator((_: unknown, context: ExecutionContext): Position | null => {
  const text = context.switchToHttp().getRequest<FastifyRequest>().headers['interlock-min-position'];
  if (text === undefined) return null;
  const position = typeof text === 'string' ? parsePosition(text) : undefined;
  if (position === undefined)
    throw fault('/headers/interlock-min-position', 'must be a position as a write answered it');
  return position;
});

/** Parameter: the revision in `If-Match` (`"12"` or `12`), a bigint, or null where the header is absent. */
export const IfMatch = createParamDecorator((_: unknown, context: ExecutionContext): bigint | null => {
  const text = context.switchToHttp().getRequest<FastifyRequest>().headers['if-match'];
  if (text === undefined) return null;
  const match = /^"?(\d{1,19})"?$/.exec(text);
  if (match === null) throw fault('/headers/if-match', 'must be a revision as an ETag, such as `"3"`');
  return BigInt(match[1]!);
});
