import { describe, expect, it } from '@jest/globals';
import { addDays, dayOf, daysBetween, isTimeZone } from '../src/index.js';

describe('the days of a tenant', () => {
  it.each([
    ['UTC', '2026-03-29T23:30:00.000Z', '2026-03-29'],
    ['Europe/Berlin', '2026-03-29T22:30:00.000Z', '2026-03-30'],
    ['America/New_York', '2026-01-01T03:00:00.000Z', '2025-12-31'],
    ['Asia/Kolkata', '2026-02-28T18:30:00.000Z', '2026-03-01'],
  ])('in %s %s is %s', (zone, at, day) => expect(dayOf(at, zone)).toBe(day));

  it.each([
    ['UTC', true],
    ['Europe/Berlin', true],
    ['Etc/GMT+5', true],
    ['Mars/Olympus', false],
    ['', false],
    ['../etc', false],
  ])('%p is a time zone: %p', (text, known) => expect(isTimeZone(text)).toBe(known));

  it('counts days over the ends of months and changes of summer time', () => {
    expect([
      addDays('2026-03-01', -1),
      addDays('2026-12-31', 1),
      daysBetween('2026-03-28', '2026-03-30'),
      daysBetween('2026-03-30', '2026-03-28'),
    ]).toEqual(['2026-02-28', '2027-01-01', 2, -2]);
  });
});
