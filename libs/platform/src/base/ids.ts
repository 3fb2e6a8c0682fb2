import { v7 } from 'uuid';
import { defaults, type Timestamp } from '@interlock/contracts';

/** Returns a new UUIDv7. */
export const newId = (): string => v7();

/** Returns the present time, RFC 3339 in UTC with milliseconds. */
export const nowText = (): Timestamp => new Date().toISOString();

/**
 * Returns the time from which nothing starts under the previous mode or policy. Answers to such
 * changes contain it.
 */
export const effectiveBy = (): Timestamp => new Date(Date.now() + defaults.turn_valid_ms).toISOString();

/**
 * Waits before a lost race is decided again, with jitter, at most 50 ms; `attempt` counts from 1.
 */
export const backoff = async (attempt: number): Promise<void> => {
  const most = Math.min(50, 2 ** Math.min(attempt, 6));
  await new Promise((resolve) => setTimeout(resolve, Math.random() * most));
};
