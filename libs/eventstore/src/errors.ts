import { isCommandError as isCommand, StreamDeletedError, WrongExpectedVersionError, MaxAppendSizeExceededError, AccessDeniedError, StreamNotFoundError, DeadlineExceededError } from '@eventstore/db-client';
import { isProblem, ProblemError } from '@interlock/kernel';

const remedy = 'check that the log is running and reachable, then repeat the request';

/** gRPC's DATA_LOSS: the log found an event that is not what it wrote. */
const dataLoss = 15;

type CommandError = Error & { readonly code?: number };
const isCommandError = (error: unknown): error is CommandError => error instanceof Error && isCommand(error);

const text = (error: unknown): string => (error instanceof Error && error.message !== '' ? error.message : String(error));

/** A failed read, head or metadata call as the problem that its caller gets. */
export const readProblem = (error: unknown, what: string): ProblemError => {
  if (isProblem(error)) return error;
  if (error instanceof StreamDeletedError) return new ProblemError('unknown-stream', `stream \`${error.streamName}\` was deleted for good`, { cause: error });
  if (error instanceof AccessDeniedError) return accessDenied(what, error);
  if (isCommandError(error) && error.code === dataLoss) return new ProblemError('log-damaged', `${what} failed: ${text(error)}`, { remedy: 'stop everything that writes to the log, and restore it from a copy', cause: error });
  return new ProblemError('log-unavailable', `${what} failed: ${text(error)}`, { remedy, cause: error });
};

/** A call that got no answer in time. */
export const lateProblem = (what: string, ms: number): ProblemError => new ProblemError('log-unavailable', `${what} got no answer within ${ms} ms`, { remedy });

/** A call that never left, for this side has closed. */
export const closedProblem = (what: string): ProblemError => new ProblemError('log-unavailable', `${what} came after the connection to the log was closed`, { remedy });

const accessDenied = (what: string, cause: unknown): ProblemError =>
  new ProblemError('log-unavailable', `${what} was refused by the log`, { remedy: 'check the user and password in the connection string', cause });

export const isNotFound = (error: unknown): boolean => error instanceof StreamNotFoundError;

/** A lost race, as the definite answer to one append: where the whole call ended with that error, it is some other append's. */
export const wrongVersion = (error: unknown): WrongExpectedVersionError | undefined => (error instanceof WrongExpectedVersionError && !brokeTheCall(error) ? error : undefined);

/** What the server refused of an append by a definite answer to that very append; `undefined` where the outcome is unknown. */
export const definiteRefusal = (error: unknown, stream: string): ProblemError | undefined => {
  if (!isCommandError(error) || brokeTheCall(error)) return undefined;
  if (error instanceof StreamDeletedError) return new ProblemError('unknown-stream', `stream \`${stream}\` was deleted for good`, { cause: error });
  if (error instanceof MaxAppendSizeExceededError) return new ProblemError('payload-too-large', `an append to \`${stream}\` is larger than ${error.maxAppendSize} bytes`, { cause: error });
  if (error instanceof AccessDeniedError) return accessDenied(`an append to \`${stream}\``, error);
  return undefined;
};

/** The gRPC call itself ended; an answer to one append within it carries no status code. */
export const brokeTheCall = (error: unknown): boolean => !isCommandError(error) || error.code !== undefined;

/** The last word on an append that nobody could learn the outcome of. */
export const outcomeUnknown = (stream: string, ms: number, cause: unknown): ProblemError => {
  const clocks = cause instanceof DeadlineExceededError && cause.code === undefined;
  return new ProblemError(
    'append-outcome-unknown',
    `an append to \`${stream}\` was not confirmed within ${ms} ms: ${clocks ? 'the log said that its deadline had passed, which a clock that runs apart also brings about' : text(cause)}`,
    { remedy: clocks ? 'compare the clocks of this machine and of the log, then repeat the command with the same id' : 'repeat the command with the same id', cause },
  );
};
