import { describe, expect, it } from '@jest/globals';
import { csvOf } from '../src/ui/tables/csv.js';

describe('rows as CSV', () => {
  it('quote what would end a cell, and keep what is plain', () => {
    expect(
      csvOf([
        ['at', 'what'],
        ['2026-11-27T10:00:00.000Z', 'a "b", c\nd'],
      ]),
    ).toBe('at,what\r\n2026-11-27T10:00:00.000Z,"a ""b"", c\nd"\r\n');
    expect(csvOf([])).toBe('');
    expect(csvOf([[-1, '+1', null, undefined]])).toBe('-1,+1,,\r\n');
  });

  it.each(['=1+1', '+x', '-x', '@x', '\tx'])('hold no formula: %j', (text) => {
    expect(csvOf([[text]])).toBe(`'${text}\r\n`);
  });
});
