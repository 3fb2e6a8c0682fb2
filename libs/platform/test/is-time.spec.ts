import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { validateSync } from 'class-validator';
import { faultsOf, IsTime, IsTimestamp } from '../src/index.js';

class Asked {
  @IsTime() at!: unknown;
}
const isTime = (at: unknown): boolean => validateSync(Object.assign(new Asked(), { at })).length === 0;

describe('a time in a request', () => {
  it.each([
    '2026-11-29',
    '2026-11-29T10:00Z',
    '2026-11-29T10:00:00Z',
    '2026-11-29T10:00:00.123456Z',
    '2026-11-29T10:00:00+01:00',
  ])('is %s', (text) => {
    expect(isTime(text)).toBe(true);
    expect(Number.isNaN(Date.parse(text))).toBe(false);
  });

  it.each([
    '',
    'yesterday',
    '2026-W48-1',
    '2026-333',
    '2026-11-29T10Z',
    '20261129T100000Z',
    '2026-11-29T10:00',
    '2026-02-30',
    '2026-13-01T00:00:00Z',
    '9999-12-31T23:59:59-10:00',
    '0000-01-01',
    1764410400000,
    null,
  ])('is not %j', (value) => expect(isTime(value)).toBe(false));
});

class Stamped {
  @IsTimestamp() at!: unknown;
}
const faultsOfTimestamp = (at: unknown): readonly string[] =>
  faultsOf(Object.assign(new Stamped(), { at }), { strict: true }).map(({ detail }) => detail);
const fault = 'must be a time of RFC 3339 that exists, such as `2026-11-20T08:00:00Z`';

describe('a timestamp in a request', () => {
  it.each([
    '2026-11-29T10:00:00Z',
    '2026-11-29T10:00:00.123456789Z',
    '2026-11-29t10:00:00z',
    '2026-11-29 10:00:00+01:00',
    '2024-02-29T23:59:59-23:59',
    '0001-01-01T00:00:00Z',
  ])('is %s', (text) => {
    expect(faultsOfTimestamp(text)).toEqual([]);
    expect(Number.isNaN(Date.parse(text))).toBe(false);
  });

  it.each([
    '2026-12-31T23:59:60Z',
    '2026-02-29T10:00:00Z',
    '2026-04-31T10:00:00Z',
    '2026-13-01T10:00:00Z',
    '2026-11-29T24:00:00Z',
    '2026-11-29T10:00:00',
    '2026-11-29',
    '',
    1764410400000,
    null,
  ])('is not %j', (value) => expect(faultsOfTimestamp(value)).toEqual([fault]));
});
