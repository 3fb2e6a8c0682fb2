import { problemCodes, type ProblemCode, type Violation } from '@interlock/contracts';
import { isProblem, ProblemError } from '@interlock/kernel';

/** A problem in the form of a reply. */
type WireProblem = {
  readonly code: ProblemCode;
  readonly title: string;
  readonly detail: string;
  readonly violations?: readonly Violation[];
  readonly remedy?: string;
} & { readonly [member: string]: unknown };
export type RpcReply = { readonly ok: unknown } | { readonly problem: WireProblem };

const known: ReadonlySet<string> = new Set(problemCodes);

/** An error as a reply. An unexpected error reveals nothing except that it happened. */
export const problemReply = (error: unknown): RpcReply => {
  const problem = isProblem(error)
    ? error
    : new ProblemError('internal-error', 'the service failed to answer');
  return {
    problem: {
      ...problem.members,
      code: problem.code,
      title: problem.title,
      detail: problem.detail,
      ...(problem.violations.length === 0 ? {} : { violations: problem.violations }),
      ...(problem.remedy === undefined ? {} : { remedy: problem.remedy }),
    },
  };
};

/**
 * Reads a reply: returns the answer, or throws the problem. An invalid reply counts as
 * `internal-error` of the service.
 */
export const readReply = (service: string, text: string): unknown => {
  const reply = parse(text);
  if ('ok' in reply) return reply.ok;
  const problem = reply.problem;
  if (typeof problem !== 'object' || problem === null)
    throw new ProblemError('internal-error', `\`${service}\` sent an invalid reply`, {
      members: { service },
    });
  const { code, title, detail, violations, remedy, ...members } = problem as { [name: string]: unknown };
  throw new ProblemError(
    typeof code === 'string' && known.has(code) ? (code as ProblemCode) : 'internal-error',
    typeof detail === 'string' ? detail : `\`${service}\` failed`,
    {
      ...(typeof title === 'string' ? { title } : {}),
      ...(typeof remedy === 'string' ? { remedy } : {}),
      ...(Array.isArray(violations) ? { violations: violations as Violation[] } : {}),
      members: { service, ...members },
    },
  );
};

const parse = (text: string): { readonly ok?: unknown; readonly problem?: unknown } => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
};
