import { problemCodes, type ProblemCode, type ProblemDetails, type Violation } from '@interlock/contracts';

const isObject = (value: unknown): value is { readonly [name: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const codeOf = (value: unknown): ProblemCode =>
  problemCodes.find((code) => code === value) ?? 'internal-error';

/**
 * A refusal of Interlock: RFC 9457 problem details with a code of the closed list. Its message has
 * a line for each violation.
 */
export class InterlockProblem extends Error {
  readonly code: ProblemCode;
  /** The HTTP status; 0 if there was no answer. */
  readonly status: number;
  readonly violations: readonly Violation[];
  readonly remedy: string | undefined;
  /** Seconds after which to try again, if the answer states them. */
  readonly retryAfterS: number | undefined;

  constructor(problem: Partial<ProblemDetails>, retryAfterS?: number) {
    const violations = problem.violations ?? [];
    super(
      [
        `${problem.code ?? 'internal-error'}: ${problem.detail ?? 'the request failed'}`,
        ...violations.map(({ pointer, detail }) => `  ${pointer} ${detail}`),
      ].join('\n'),
    );
    this.name = 'InterlockProblem';
    this.code = codeOf(problem.code);
    this.status = problem.status ?? 0;
    this.violations = violations;
    this.remedy = problem.remedy;
    this.retryAfterS = retryAfterS;
  }

  /** True if the same request may succeed later. */
  get mayPass(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/** Reads the problem from an answer. */
export const problemOf = async (response: Response): Promise<InterlockProblem> => {
  const text = await response.text().catch(() => '');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const after = Number(response.headers.get('retry-after') ?? Number.NaN);
  const problem: Partial<ProblemDetails> = isObject(value) ? value : {};
  return new InterlockProblem(
    { ...problem, status: response.status },
    Number.isFinite(after) ? after : undefined,
  );
};
