import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  done,
  halve,
  isObject,
  isTexts,
  logMixture,
  rateEvidence,
  retry,
  sameJson,
  shiftedThreshold,
  short,
  shown,
  skip,
  stop,
  worst,
  worstOf,
} from '../src/index.js';

describe('values that are compared', () => {
  it.each<readonly [unknown, unknown, boolean]>([
    [1, 1, true],
    [0, -0, true],
    ['1', 1, false],
    [null, null, true],
    [null, {}, false],
    [{}, null, false],
    [undefined, null, false],
    [{ a: 1, b: 2 }, { b: 2, a: 1 }, true],
    [{ a: 1 }, { a: 1, b: 2 }, false],
    [{ a: 1, b: 2 }, { a: 1 }, false],
    [{ a: 1, b: undefined }, { a: 1 }, true],
    [{ a: 1 }, { a: 1, b: undefined }, true],
    [{ a: 1 }, { a: 2 }, false],
    [{ a: null }, {}, false],
    [{ toString: 1 }, {}, false],
    [{ a: { b: [1, { c: 2 }] } }, { a: { b: [1, { c: 2 }] } }, true],
    [{ a: { b: [1, { c: 2 }] } }, { a: { b: [1, { c: 3 }] } }, false],
    [[], [], true],
    [[], {}, false],
    [{}, [], false],
    [[1, 2], [1, 2], true],
    [[1, 2], [2, 1], false],
    [[1], [1, 2], false],
    [[1, 2], [1], false],
    [[1], 1, false],
  ])('%j and %j are the same: %j', (a, b, same) => expect(sameJson(a, b)).toBe(same));

  it('equal their copies, and no value with another text', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        expect(sameJson(a, JSON.parse(JSON.stringify(a)))).toBe(true);
        if (sameJson(a, b)) expect(sameJson(b, a)).toBe(true);
      }),
    );
  });

  it('have members or have none', () => {
    expect([{}, { a: 1 }, null, undefined, [], 'a', 1, true].map(isObject)).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
      false,
      false,
    ]);
  });

  it('are lists of texts, or not', () => {
    expect([[], ['a', ''], ['a', 1], [null], { length: 0 }, 'a', undefined].map(isTexts)).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
      false,
    ]);
  });
});

describe('a value for display', () => {
  it('is a text unchanged, and JSON for everything else', () => {
    expect(['a b', 7, null, undefined, ['a'], { a: 1 }].map(shown)).toEqual([
      'a b',
      '7',
      'null',
      'nothing',
      '["a"]',
      '{"a":1}',
    ]);
  });

  it('is twelve characters of a hash, if there is one', () => {
    expect(['0123456789abcdef', '0123', '', null, undefined].map(short)).toEqual([
      '0123456789ab',
      '0123',
      'none',
      'none',
      'none',
    ]);
  });
});

describe('a threshold that is shifted', () => {
  it('stays within 0 and 1, and is rounded to six places', () => {
    expect([
      shiftedThreshold(0.7, 0.02),
      shiftedThreshold(0.7, -0.1),
      shiftedThreshold(0.95, 0.1),
      shiftedThreshold(0.05, -0.1),
      shiftedThreshold(0.1, 0.2),
      shiftedThreshold(0.123456, 0.0000004),
    ]).toEqual([0.72, 0.6, 1, 0, 0.3, 0.123456]);
  });
});

describe('evidence of a rate', () => {
  it('has an expectation of one at its limit, on either side', () => {
    const choose = (n: number, k: number): number => (k === 0 ? 1 : (choose(n, k - 1) * (n - k + 1)) / k);
    for (const side of ['below', 'above'] as const)
      for (const limit of [0.05, 0.3, 0.9]) {
        const trials = 12;
        const expected = Array.from({ length: trials + 1 }, (_, hits) => {
          const chance = choose(trials, hits) * limit ** hits * (1 - limit) ** (trials - hits);
          return chance * Math.exp(rateEvidence(hits, trials, limit, side));
        }).reduce((sum, one) => sum + one, 0);
        expect(expected).toBeCloseTo(1, 9);
      }
  });

  it('grows on its own side and shrinks on the other', () => {
    expect(rateEvidence(0, 0, 0.5, 'below')).toBeCloseTo(0, 12);
    expect(rateEvidence(0, 50, 0.5, 'below')).toBeGreaterThan(10);
    expect(rateEvidence(50, 50, 0.5, 'below')).toBeLessThan(0);
    expect(rateEvidence(50, 50, 0.5, 'above')).toBeGreaterThan(10);
    expect(rateEvidence(0, 50, 0.5, 'above')).toBeLessThan(0);
  });

  it('is infinite for a hypothesis that one case refutes', () => {
    expect(rateEvidence(4, 5, 1, 'below')).toBe(Infinity);
    expect(rateEvidence(5, 5, 1, 'below')).toBe(0);
    expect(rateEvidence(4, 5, 1, 'above')).toBe(0);
    expect(rateEvidence(1, 5, 0, 'above')).toBe(Infinity);
    expect(rateEvidence(0, 5, 0, 'above')).toBe(0);
    expect(rateEvidence(1, 5, 0, 'below')).toBe(0);
  });

  it('mixes logarithms without losing them', () => {
    expect(logMixture([0.25, 0.75], (i) => [Math.log(2), Math.log(4)][i] ?? 0)).toBeCloseTo(
      Math.log(3.5),
      12,
    );
    expect(logMixture([0.5, 0.5], () => 2000)).toBeCloseTo(2000, 9);
    expect(logMixture([0.5, 0.5], () => -Infinity)).toBe(-Infinity);
  });

  it('finds a boundary by bisection', () => {
    expect(halve(0, 1, (at) => at < 0.3)).toBeCloseTo(0.3, 9);
    expect(halve(2, 10, (at) => at < 7)).toBeCloseTo(7, 9);
    expect(halve(0, 1, () => true)).toBeCloseTo(1, 9);
  });
});

describe('the answers of gates and handlers', () => {
  it('the worse of two verdicts wins', () => {
    expect([worst('pass', 'fail'), worst('fail', 'pass'), worst('inconclusive', 'error')]).toEqual([
      'fail',
      'fail',
      'error',
    ]);
    expect([worstOf([]), worstOf(['pass', 'inconclusive', 'pass'])]).toEqual(['pass', 'inconclusive']);
  });

  it('a handler decides about its message, with a reason', () => {
    expect([done, skip('a'), retry(5, 'b'), stop('c')]).toEqual([
      { kind: 'done' },
      { kind: 'skip', reason: 'a' },
      { kind: 'retry', afterMs: 5, reason: 'b' },
      { kind: 'stop', reason: 'c' },
    ]);
  });
});
