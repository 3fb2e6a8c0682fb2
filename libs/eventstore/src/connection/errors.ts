import {
  isCommandError as isCommand,
  StreamDeletedError,
  WrongExpectedVersionError,
  MaxAppendSizeExceededError,
  AccessDeniedError,
  StreamNotFoundError,
  DeadlineExceededError,
} from '@eventstore/db-client';
import { isProblem, ProblemError } from '@interlock/kernel';

const remedy = 'check that the log is running and reachable, then repeat the request';

/** gRPC's DATA_LOSS: the log found an event that differs from the one it wrote. */
const dataLoss = 15;

type CommandError = Error & { readonly code?: number };
const isCommandError = (error: unknown): error is CommandError => error instanceof Error && isCommand(error);

const text = (error: unknown): string =>
  error instanceof Error && error.message !== '' ? error.message : String(error);

/** The problem that a caller receives for a failed read, head or metadata call. */
export const readProblem = (error: unknown, what: string): ProblemError => {
  if (isProblem(error)) return error;
  if (error instanceof StreamDeletedError)
    return new ProblemError('unknown-stream', `stream \`${error.streamName}\` was deleted for good`, {
      cause: error,
    });
  if (error instanceof AccessDeniedError) return accessDenied(what, error);
  if (isCommandError(error) && error.code === dataLoss)
    return new ProblemError('log-damaged', `${what} failed: ${text(error)}`, {
      remedy: 'stop everything that writes to the log, and restore it from a copy',
      cause: error,
    });
  return new ProblemError('log-unavailable', `${what} failed: ${text(error)}`, { remedy, cause: error });
};

/** A call that got no answer in time. */
export const lateProblem = (what: string, ms: number): ProblemError =>
  new ProblemError('log-unavailable', `${what} got no answer within ${ms} ms`, { remedy });

/** A call that was never sent, because this side has closed. */
export const closedProblem = (what: string): ProblemError =>
  new ProblemError('log-unavailable', `${what} came after the connection to the log was closed`, { remedy });

const accessDenied = (what: string, cause: unknown): ProblemError =>
  new ProblemError('log-unavailable', `${what} was refused by the log`, {
    remedy: 'check the user and password in the connection string',
    cause,
  });

export const isNotFound = (error: unknown): boolean => error instanceof StreamNotFoundError;

/**
 * A lost race, as the definite answer to one append. If the whole call ended with that error,
 * another append lost the race.
 */
export const wrongVersion = (error: unknown): WrongExpectedVersionError | undefined =>
  error instanceof WrongExpectedVersionError && !brokeTheCall(error) ? error : undefined;

/**
 * A refusal of an append by a definite answer to that very append; `undefined` if the outcome is
 * unknown.
 */
export const definiteRefusal = (error: unknown, stream: string): ProblemError | undefined => {
  if (!isCommandError(error) || brokeTheCall(error)) return undefined;
  if (error instanceof StreamDeletedError)
    return new ProblemError('unknown-stream', `stream \`${stream}\` was deleted for good`, { cause: error });
  if (error instanceof MaxAppendSizeExceededError)
    return new ProblemError(
      'payload-too-large',
      `an append to \`${stream}\` is larger than ${error.maxAppendSize} bytes`,
      { cause: error },
    );
  if (error instanceof AccessDeniedError) return accessDenied(`an append to \`${stream}\``, error);
  return undefined;
};

/** The gRPC call itself ended; an answer to one append within it carries no status code. */
export const brokeTheCall = (error: unknown): boolean => !isCommandError(error) || error.code !== undefined;

/**
 * The log's answer to one append that its time was over: the server's own limit, or the deadline
 * that was sent with it.
 */
export const isTimedOut = (error: unknown): boolean =>
  error instanceof DeadlineExceededError && !brokeTheCall(error);

/**
 * A log takes seconds to give up an append by itself. If it says sooner that a deadline has passed,
 * which is far away by this side's clock, then its clock differs.
 */
const soonMs = 1000;

/**
 * The final error for an append whose outcome nobody could determine. `timedOutAfterMs`: the
 * shortest time after which the log said that an append's time was over. INVARIANT: the message
 * mentions the clocks only if this time proves that they differ. A slow log says the same, but
 * later; so does a log that drops repeats until it has indexed the original.
 */
export const outcomeUnknown = (
  stream: string,
  ms: number,
  cause: unknown,
  timedOutAfterMs = Number.POSITIVE_INFINITY,
): ProblemError => {
  const what = `an append to \`${stream}\` was not confirmed within ${ms} ms`;
  if (!isTimedOut(cause))
    return new ProblemError('append-outcome-unknown', `${what}: ${text(cause)}`, {
      remedy: 'repeat the command with the same id',
      cause,
    });
  if (timedOutAfterMs < Math.min(soonMs, ms / 2)) {
    return new ProblemError(
      'append-outcome-unknown',
      `${what}: the log said after ${Math.round(timedOutAfterMs)} ms that it was too late for it, so its clock is ahead of this machine's`,
      {
        remedy: 'compare the clocks of this machine and of the log, then repeat the command with the same id',
        cause,
      },
    );
  }
  return new ProblemError(
    'append-outcome-unknown',
    `${what}: the log said that its time was over, as it does where it is slow, and to a repeat whose original it has not indexed yet`,
    {
      remedy: 'repeat the command with the same id',
      cause,
    },
  );
};
