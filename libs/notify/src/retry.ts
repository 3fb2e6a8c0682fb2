import type { Timestamp } from '@interlock/contracts';
import { backOffMs } from '@interlock/kernel';

/**
 * What came of one attempt to send. `retry_after_ms` is what the receiver asked for. `reference`:
 * what the receiver calls it, such as the number of an issue.
 */
export type Attempt =
  | { readonly outcome: 'delivered'; readonly detail: string; readonly reference: string | null }
  | { readonly outcome: 'again'; readonly detail: string; readonly retry_after_ms: number | null }
  | { readonly outcome: 'final'; readonly detail: string };

const again = new Set([408, 425, 429]);
const longestAskedMs = 3_600_000;

/**
 * Milliseconds that `Retry-After` asks for: seconds, or a date held against `now`; null where it
 * says neither. An hour at most.
 */
export const retryAfterMs = (header: string | null, now: Timestamp): number | null => {
  if (header === null) return null;
  const text = header.trim();
  const ms = /^\d{1,9}$/.test(text)
    ? Number(text) * 1000
    : /^[A-Za-z]{3},/.test(text)
      ? Date.parse(text) - Date.parse(now)
      : Number.NaN;
  return Number.isNaN(ms) ? null : Math.min(longestAskedMs, Math.max(0, ms));
};

/**
 * What an HTTP answer means: 2xx delivered; 408, 425, 429 and 5xx come again; everything else is
 * final, redirects too, which are not followed. Whatever else the receiver said is not repeated: it
 * may hold what it was sent.
 */
export const attemptOf = (
  status: number,
  retryAfter: string | null,
  now: Timestamp,
  reference: string | null = null,
): Attempt => {
  const detail = `the receiver answered ${status}`;
  if (status >= 200 && status < 300) return { outcome: 'delivered', detail, reference };
  if (status >= 500 || again.has(status))
    return { outcome: 'again', detail, retry_after_ms: retryAfterMs(retryAfter, now) };
  return {
    outcome: 'final',
    detail: status >= 300 && status < 400 ? `${detail}, a redirect, which is not followed` : detail,
  };
};

/**
 * What an answer of an SMTP server means: 4xx comes again, 5xx is final; without one (a connection
 * that failed) it comes again.
 */
export const smtpAttemptOf = (code: number | null, detail: string): Attempt =>
  code !== null && code >= 500 && code < 600
    ? { outcome: 'final', detail }
    : { outcome: 'again', detail, retry_after_ms: null };

export type RetryLimits = {
  /** The first pause, and the longest, in milliseconds. */
  readonly first_ms: number;
  readonly most_ms: number;
  /** How long after the first attempt it is given up. */
  readonly give_up_ms: number;
};

/**
 * When the next attempt is made, after `attempts` that failed; null where it is given up. Pauses
 * double, spread by `random` (0 to 1); the receiver's wish goes before where it is longer, and what
 * it asks beyond the end is the end.
 */
export const nextAttemptAt = (of: {
  readonly attempts: number;
  readonly first_at: Timestamp;
  readonly now: Timestamp;
  readonly retry_after_ms: number | null;
  readonly random: number;
  readonly limits: RetryLimits;
}): Timestamp | null => {
  const { attempts, limits, random, retry_after_ms: asked } = of;
  const pause = Math.max(
    backOffMs(Math.max(0, attempts - 1), limits.first_ms, limits.most_ms, random),
    asked ?? 0,
  );
  const next = Date.parse(of.now) + pause;
  return next > Date.parse(of.first_at) + limits.give_up_ms ? null : new Date(next).toISOString();
};
