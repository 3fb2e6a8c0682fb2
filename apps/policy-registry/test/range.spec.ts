import { isProblem } from '@interlock/kernel';
import { describe, expect, it } from '@jest/globals';
import { rangeOf } from '../src/simulate/range.js';

const now = '2026-06-01T00:00:00.000Z';
const pointersOf = (work: () => unknown): readonly string[] => {
  try {
    work();
    return [];
  } catch (error) {
    if (!isProblem(error)) throw error;
    return error.violations.map(({ pointer }) => pointer);
  }
};

describe('a range of recorded evaluations', () => {
  it('begins some days before its end, unless a beginning is given', () => {
    expect(rangeOf({}, now, 5)).toEqual({ from: '2026-05-25T00:00:00.000Z', to: now, most: 5 });
    expect(rangeOf({ to: '2026-01-02T00:00:00Z' }, now, 5, { lengthMs: 86_400_000 }).from).toBe(
      '2026-01-01T00:00:00.000Z',
    );
  });

  it('is refused by the name of its end where it would begin before the year 1', () => {
    const to = '0001-01-01T00:00:00Z';
    expect(pointersOf(() => rangeOf({ to }, now, 5, { pointer: '/query' }))).toEqual(['/query/to']);
    expect(pointersOf(() => rangeOf({ from: to, to }, now, 5))).toEqual(['/from']);
    expect(pointersOf(() => rangeOf({ to: '0001-01-08T00:00:00Z' }, now, 5))).toEqual([]);
  });
});
