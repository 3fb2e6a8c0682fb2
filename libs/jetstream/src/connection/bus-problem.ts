import type { ProblemCode } from '@interlock/contracts';
import { isProblem, ProblemError } from '@interlock/kernel';
import { ErrorCode, NatsError } from 'nats';

/**
 * An error of NATS as a problem: `payload-too-large`, else `bus-unavailable`, unless a code is
 * named.
 */
export const busProblem = (
  error: unknown,
  what: string,
  over: { readonly code?: ProblemCode; readonly remedy?: string } = {},
): ProblemError => {
  if (isProblem(error)) return error;
  const text = error instanceof Error ? error.message : String(error);
  if (
    error instanceof NatsError &&
    (error.code === ErrorCode.MaxPayloadExceeded || error.api_error?.err_code === 10_054)
  ) {
    return new ProblemError('payload-too-large', `${what}: the message is larger than the bus takes`, {
      cause: error,
    });
  }
  return new ProblemError(over.code ?? 'bus-unavailable', `${what} failed: ${text}`, {
    remedy: over.remedy ?? 'check that NATS runs with JetStream and can be reached',
    cause: error,
  });
};
