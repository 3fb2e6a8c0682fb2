import { backOffMs } from '@interlock/kernel';
import { ErrorCode, NatsError } from 'nats';

/**
 * How long a request to JetStream is repeated; each attempt waits for the client's own 5 s. A
 * server that is busy with its disk or elects a leader answers late.
 */
const timeoutMs = 30_000;
/**
 * JetStream's errors while it is temporarily unable to work, and while too few servers of a cluster
 * have reported what room they have.
 */
const passingErrors: readonly (number | undefined)[] = [10_008, 10_005];

/** The request may or may not have been carried out; a repeat finds out. */
const isPassing = (error: unknown): boolean =>
  error instanceof NatsError &&
  (error.code === String(ErrorCode.Timeout) ||
    error.code === String(ErrorCode.NoResponders) ||
    passingErrors.includes(error.api_error?.err_code));

/**
 * Repeats a request to JetStream until it answers, for at most 30 s; then throws the error of the
 * last attempt. INVARIANT: only for requests that may be carried out twice, because an answer may
 * be lost.
 */
export const answered = async <T>(
  ask: () => Promise<T>,
  {
    timeout = timeoutMs,
    wait = (ms: number) => new Promise<unknown>((resolve) => setTimeout(resolve, ms)),
  } = {},
): Promise<T> => {
  const until = performance.now() + timeout;
  for (let failures = 0; ; failures += 1) {
    try {
      return await ask();
    } catch (error) {
      if (!isPassing(error) || performance.now() >= until) throw error;
      await wait(backOffMs(failures, 50, 2000, Math.random()));
    }
  }
};
