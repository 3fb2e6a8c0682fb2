import { applyDecorators, createParamDecorator, SetMetadata, type ExecutionContext } from '@nestjs/common';
import { ApiBearerAuth, ApiExtension, ApiHeader, type ApiHeaderOptions } from '@nestjs/swagger';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import type { ProblemCode, Scope, Violation } from '@interlock/contracts';
import { parsePosition, ProblemError, type Position } from '@interlock/kernel';

import { problemCodesExtension } from './declared-problems.js';
import type { Principal } from '../request/principal.js';
import { stateOf } from '../request/request-state.js';

export const scopeKey = 'interlock:scopes';
export const publicKey = 'interlock:public';
export const judgesBodyTenantKey = 'interlock:judges-body-tenant';

const fault = (pointer: string, detail: string): ProblemError =>
  new ProblemError('validation-failed', 'the headers have 1 fault', { violations: [{ pointer, detail }] });

/** Declares that the route needs a token with one of these scopes. */
export const RequireScope = (...scopes: readonly [Scope, ...Scope[]]): MethodDecorator & ClassDecorator =>
  applyDecorators(
    SetMetadata(scopeKey, scopes),
    ApiBearerAuth('bearer'),
    ApiExtension('x-required-scopes', scopes),
  );

/** Declares that the route needs no token, e.g. for health and documents. */
export const Public = (): MethodDecorator & ClassDecorator => SetMetadata(publicKey, true);

/**
 * Problem codes that the route may answer in addition to those that follow from its form, for the
 * OpenAPI document. A code with status 404 replaces `not-found`.
 */
export const AnswersProblems = (...codes: readonly [ProblemCode, ...ProblemCode[]]): MethodDecorator =>
  ApiExtension(problemCodesExtension, codes);

/** Declares the header of a parameter in the OpenAPI document. */
const declaresHeader =
  (options: ApiHeaderOptions): ParameterDecorator =>
  (target, key) => {
    if (key === undefined) return;
    const method = Object.getOwnPropertyDescriptor(target, key);
    if (method !== undefined) ApiHeader(options)(target, key, method);
  };

/**
 * Declares that the route is also called with a faulty body. It reads the faults with `BodyFaults`,
 * refuses the body itself, and may store it.
 */
export const AnswersFaults = (): MethodDecorator => RouteConfig({ answersFaults: true });

/** True if the route of a request handles the faults of its body itself. */
export const answersFaults = ({ routeOptions }: FastifyRequest): boolean =>
  (routeOptions.config as { readonly answersFaults?: boolean }).answersFaults === true;

/**
 * Returns the caller, for code between the guard and the routes; undefined on routes without a
 * scope.
 */
export const principalOf = (context: ExecutionContext): Principal | undefined =>
  stateOf(context.switchToHttp().getRequest<FastifyRequest>()).principal;

/**
 * Declares that the route itself refuses a body of another tenant, because it stores refused
 * bodies.
 */
export const JudgesBodyTenant = (): MethodDecorator => SetMetadata(judgesBodyTenantKey, true);

const callerOf = (context: ExecutionContext): Principal => {
  const principal = principalOf(context);
  if (principal === undefined) throw new ProblemError('unauthenticated', 'a bearer token is needed');
  return principal;
};

/**
 * Parameter: the caller, a Principal, in the tenant that the request has chosen. Only on routes
 * with a scope.
 */
export const CurrentPrincipal = createParamDecorator((_: unknown, context: ExecutionContext): Principal =>
  callerOf(context),
);

/**
 * Parameter: the tenant of the request, a tenant name. It is the tenant that the header
 * `X-Tenant-Id`, the query's `tenant_id`, the path or the body names, if the token allows it.
 * Otherwise it is the token's own. Only on routes with a scope.
 */
export const Tenant = createParamDecorator(
  (_: unknown, context: ExecutionContext): string => callerOf(context).tenant_id,
);

/** Parameter: the JSON body as it was sent, for code that reports places in it. */
export const BodyText = createParamDecorator(
  (_: unknown, context: ExecutionContext): string =>
    stateOf(context.switchToHttp().getRequest<FastifyRequest>()).bodyText ?? '',
);

/**
 * Parameter: the faults of the body that no service accepts. It is empty except on routes with
 * `AnswersFaults`, which must refuse a faulty body.
 */
export const BodyFaults = createParamDecorator(
  (_: unknown, context: ExecutionContext): readonly Violation[] =>
    stateOf(context.switchToHttp().getRequest<FastifyRequest>()).bodyFaults,
);

/** Parameter: the position in `Interlock-Min-Position`, a Position or null. */
export const MinPosition = createParamDecorator(
  (_: unknown, context: ExecutionContext): Position | null => {
    const text = context.switchToHttp().getRequest<FastifyRequest>().headers['interlock-min-position'];
    if (text === undefined) return null;
    const position = typeof text === 'string' ? parsePosition(text) : undefined;
    if (position === undefined)
      throw fault('/headers/interlock-min-position', 'must be a position as a write answered it');
    return position;
  },
  [
    declaresHeader({
      name: 'Interlock-Min-Position',
      required: false,
      description: 'A position that a write answered: the answer reflects the log at least up to it',
    }),
  ],
);

/**
 * Parameter: the position in `Last-Event-ID`, after which a stream of events resumes; a Position or
 * null.
 */
export const LastEventId = createParamDecorator(
  (_: unknown, context: ExecutionContext): Position | null => {
    const text = context.switchToHttp().getRequest<FastifyRequest>().headers['last-event-id'];
    if (text === undefined || text === '') return null;
    const position = typeof text === 'string' ? parsePosition(text) : undefined;
    if (position === undefined)
      throw fault('/headers/last-event-id', 'must be the id of an event of this stream');
    return position;
  },
  [
    declaresHeader({
      name: 'Last-Event-ID',
      required: false,
      description: 'The id of the last event that was received: the stream goes on after it',
    }),
  ],
);

/** A revision that no stream has. */
const noRevision = 9_999_999_999_999_999_999n;
/** An entity tag (RFC 9110). */
const entityTag = /^(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"$/;

/**
 * Parameter: the revision in `If-Match` (`"12"` or `12`), a bigint, or null if the header is absent
 * or `*`. For an entity tag of another form it is a revision that no stream has, because such a tag
 * matches nothing.
 */
export const IfMatch = createParamDecorator(
  (_: unknown, context: ExecutionContext): bigint | null => {
    const text = context.switchToHttp().getRequest<FastifyRequest>().headers['if-match'];
    if (text === undefined || text === '*') return null;
    const match = /^"?(\d{1,19})"?$/.exec(text);
    if (match !== null) return BigInt(match[1]!);
    if (entityTag.test(text)) return noRevision;
    throw fault('/headers/if-match', 'must be a revision as an ETag, such as `"3"`');
  },
  [
    declaresHeader({
      name: 'If-Match',
      required: false,
      description: 'The revision that was read, such as `"3"`: the write is refused at another one',
    }),
  ],
);
