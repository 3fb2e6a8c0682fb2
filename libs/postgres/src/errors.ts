import { ProblemError } from '@interlock/kernel';

/** SQLSTATE classes and node errors that mean: the database is not there now, the same statement may work later. */
const unavailable = /^(?:08|57P0[1-5]|53[0-4]00|ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENOTFOUND|EAI_AGAIN)/;
const texts = /^(?:Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Cannot use a pool after calling end)/;

const codeOf = (error: unknown): string => {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
};

/** True where the database could not be reached or is going down. */
export const isUnavailable = (error: unknown): boolean => {
  if (error instanceof AggregateError) return error.errors.some(isUnavailable);
  return unavailable.test(codeOf(error)) || (error instanceof Error && texts.test(error.message));
};

/** True where the same transaction may succeed when it is tried again: serialisation failure, deadlock, lock timeout. */
export const isTransient = (error: unknown): boolean => ['40001', '40P01', '55P03'].includes(codeOf(error));

/** The error as it is, or `database-unavailable` where the database is not there. */
export const asDatabaseProblem = (error: unknown): unknown =>
  isUnavailable(error)
    ? new ProblemError('database-unavailable', 'the database does not answer', { cause: error, remedy: 'try again; if it stays so, look at the database' })
    : error;

/** Runs reads so that a lost database is answered with `database-unavailable`. */
export const reading = async <T>(work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    throw asDatabaseProblem(error);
  }
};
