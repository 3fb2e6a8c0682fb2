import { describe, expect, it } from '@jest/globals';
import { cutText, ProblemError } from '../src/index.js';

describe('a text that is cut', () => {
  it('keeps its beginning, and no half of a character', () => {
    expect([cutText('abc', 3), cutText('abc', 2), cutText('', 0)]).toEqual(['abc', 'ab', '']);
    expect([cutText('a😀b', 4), cutText('a😀b', 3), cutText('a😀b', 2), cutText('a😀b', 1)]).toEqual([
      'a😀b',
      'a😀',
      'a',
      'a',
    ]);
  });
});

describe('a problem that quotes half a character', () => {
  it('has valid Unicode in its detail and in its violations', () => {
    const half = 'a😀'.slice(0, 2);
    const { detail, message, violations } = new ProblemError('not-found', `no \`${half}\``, {
      violations: [{ pointer: `/${half}`, detail: half, code: 'x' }],
    });
    const [violation] = violations;
    for (const text of [detail, message, violation?.pointer, violation?.detail])
      expect(text?.isWellFormed()).toBe(true);
    expect(violation).toMatchObject({ code: 'x' });
  });
});
