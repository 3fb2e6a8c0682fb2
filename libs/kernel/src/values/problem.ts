import type { ProblemCode, Violation } from '@interlock/contracts';

export type ProblemOptions = {
  readonly title?: string;
  readonly violations?: readonly Violation[];
  /** The steps that the reader can take. Every infrastructure error has one. */
  readonly remedy?: string;
  /** Further members of the problem details. */
  readonly members?: { readonly [key: string]: unknown };
  readonly cause?: unknown;
};

/**
 * An expected refusal with a stable code. `detail` starts in lower case, has no full stop, and
 * quotes user input in backticks.
 */
export class ProblemError extends Error {
  readonly code: ProblemCode;
  readonly title: string;
  readonly detail: string;
  readonly violations: readonly Violation[];
  readonly remedy: string | undefined;
  readonly members: { readonly [key: string]: unknown };

  /**
   * INVARIANT: the texts are valid Unicode, because a detail may quote the beginning of a text that
   * a stranger sent.
   */
  constructor(code: ProblemCode, text: string, options: ProblemOptions = {}) {
    const detail = text.toWellFormed();
    super(`${code}: ${detail}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ProblemError';
    this.code = code;
    this.title = options.title ?? code.replaceAll('-', ' ');
    this.detail = detail;
    this.violations = (options.violations ?? []).map((violation) => ({
      ...violation,
      pointer: violation.pointer.toWellFormed(),
      detail: violation.detail.toWellFormed(),
    }));
    this.remedy = options.remedy;
    this.members = options.members ?? {};
  }
}

/** Returns true for a ProblemError; with `code`, only for one with that code. */
export const isProblem = (error: unknown, code?: ProblemCode): error is ProblemError =>
  error instanceof ProblemError && (code === undefined || error.code === code);

/** Throws `validation-failed` with every violation, if there are any. */
export const refuseViolations = (violations: readonly Violation[], what: string): void => {
  if (violations.length > 0) {
    throw new ProblemError(
      'validation-failed',
      `${what} has ${violations.length} ${violations.length === 1 ? 'fault' : 'faults'}`,
      { violations },
    );
  }
};

/**
 * Returns what a trace may contain of an error. Problems quote values of callers in backticks, and
 * libraries in double quotes. They may name people, so they are left out; the log line has them.
 */
export const tracedFault = (error: unknown): { readonly type: string; readonly message: string } => ({
  type: isProblem(error) ? error.code : error instanceof Error ? error.name : typeof error,
  message: (error instanceof Error ? error.message : String(error)).replaceAll(/`[^`]*`|"[^"]*"/g, '…'),
});
