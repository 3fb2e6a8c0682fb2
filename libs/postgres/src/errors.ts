import { ProblemError } from '@interlock/kernel';

/**
 * SQLSTATEs that tell of the database and not of the statement: connection (08), its login (28), its space and its load (53), someone's hand (57), its system (58), its insides (XX),
 * that it is not there (3D000), is a copy that takes no writes (25006), or ended a transaction that stood still (25P03, 25P04).
 */
const unavailable = /^(?:(?:08|28|53|57|58|XX)[0-9A-Z]{3}|3D000|25006|25P0[34])$/;
/** What Node's network and file system say: ECONNREFUSED, ENOENT of a socket. Not the ERR_ of its own functions. */
const ofSystem = /^E[A-Z]{3,}$/;
const texts =
  /^(?:Connection terminated|timeout expired|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error|Client was closed|Cannot use a pool after calling end|SASL: |The server does not support SSL|There was an error establishing an SSL)/;
/** Too much for one statement: cancelled for its time, out of memory, over a limit. Half as much may do. */
const heavy = /^(?:57014|53200|54[0-9A-Z]{3})$/;

const codeOf = (error: unknown): string => {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
};

/** True where the database could not be reached, is going down, or cannot work now: the same statement may do later. */
export const isUnavailable = (error: unknown): boolean => {
  if (error instanceof AggregateError) return error.errors.some(isUnavailable);
  const code = codeOf(error);
  return (
    unavailable.test(code) || ofSystem.test(code) || (error instanceof Error && texts.test(error.message))
  );
};

/** True where the same transaction may succeed when it is tried again: serialisation failure, deadlock, lock timeout. */
export const isTransient = (error: unknown): boolean =>
  ['40001', '40003', '40P01', '55P03', '55006'].includes(codeOf(error));

/** True where less at once may succeed. */
export const isHeavy = (error: unknown): boolean => heavy.test(codeOf(error));

/** The error as it is, or `database-unavailable` where the database is not there. */
export const asDatabaseProblem = (error: unknown): unknown =>
  isUnavailable(error)
    ? new ProblemError('database-unavailable', 'the database does not answer', {
        cause: error,
        remedy: 'try again; if it stays so, look at the database',
      })
    : error;

/** Runs reads so that a lost database is answered with `database-unavailable`. */
export const reading = async <T>(work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    throw asDatabaseProblem(error);
  }
};
