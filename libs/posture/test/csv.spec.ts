import { describe, expect, it } from '@jest/globals';
import { checkIntegrityCsv } from '../src/index.js';

describe('the integrity metrics as CSV', () => {
  it.each([
    ['one row', 'integrity_score\n97.5\n', 1],
    ['both ends of the range', 'timestamp,integrity_score\n1,0\n2,100\n', 2],
    [
      'quoted fields, a byte order mark and other line ends',
      '\uFEFF"integrity_score","note"\r\n"91","a, ""b"""\r\n\r\n',
      1,
    ],
  ])('match their schema: %s', (_what, text, rows) => {
    expect(checkIntegrityCsv(text)).toEqual({ rows, faults: [] });
  });

  it.each([
    ['', '/0', 'has no column integrity_score'],
    ['integrity_score\n', '', 'has no row'],
    ['timestamp,score\n1,97\n', '/0', 'has no column integrity_score'],
    ['integrity_score,integrity_score\n1,2\n', '/0', 'must name each column once'],
    ['a,integrity_score\n1,97\n2\n', '/2', 'must have 2 fields, as the header has'],
    ['a,integrity_score\n1,97,98\n', '/1', 'must have 2 fields, as the header has'],
    ['a,integrity_score\n1,\n', '/1/integrity_score', 'must be a number from 0 to 100'],
    ['integrity_score\n100.01\n', '/1/integrity_score', 'must be a number from 0 to 100'],
    ['integrity_score\n-0.01\n', '/1/integrity_score', 'must be a number from 0 to 100'],
    ['integrity_score\nNaN\n', '/1/integrity_score', 'must be a number from 0 to 100'],
    ['a,integrity_score\n"1,97\n', '/1', 'is not a line of CSV'],
    ['a,integrity_score\n"1"x,97\n', '/1', 'is not a line of CSV'],
  ])('do not match: %p', (text, pointer, detail) => {
    expect(checkIntegrityCsv(text).faults).toContainEqual({ pointer, detail });
  });

  it('are checked to their end, with every fault named', () => {
    const { rows, faults } = checkIntegrityCsv('a,integrity_score\n1,x\n2,97\n3\n');
    expect(rows).toBe(3);
    expect(faults.map(({ pointer }) => pointer)).toEqual(['/1/integrity_score', '/3']);
  });
});
