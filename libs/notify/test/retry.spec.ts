import { describe, expect, it } from '@jest/globals';
import { attemptOf, nextAttemptAt, retryAfterMs, smtpAttemptOf } from '../src/index.js';

const now = '2026-01-01T00:00:00.000Z';

describe('the meaning of an answer', () => {
  it.each([
    [200, 'delivered'],
    [202, 'delivered'],
    [299, 'delivered'],
    [301, 'final'],
    [307, 'final'],
    [400, 'final'],
    [401, 'final'],
    [404, 'final'],
    [408, 'again'],
    [410, 'final'],
    [422, 'final'],
    [425, 'again'],
    [428, 'final'],
    [429, 'again'],
    [499, 'final'],
    [500, 'again'],
    [503, 'again'],
    [599, 'again'],
    [199, 'final'],
  ])('%i is %s', (status, outcome) => expect(attemptOf(status, null, now).outcome).toBe(outcome));

  it('limits the requested pause', () =>
    expect(attemptOf(429, '7', now)).toMatchObject({ outcome: 'again', retry_after_ms: 7000 }));

  it.each([
    [null, 'again'],
    [421, 'again'],
    [450, 'again'],
    [499, 'again'],
    [500, 'final'],
    [535, 'final'],
    [599, 'final'],
    [600, 'again'],
  ])('of a mail server %p is %s', (code, outcome) => expect(smtpAttemptOf(code, 'd').outcome).toBe(outcome));
});

describe('Retry-After', () => {
  it.each([
    [null, null],
    ['0', 0],
    ['120', 120_000],
    [' 5 ', 5000],
    ['3600', 3_600_000],
    ['3601', 3_600_000],
    ['-1', null],
    ['soon', null],
    ['1.5', null],
    ['Thu, 01 Jan 2026 00:00:30 GMT', 30_000],
    ['Wed, 31 Dec 2025 23:59:00 GMT', 0],
    ['Thursday, 01-Jan-26 00:00:30 GMT', 30_000],
    ['Thu Jan  1 00:00:30 2026', 30_000],
    ['Thu, 01 Jan 2026 00:00:30', null],
    ['Fri, 99 Foo 2026', null],
  ])('%p is %p ms', (header, ms) => expect(retryAfterMs(header, now)).toBe(ms));
});

describe('the time of the next attempt', () => {
  const limits = { first_ms: 1000, most_ms: 60_000, give_up_ms: 3_600_000 };
  const at = (of: Partial<Parameters<typeof nextAttemptAt>[0]>): number | null => {
    const next = nextAttemptAt({
      attempts: 1,
      first_at: now,
      now,
      retry_after_ms: null,
      random: 1,
      limits,
      ...of,
    });
    return next === null ? null : Date.parse(next) - Date.parse(now);
  };

  it.each([
    [1, 1, 1000],
    [1, 0, 500],
    [2, 1, 2000],
    [3, 1, 4000],
    [7, 1, 60_000],
    [1000, 1, 60_000],
    [1000, 0, 30_000],
  ])('after %i attempts, spread by %d, it waits %i ms', (attempts, random, ms) =>
    expect(at({ attempts, random })).toBe(ms),
  );

  it('respects a longer pause requested by the receiver', () => {
    expect(at({ retry_after_ms: 30_000 })).toBe(30_000);
    expect(at({ retry_after_ms: 10 })).toBe(1000);
  });

  it('gives up only if the next attempt would be after the time limit', () => {
    const first_at = new Date(Date.parse(now) - limits.give_up_ms + 1000).toISOString();
    expect(at({ first_at })).toBe(1000);
    expect(at({ first_at, attempts: 2 })).toBeNull();
    expect(at({ retry_after_ms: 3_600_001 })).toBeNull();
  });
});
