import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { countingLine, countsOf, skippedSuites } from '../jest/counts.mjs';
import { inOrder, rankOf } from '../jest/order.mjs';

describe('the counting line', () => {
  it('names what passed and what failed', () => {
    expect(countingLine({ passed: 12, failed: 0, skipped: 0 })).toBe('12 passed, 0 failed');
  });

  it('names what was skipped only where something was', () => {
    expect(countingLine({ passed: 12, failed: 3, skipped: 1 })).toBe('12 passed, 3 failed, 1 skipped');
  });

  it('counts a suite that failed to load, or to clean up, as a failure', () => {
    const testResults = [
      { numFailingTests: 1, failureMessage: 'a test failed' },
      { numFailingTests: 0, testExecError: { message: 'does not load' }, failureMessage: 'does not load' },
      { numFailingTests: 0, failureMessage: 'afterAll threw' },
      { numFailingTests: 0, failureMessage: null },
      { numFailingTests: 0, failureMessage: '' },
    ];
    const results = { numPassedTests: 5, numFailedTests: 1, numPendingTests: 2, numTodoTests: 1, testResults };
    expect(countsOf(results)).toEqual({ passed: 5, failed: 3, skipped: 3 });
  });
});

describe('skipped suites', () => {
  const suite = (status: string, title: string, ancestorTitles: readonly string[] = []) => ({ testFilePath: '/r/a.int.spec.ts', testResults: [{ status, title, ancestorTitles }] });

  it('are listed with the reason in their title', () => {
    expect(skippedSuites([suite('pending', 'opens a session', ['the engine (skipped: netconfd is not installed)'])])).toEqual([
      { file: '/r/a.int.spec.ts', count: 1, reason: 'netconfd is not installed' },
    ]);
  });

  it('are listed all the same without one', () => {
    expect(skippedSuites([suite('todo', 'opens a session')])).toEqual([{ file: '/r/a.int.spec.ts', count: 1, reason: 'no reason given' }]);
  });

  it('are not those that ran', () => {
    expect(skippedSuites([suite('passed', 'is skipped: never'), suite('failed', 'fails')])).toEqual([]);
  });
});

describe('the order of a run', () => {
  it('is pure, then real parts, then the whole stack', () => {
    const paths = ['/z.e2e.spec.ts', '/b.int.spec.ts', '/c.spec.ts', '/a.int.spec.ts', '/a.e2e.spec.ts', '/b.spec.ts'];
    expect(inOrder(paths.map((path) => ({ path }))).map(({ path }) => path)).toEqual(['/b.spec.ts', '/c.spec.ts', '/a.int.spec.ts', '/b.int.spec.ts', '/a.e2e.spec.ts', '/z.e2e.spec.ts']);
  });

  it('loses nothing, repeats nothing, and does not depend on the order given', () => {
    const path = fc.tuple(fc.nat(20), fc.constantFrom('.spec.ts', '.int.spec.ts', '.e2e.spec.ts')).map(([name, kind]) => `/${name}${kind}`);
    fc.assert(
      fc.property(fc.uniqueArray(path), (paths) => {
        const ordered = inOrder(paths.map((each) => ({ path: each }))).map((test) => test.path);
        expect([...ordered].sort()).toEqual([...paths].sort());
        expect(ordered.map(rankOf)).toEqual(ordered.map(rankOf).sort());
        expect(inOrder([...paths].reverse().map((each) => ({ path: each }))).map((test) => test.path)).toEqual(ordered);
      }),
    );
  });
});
