import type { Timestamp } from '@interlock/contracts';
import { backOffMs } from '@interlock/kernel';

/**
 * The result of one attempt to send. `retry_after_ms` is the pause that the receiver requests.
 * `reference`: the receiver's name for the notice, such as the number of an issue.
 */
export type Attempt =
  | { readonly outcome: 'delivered'; readonly detail: string; readonly reference: string | null }
  | { readonly outcome: 'again'; readonly detail: string; readonly retry_after_ms: number | null }
  /** `gone`: the receiver wants nothing more. */
  | { readonly outcome: 'final'; readonly detail: string; readonly gone?: true };

const again = new Set([408, 425, 429]);
const longestAskedMs = 3_600_000;

/** The three forms of a date in HTTP (RFC 9110, 5.6.7). The last one names no zone and is UTC. */
const httpDates: readonly RegExp[] = [
  /^[A-Z][a-z]{2}, .+ GMT$/,
  /^[A-Z][a-z]+day, \d\d-[A-Z][a-z]{2}-\d\d .+ GMT$/,
  /^[A-Z][a-z]{2} [A-Z][a-z]{2} [\d ]\d .+ \d{4}$/,
];
const httpDate = (text: string): number => {
  if (!httpDates.some((form) => form.test(text))) return Number.NaN;
  return Date.parse(text.endsWith(' GMT') ? text : `${text} GMT`);
};

/**
 * The pause of `Retry-After` in milliseconds: seconds, or a date relative to `now`; null if it is
 * neither. At most an hour.
 */
export const retryAfterMs = (header: string | null, now: Timestamp): number | null => {
  if (header === null) return null;
  const text = header.trim();
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : httpDate(text) - Date.parse(now);
  return Number.isNaN(ms) ? null : Math.min(longestAskedMs, Math.max(0, ms));
};

/**
 * The meaning of an HTTP answer: 2xx is delivered; 408, 425, 429 and 5xx are retried. Everything
 * else is final, including redirects, which are not followed. The rest of the answer is not
 * repeated, because it may quote the request.
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
    ...(status === 410 ? { gone: true as const } : {}),
  };
};

/**
 * The meaning of an SMTP server's answer: 4xx is retried, 5xx is final. Without an answer (a failed
 * connection) the attempt is retried.
 */
export const smtpAttemptOf = (code: number | null, detail: string): Attempt =>
  code !== null && code >= 500 && code < 600
    ? { outcome: 'final', detail }
    : { outcome: 'again', detail, retry_after_ms: null };

export type RetryLimits = {
  /** The first and the longest pause, in milliseconds. */
  readonly first_ms: number;
  readonly most_ms: number;
  /** The time after the first attempt at which attempts stop. */
  readonly give_up_ms: number;
};

/**
 * The time of the next attempt after `attempts` failures; null to give up. Pauses double, spread by
 * `random` (0 to 1). A longer pause requested by the receiver takes precedence, and one beyond the
 * time limit ends the attempts.
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
