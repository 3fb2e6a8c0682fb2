import { setTimeout as delay } from 'node:timers/promises';
import { atThisPace } from '@interlock/pace';
import { RouteRefused } from './demo/api.js';

const isBusy = (error: unknown): boolean => error instanceof RouteRefused && error.status === 503;

type Patience = {
  readonly ms?: number;
  readonly againMs?: number;
  /** True for an error after which the work is repeated; by default, a service is not ready. */
  readonly isPassing?: (error: unknown) => boolean;
};

/**
 * Repeats work that a service was not ready for (503), for 60 s times the pace of the machine; then
 * throws the last refusal. INVARIANT: only for work that is idempotent.
 */
export const patiently = async (
  work: () => Promise<void>,
  { ms = atThisPace(60_000), againMs = 250, isPassing = isBusy }: Patience = {},
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
