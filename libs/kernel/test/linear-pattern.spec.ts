import { describe, expect, it } from '@jest/globals';

import {
  linearPatternFault,
  linearRegExp,
  matchesLinear,
  patternLimits,
  PatternWorkExceeded,
  withPatternWork,
} from '../src/values/linear-pattern.js';

/**
 * Every code point that a class of RE2 or JavaScript may treat in its own way, and plain ones
 * beside them.
 */
const samples = [
  ...Array.from({ length: 0x3100 }, (_, code) => code),
  0xd7ff,
  0xe000,
  0xfeff,
  0xff21,
  0x10400,
  0x1f600,
  0x1f601,
  0x10ffff,
].map((code) => String.fromCodePoint(code));

describe('a pattern from outside', () => {
  it.each([
    '^.$',
    '\\s',
    '\\S',
    '[\\s]',
    '[^\\s]',
    '[\\S]',
    '[^\\S]',
    '[\\s\\d_-]',
    '\\w',
    '[^\\w]',
    '\\d',
    '\\D',
    '[\\b]',
    'a\\b',
    '[^]',
    '[]',
    '[[:word:]x?[a]',
    '[[]',
    '[(?=a)]',
    '[(?<a]>?',
    '[.]',
    '\\.',
    '\\u0041',
    '\\u{1F600}',
    '\\ud83d\\ude00',
    '[\\ud83d\\ude00-\\ud83d\\ude01]',
    '\\cA',
    '\\0',
    '\\x41',
    '\\/',
    '[a\\-b]',
    '[\\^\\]]',
    '\\[.\\]',
    '\\p{L}',
    '\\P{Lu}',
    '[\\p{Lu}\\d]',
    '(?<name>a)',
    '(?<$x>a|b)',
    '(?:a|)',
    '\\f|\\n|\\r|\\t|\\v',
  ])('`%s` matches where JavaScript matches it', (pattern) => {
    const native = new RegExp(pattern, 'u');
    expect(linearPatternFault(pattern)).toBeNull();
    expect(samples.filter((text) => matchesLinear(pattern, text))).toEqual(
      samples.filter((text) => native.test(text)),
    );
  });

  it.each([
    ['^a$', 'a\n'],
    ['a$', 'ba'],
    ['^(?:a*)*$', 'aab'],
    ['^a{2,3}?$', 'aaa'],
    ['^[a-z]+@[a-z.]+$', 'a@b.c'],
    ['\\ba\\B', 'ab'],
  ])('`%s` gives the same result for %j as JavaScript', (pattern, text) => {
    expect(matchesLinear(pattern, text)).toBe(new RegExp(pattern, 'u').test(text));
  });

  it.each([
    ['(?=a)b', 'is a pattern that looks around'],
    ['(?!a)b', 'is a pattern that looks around'],
    ['(?<=a)b', 'is a pattern that looks around'],
    ['(?<!a)b', 'is a pattern that looks around'],
    ['(a)\\1', 'is a pattern that refers back'],
    ['(?<n>a)\\k<n>', 'is a pattern that refers back'],
    ['[', 'is not a pattern'],
    ['(?i)a', 'is not a pattern'],
    ['a{1001}', 'is a pattern that RE2 does not take: invalid repeat count: `{1001}`'],
    ['(?:a{1000}){1000}', 'is a pattern that RE2 does not take: invalid repeat count: `{1000}`'],
    ['(?:a{30}){30}', `is a pattern whose repeats come to more than ${patternLimits.instructions} steps`],
    ['a'.repeat(257), 'is a pattern of more than 256 characters'],
  ])('`%s` is refused with the reason', (pattern, fault) => {
    expect(linearPatternFault(pattern)).toBe(fault);
    expect(() => linearRegExp(pattern)).toThrow(fault);
  });

  it('is matched within the work of one check', () => {
    const { test } = linearRegExp('^[ab]+$');
    const text = 'a'.repeat(30_000);
    expect(withPatternWork(() => [test(text), test(text)])).toEqual([true, true]);
    expect(() => withPatternWork(() => Array.from({ length: 100 }, () => test(text)))).toThrow(
      PatternWorkExceeded,
    );
    expect(matchesLinear('^[ab]+$', text)).toBe(true);
  });
});
