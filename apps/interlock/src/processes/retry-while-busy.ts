import { setTimeout as delay } from 'node:timers/promises';
import { atThisPace } from '@interlock/pace';
import { RouteRefused } from '../demo/api.js';

const isBusy = (error: unknown): boolean => error instanceof RouteRefused && error.status === 503;

type RetryOptions = {
  readonly ms?: number;
  readonly againMs?: number;
  /**
   * Returns whether the work is repeated after an error; the default is if a service is not ready.
   */
  readonly isPassing?: (error: unknown) => boolean;
};

/**
 * Repeats work while a service is not ready for it (503), for 60 s times the pace of the machine.
 * Then it throws the last refusal. INVARIANT: only for idempotent work.
 */
export const retryWhileBusy = async (
  work: () => Promise<void>,
  { ms = atThisPace(60_000), againMs = 250, isPassing = isBusy }: RetryOptions = {},
): Promise<void> => {
  for (const until = performance.now() + ms; ;) {
    try {
      await work();
      return;
    } catch (error) {
      if (!isPassing(error) || performance.now() >= until) throw error;
      await delay(againMs);
    }
  }
};
