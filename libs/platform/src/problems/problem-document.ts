import { isSpanContextValid, trace } from '@opentelemetry/api';
import { problemCodes, type ProblemCode, type ProblemDetails } from '@interlock/contracts';
import { isProblem, ProblemError } from '@interlock/kernel';
import { asDatabaseProblem } from '@interlock/postgres';

import { problemStatus } from './problem-status.js';

/** The prefix of every problem's `type`. `docs/problems/<code>.md` documents the problem. */
export const problemTypePrefix = 'urn:interlock:problem:';

const codes: ReadonlySet<string> = new Set(problemCodes);
const isCode = (code: unknown): code is ProblemCode => typeof code === 'string' && codes.has(code);

/** Errors that Fastify, its plugins and Nest throw by themselves, by HTTP status. */
const byStatus: { readonly [status: number]: readonly [ProblemCode, string] } = {
  400: ['malformed-json', 'the request could not be read'],
  401: ['unauthenticated', 'a bearer token is needed'],
  403: ['missing-scope', 'the token does not allow this'],
  404: ['not-found', 'there is nothing at this address'],
  405: ['method-not-allowed', 'this address does not answer this method'],
  413: ['payload-too-large', 'the body is larger than allowed'],
  414: ['payload-too-large', 'the address is longer than allowed'],
  415: ['unsupported-media-type', 'the body must be `application/json`'],
  429: ['rate-limited', 'too many requests'],
  503: ['service-unreachable', 'the service is stopping'],
};

const statusOf = (error: unknown): number | undefined => {
  if (typeof error !== 'object' || error === null) return undefined;
  const { statusCode, status, getStatus } = error as {
    statusCode?: unknown;
    status?: unknown;
    getStatus?: unknown;
  };
  if (typeof getStatus === 'function') return Number((error as { getStatus: () => number }).getStatus());
  return [statusCode, status].find((value) => typeof value === 'number');
};

/**
 * Returns true for the SQLSTATEs of a parameter that is invalid for its column's type: text with
 * NUL, no number, no time, or out of range.
 */
const isUnreadableToDatabase = (error: unknown): boolean =>
  typeof error === 'object' &&
  error !== null &&
  'severity' in error &&
  ['22021', '22P02', '22P05', '22003', '22007', '22008'].includes(String((error as { code?: unknown }).code));

/**
 * Returns any error as a ProblemError. An unknown error becomes `internal-error`, without details.
 */
export const toProblem = (error: unknown): ProblemError => {
  if (isProblem(error)) return error;
  if (
    typeof error === 'object' &&
    error !== null &&
    (error as { name?: unknown }).name === 'ProblemError' &&
    isCode((error as { code?: unknown }).code)
  ) {
    return error as ProblemError;
  }
  if (isUnreadableToDatabase(error))
    return new ProblemError('validation-failed', 'the input holds a value that can not be looked up', {
      cause: error,
    });
  const status = statusOf(error);
  const entry = status === undefined ? undefined : byStatus[status];
  // INVARIANT: this check precedes the database's errors, because a client that disconnects also
  // causes an ECONNRESET.
  if (entry !== undefined) return new ProblemError(entry[0], entry[1], { cause: error });
  const known = asDatabaseProblem(error);
  if (isProblem(known)) return known;
  return new ProblemError(
    'internal-error',
    'something went wrong inside; the log has it under this trace id',
    {
      title: 'internal error',
      members: { error: 'Internal server error' },
      cause: error,
    },
  );
};

/** The number of violations that one answer names; its detail says how many there are. */
const mostViolations = 1000;

/**
 * Returns problem details as they are sent. Members never replace the fixed ones. `instance` is the
 * path without the query.
 */
export const problemDocument = (problem: ProblemError, instance?: string): ProblemDetails => {
  const span = trace.getActiveSpan()?.spanContext();
  return {
    ...problem.members,
    type: `${problemTypePrefix}${problem.code}`,
    title: problem.title,
    status: problemStatus[problem.code],
    code: problem.code,
    detail: problem.detail,
    ...(instance === undefined ? {} : { instance }),
    ...(problem.violations.length === 0 ? {} : { violations: problem.violations.slice(0, mostViolations) }),
    ...(problem.remedy === undefined ? {} : { remedy: problem.remedy }),
    ...(span !== undefined && isSpanContextValid(span) ? { trace_id: span.traceId } : {}),
    ...(problem.code === 'internal-error' ? { error: 'Internal server error' } : {}),
  };
};
