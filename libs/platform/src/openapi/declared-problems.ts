import { problemCodes, type ProblemCode } from '@interlock/contracts';

import { effectExtension } from './declared-effects.js';
import { problemTypePrefix } from '../problems/problem-document.js';
import { problemStatus } from '../problems/problem-status.js';

type Part = { readonly [member: string]: unknown };
type Parameter = { readonly in: string; readonly name: string };
/** The parts of an OpenAPI operation that determine its problems. */
type DocumentedOperation = {
  parameters?: readonly unknown[];
  requestBody?: unknown;
  security?: readonly unknown[];
  responses?: Part;
  [extension: `x-${string}`]: unknown;
};

/**
 * The extension for the problem codes that a route names in addition to those of its form
 * (`AnswersProblems`).
 */
export const problemCodesExtension = 'x-problem-codes';

/** The beginning of a response's description, by status. */
const meanings: { readonly [status: number]: string } = {
  400: 'The request cannot be read',
  401: 'The request carries no valid token',
  403: 'The token does not allow the request',
  404: 'The resource does not exist',
  409: 'The request conflicts with the current state',
  412: 'The revision in `If-Match` is not the current one',
  413: 'The body is too large',
  415: 'The media type or encoding of the body is not supported',
  422: 'The input is invalid',
  428: 'The request lacks a required precondition',
  429: 'Too many requests',
  500: 'The service failed',
  502: 'The device or handler refused',
  503: 'The service or a dependency is unavailable',
  504: 'The request was not completed in time',
};

const problemMediaType = 'application/problem+json';
const retryAfter = {
  'Retry-After': { description: 'Seconds to wait before the next try', schema: { type: 'string' } },
};
const headersOf: { readonly [status: number]: Part } = {
  401: { 'WWW-Authenticate': { description: 'The scheme, `Bearer`', schema: { type: 'string' } } },
  429: retryAfter,
  503: retryAfter,
};

const responseOf = (status: number, codes: readonly ProblemCode[]): Part => {
  const headers = headersOf[status];
  return {
    description: `${meanings[status]!}: ${codes.map((code) => `\`${code}\``).join(', ')}`,
    ...(headers === undefined ? {} : { headers }),
    content: { [problemMediaType]: { schema: { $ref: '#/components/schemas/Problem' } } },
  };
};

/** The problems of every secured operation while a dependency is unavailable. */
const unavailable = [
  'service-unreachable',
  'database-unavailable',
  'log-unavailable',
  'not-current',
] as const satisfies readonly ProblemCode[];

/**
 * The sets of codes that many operations share, by the name of their response in the components.
 */
const shared: { readonly [name: string]: readonly [ProblemCode, ...ProblemCode[]] } = {
  MalformedRequest: ['malformed-json'],
  Unauthenticated: ['unauthenticated', 'token-expired'],
  Forbidden: ['missing-scope', 'wrong-tenant'],
  PersonRequired: ['missing-scope', 'wrong-tenant', 'person-required'],
  NotFound: ['not-found'],
  ActionNotFound: ['action-not-found'],
  PlanNotFound: ['plan-not-found'],
  Conflict: ['idempotency-conflict'],
  WrongState: ['wrong-state', 'idempotency-conflict'],
  StaleRevision: ['stale-revision'],
  PayloadTooLarge: ['payload-too-large'],
  UnsupportedMediaType: ['unsupported-media-type'],
  ValidationFailed: ['validation-failed'],
  DigestRequired: ['digest-required'],
  RevisionRequired: ['revision-required'],
  RateLimited: ['rate-limited'],
  InternalError: ['internal-error'],
  Unavailable: [...unavailable],
  UnavailableOrBehind: [...unavailable, 'read-model-behind'],
  UnavailableOrUnknown: [...unavailable, 'append-outcome-unknown'],
  DeadlineExceeded: ['deadline-exceeded'],
};

/**
 * Returns each code once, in the order of the closed list, so that a set of codes has only one
 * form.
 */
const ordered = (codes: Iterable<ProblemCode>): readonly ProblemCode[] => {
  const all = new Set(codes);
  return problemCodes.filter((code) => all.has(code));
};
const keyOf = (codes: readonly ProblemCode[]): string => codes.join(' ');
const names = new Map(Object.entries(shared).map(([name, codes]) => [keyOf(ordered(codes)), name]));

/** The schema and the responses to which operations refer. */
export const problemComponents: { readonly schemas: Part; readonly responses: Part } = {
  schemas: {
    Problem: {
      type: 'object',
      description: 'Problem details (RFC 9457). Some codes add members, which their pages name.',
      properties: {
        type: { type: 'string', description: `\`${problemTypePrefix}\` and the code` },
        title: { type: 'string', description: 'The meaning of the code in a few words' },
        status: { type: 'integer', description: 'The HTTP status' },
        code: { type: 'string', enum: problemCodes },
        detail: { type: 'string', description: 'The cause in this case' },
        instance: { type: 'string', description: 'The path of the request' },
        violations: {
          type: 'array',
          description: 'The faults of the input',
          items: {
            type: 'object',
            properties: {
              pointer: { type: 'string', description: 'A JSON pointer to the faulty member' },
              detail: { type: 'string' },
              code: { type: 'string' },
            },
            required: ['pointer', 'detail'],
          },
        },
        remedy: { type: 'string', description: 'What the caller or operator can do' },
        trace_id: { type: 'string', description: 'The trace id, under which the log tells more' },
      },
      required: ['type', 'title', 'status', 'code', 'detail'],
      additionalProperties: true,
    },
  },
  responses: Object.fromEntries(
    Object.entries(shared).map(([name, codes]) => [
      name,
      responseOf(problemStatus[codes[0]], ordered(codes)),
    ]),
  ),
};

/**
 * Returns the responses that declare these codes, by status. A set that many operations share is a
 * reference.
 */
export const problemResponses = (codes: Iterable<ProblemCode>): Part => {
  const byStatus = Object.groupBy(ordered(codes), (code) => problemStatus[code]);
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, some = []]) => {
      const name = names.get(keyOf(some));
      return [
        status,
        name === undefined ? responseOf(Number(status), some) : { $ref: `#/components/responses/${name}` },
      ];
    }),
  );
};

/**
 * Returns the codes that an operation may answer. They follow from its method, path, parameters,
 * body and effect, and from its need of a token. `AnswersProblems` adds the codes that only its
 * handler knows.
 */
const codesOf = (method: string, path: string, operation: DocumentedOperation): readonly ProblemCode[] => {
  const parameters = (operation.parameters ?? []) as readonly Parameter[];
  const named = (operation[problemCodesExtension] ?? []) as readonly ProblemCode[];
  const scopes = (operation['x-required-scopes'] ?? []) as readonly string[];
  const secured = (operation.security ?? []).length > 0;
  // A query with a body needs a POST. It requires a scope to read, and changes nothing.
  const reads = method === 'get' || (scopes.length > 0 && scopes.every((scope) => scope.endsWith('_READ')));
  const hasBody = operation.requestBody !== undefined;
  const inPath = [...path.matchAll(/\{([^}]+)\}/g)].map((match) => match[1]!);
  const hasHeader = (name: string): boolean =>
    parameters.some((one) => one.in === 'header' && one.name === name);
  const when = (applies: boolean, ...codes: readonly ProblemCode[]): readonly ProblemCode[] =>
    applies ? codes : [];
  // The path of another tenant answers `wrong-tenant`, and that of an unknown tenant `wrong-state`.
  const findsByPath = inPath.some((name) => name !== 'tenantId' && name !== 'tenant');
  return ordered([
    ...named,
    'rate-limited',
    'internal-error',
    'service-unreachable',
    ...when(hasBody || inPath.length > 0, 'malformed-json'),
    ...when(hasBody, 'payload-too-large', 'unsupported-media-type'),
    // Every secured operation reads the header `X-Tenant-Id`.
    ...when(secured || hasBody || parameters.length > 0, 'validation-failed'),
    ...when(secured, 'unauthenticated', 'token-expired', 'missing-scope', 'wrong-tenant', ...unavailable),
    ...when(findsByPath && !named.some((code) => problemStatus[code] === 404), 'not-found'),
    ...when(hasHeader('Interlock-Min-Position'), 'read-model-behind'),
    ...when(hasHeader('If-Match'), 'stale-revision'),
    ...when(!reads, 'log-unavailable', 'append-outcome-unknown', 'deadline-exceeded'),
    ...when(!reads && secured, 'idempotency-conflict'),
    ...when(operation[effectExtension] === 'loosens', 'person-required'),
  ]);
};

/** Declares the problems of every operation of a document, in place. */
export const declareProblems = (document: {
  readonly paths: { readonly [path: string]: unknown };
  components?: { schemas?: object; responses?: object };
}): void => {
  for (const [path, item] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(item as { [method: string]: DocumentedOperation })) {
      const responses = problemResponses(codesOf(method, path, operation));
      operation.responses = { ...operation.responses, ...responses };
      delete operation[problemCodesExtension];
    }
  }
  const { schemas, responses } = problemComponents;
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, ...schemas },
    responses: { ...document.components?.responses, ...responses },
  };
};
