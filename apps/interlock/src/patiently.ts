import { setTimeout as delay } from 'node:timers/promises';
import { patience } from '@interlock/pace';
import { RouteRefused } from './demo/api.js';

const isBusy = (error: unknown): boolean => error instanceof RouteRefused && error.status === 503;

/**
 * Repeats work that a service was not ready for (503), for 60 s times the pace of the machine; then
 * throws the last refusal. INVARIANT: only for work that is idempotent.
 */
export const patiently = async (
  work: () => Promise<void>,
  { ms = patience(60_000), againMs = 250 } = {},
): Promise<void> => {
  for (const until = performance.now() + ms; ;) {
    try {
      await work();
      return;
    } catch (error) {
      if (!isBusy(error) || performance.now() >= until) throw error;
      await delay(againMs);
    }
  }
};
