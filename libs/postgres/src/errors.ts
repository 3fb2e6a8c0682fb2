import { ProblemError } from '@interlock/kernel';

/**
 * SQLSTATEs about the database and not the statement: connection (08), login (28), space and load
 * (53), an operator's action (57), its system (58), internal errors (XX), a missing database
 * (3D000), a read-only copy (25006), and an idle transaction that it ended (25P03, 25P04).
 */
const unavailable = /^(?:(?:08|28|53|57|58|XX)[0-9A-Z]{3}|3D000|25006|25P0[34])$/;
/**
 * Errors of Node's network and file system: ECONNREFUSED, ENOENT of a socket. Not the ERR_ codes of
 * its own functions.
 */
const ofSystem = /^E[A-Z]{3,}$/;
const texts =
  /^(?:Connection terminated|timeout expired|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error|Client was closed|Cannot use a pool after calling end|SASL: |The server does not support SSL|There was an error establishing an SSL)/;
/**
 * Too much for one statement: cancelled for its time, out of memory, over a limit. Half as much may
 * succeed.
 */
const heavy = /^(?:57014|53200|54[0-9A-Z]{3})$/;

const codeOf = (error: unknown): string => {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
};

/**
 * True if the database could not be reached, is shutting down, or cannot work now. The same
 * statement may succeed later.
 */
export const isUnavailable = (error: unknown): boolean => {
  if (error instanceof AggregateError) return error.errors.some(isUnavailable);
  const code = codeOf(error);
  return (
    unavailable.test(code) || ofSystem.test(code) || (error instanceof Error && texts.test(error.message))
  );
};

/**
 * True if the same transaction may succeed when it is tried again: serialisation failure, deadlock,
 * lock timeout.
 */
export const isTransient = (error: unknown): boolean =>
  ['40001', '40003', '40P01', '55P03', '55006'].includes(codeOf(error));

/** True if a smaller amount at once may succeed. */
export const isHeavy = (error: unknown): boolean => heavy.test(codeOf(error));

/** Returns the error unchanged, or `database-unavailable` if the database is away. */
export const asDatabaseProblem = (error: unknown): unknown =>
  isUnavailable(error)
    ? new ProblemError('database-unavailable', 'the database does not answer', {
        cause: error,
        remedy: 'try again; if it stays so, look at the database',
      })
    : error;

/** Runs reads; throws `database-unavailable` if the database is lost. */
export const reading = async <T>(work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    throw asDatabaseProblem(error);
  }
};
