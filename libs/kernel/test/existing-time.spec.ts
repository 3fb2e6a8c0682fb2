import { describe, expect, it } from '@jest/globals';
import { isDay, isExistingTime } from '../src/index.js';

describe('a time of RFC 3339 that exists', () => {
  it.each([
    '2026-11-20T08:00:00Z',
    '2026-11-20t08:00:00z',
    '2026-11-20 08:00:00Z',
    '2026-11-20T08:00:00.123456789Z',
    '2026-11-20T08:00:00-00:00',
    '2024-02-29T23:59:59+23:59',
    '0001-01-01T00:00:00Z',
    '9999-12-31T23:59:59.999Z',
  ])('is %s', (text) => {
    expect(isExistingTime(text)).toBe(true);
    expect(new Date(text).toISOString()).toMatch(/^\d{4}-/);
  });

  it.each([
    ['a day that the calendar lacks', '2026-02-30T00:00:00Z'],
    ['29 February of a common year', '2026-02-29T00:00:00Z'],
    ['31 April, whose UTC day exists', '2026-04-31T00:00:00+02:00'],
    ['a leap second', '2026-12-31T23:59:60Z'],
    ['hour 24', '2026-12-31T24:00:00Z'],
    ['an offset of a day', '2026-12-31T00:00:00+24:00'],
    ['the year 10000 in UTC', '9999-12-31T23:59:59-10:00'],
    ['the year 0, which the database lacks', '0000-06-01T00:00:00Z'],
    ['the year 0 in UTC', '0001-01-01T00:00:00+01:00'],
    ['no zone', '2026-11-20T08:00:00'],
    ['a day alone', '2026-11-20'],
    ['digits without end', `2026-11-20T08:00:00.${'1'.repeat(200)}Z`],
    ['a number', 1764410400000],
    ['nothing', null],
  ])('is not %s', (_what, value) => expect(isExistingTime(value)).toBe(false));
});

describe('a day of the calendar', () => {
  it.each([
    ['2026-01-28', true],
    ['2024-02-29', true],
    ['2026-02-29', false],
    ['2026-13-01', false],
    ['2026-1-28', false],
    ['20260128', false],
    ['x2026-01-28', false],
    ['2026-01-28x', false],
    ['2026-01-28T00:00', false],
    ['', false],
  ])('%j: %s', (text, is) => expect(isDay(text)).toBe(is));
});
