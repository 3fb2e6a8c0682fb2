import { backOffMs } from '@interlock/kernel';
import { ErrorCode, NatsError } from 'nats';

/** How long an answer of JetStream is asked for, each try waiting for as long as the client does, 5 s: a server that is busy with its disk or elects a leader answers late. */
const patienceMs = 30_000;
/** JetStream's error while it cannot do anything just now. */
const temporarilyUnavailable = 10_008;

/** The request may have been done or not; whoever asks again learns it. */
const isPassing = (error: unknown): boolean =>
  error instanceof NatsError &&
  (error.code === String(ErrorCode.Timeout) ||
    error.code === String(ErrorCode.NoResponders) ||
    error.api_error?.err_code === temporarilyUnavailable);

/**
 * Asks JetStream until it answers, for 30 s at most; then throws what the last try threw. INVARIANT: only for what may be done twice: an answer may be lost after it was done.
 */
export const answered = async <T>(
  ask: () => Promise<T>,
  {
    patience = patienceMs,
    wait = (ms: number) => new Promise<unknown>((resolve) => setTimeout(resolve, ms)),
  } = {},
): Promise<T> => {
  const until = performance.now() + patience;
  for (let failures = 0; ; failures += 1) {
    try {
      return await ask();
    } catch (error) {
      if (!isPassing(error) || performance.now() >= until) throw error;
      await wait(backOffMs(failures, 50, 2000, Math.random()));
    }
  }
};
