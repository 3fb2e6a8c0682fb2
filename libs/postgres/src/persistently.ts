import { backOffMs } from '@interlock/kernel';

import { isTransient, isUnavailable } from './errors.js';
import { pause } from './pause.js';
import { SchemaSwapped } from './projection/definition/batch.js';

/** How many times a batch restarts after a swap of its schema before that counts as a failure. */
const mostSwaps = 20;

/**
 * Repeats work with growing pauses while the database is away, and at once after a rebuild swapped
 * the schema. `onAgain` is called before each pause.
 */
export const persistently = async (
  signal: AbortSignal,
  work: () => Promise<void>,
  onAgain: (error: unknown, attempt: number, isAway: boolean) => void,
): Promise<void> => {
  for (let attempt = 1, swaps = 0; ; attempt += 1) {
    try {
      await work();
      return;
    } catch (error) {
      if (error instanceof SchemaSwapped && !signal.aborted && swaps < mostSwaps) {
        swaps += 1;
        await pause(5 * swaps, signal);
        continue;
      }
      const isAway = isUnavailable(error);
      if (signal.aborted || (!isAway && !isTransient(error))) throw error;
      onAgain(error, attempt, isAway);
      await pause(backOffMs(attempt, 25, 2000, Math.random()), signal);
      if (signal.aborted) throw error;
    }
  }
};
