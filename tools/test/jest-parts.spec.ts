import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import vm from 'node:vm';

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { countingLine, countsOf, skippedSuites } from '../jest/counts.mjs';
import { longOnes, readDurations, readLongSuites } from '../jest/durations.mjs';
import { root } from '../run/node.mjs';
import { inOrder } from '../jest/order.mjs';

// The worker's own instances, which a suite's `import` and `createRequire` do not reach.
const ofWorker = process.getBuiltinModule('node:module').createRequire(import.meta.url);
const { ownContext, packageGlobals } = ofWorker('../jest/compiled.cjs') as {
  readonly ownContext: vm.Context;
  readonly packageGlobals: Set<string>;
};
const Environment = ofWorker('../jest/environment.cjs') as new (config: object) => {
  readonly teardown: () => Promise<void>;
};

describe('the counting line', () => {
  it('names what passed and what failed', () =>
    expect(countingLine({ passed: 12, failed: 0, skipped: 0 })).toBe('12 passed, 0 failed'));

  it('names skipped tests only if there are any', () =>
    expect(countingLine({ passed: 12, failed: 3, skipped: 1 })).toBe('12 passed, 3 failed, 1 skipped'));

  it('counts a suite that failed to load, or to clean up, as a failure', () => {
    const testResults = [
      { numFailingTests: 1, failureMessage: 'a test failed' },
      { numFailingTests: 0, testExecError: { message: 'does not load' }, failureMessage: 'does not load' },
      { numFailingTests: 0, failureMessage: 'afterAll threw' },
      { numFailingTests: 0, failureMessage: null },
      { numFailingTests: 0, failureMessage: '' },
    ];
    const results = {
      numPassedTests: 5,
      numFailedTests: 1,
      numPendingTests: 2,
      numTodoTests: 1,
      testResults,
    };
    expect(countsOf(results)).toEqual({ passed: 5, failed: 3, skipped: 3 });
  });
});

describe('skipped suites', () => {
  const suite = (status: string, title: string, ancestorTitles: readonly string[] = []) => ({
    testFilePath: '/r/a.int.spec.ts',
    testResults: [{ status, title, ancestorTitles }],
  });

  it('are listed with the reason in their title', () => {
    expect(
      skippedSuites([
        suite('pending', 'opens a session', ['the engine (skipped: netconfd is not installed)']),
      ]),
    ).toEqual([{ file: '/r/a.int.spec.ts', count: 1, reason: 'netconfd is not installed' }]);
  });

  it('are also listed without one', () => {
    expect(skippedSuites([suite('todo', 'opens a session')])).toEqual([
      { file: '/r/a.int.spec.ts', count: 1, reason: 'no reason given' },
    ]);
  });

  it('are not those that ran', () =>
    expect(skippedSuites([suite('passed', 'is skipped: never'), suite('failed', 'fails')])).toEqual([]));
});

describe('the order of a run', () => {
  it('alternates pure suites, those on real parts and those of the whole stack', () => {
    const paths = [
      '/z.e2e.spec.ts',
      '/b.int.spec.ts',
      '/c.spec.ts',
      '/a.int.spec.ts',
      '/a.e2e.spec.ts',
      '/b.spec.ts',
    ];
    expect(inOrder(paths.map((path) => ({ path }))).map(({ path }) => path)).toEqual([
      '/b.spec.ts',
      '/a.int.spec.ts',
      '/a.e2e.spec.ts',
      '/c.spec.ts',
      '/b.int.spec.ts',
      '/z.e2e.spec.ts',
    ]);
  });

  it('spreads the rarer kind over the other', () => {
    const paths = [
      '/a.spec.ts',
      '/b.spec.ts',
      '/c.spec.ts',
      '/d.spec.ts',
      '/a.int.spec.ts',
      '/b.int.spec.ts',
    ];
    expect(inOrder(paths.map((path) => ({ path }))).map(({ path }) => path)).toEqual([
      '/a.spec.ts',
      '/a.int.spec.ts',
      '/b.spec.ts',
      '/c.spec.ts',
      '/b.int.spec.ts',
      '/d.spec.ts',
    ]);
  });

  it('goes, within each kind, from the longest measured suite to the unmeasured ones', () => {
    const seconds: { readonly [path: string]: number } = {
      '/b.int.spec.ts': 12,
      '/c.int.spec.ts': 30,
      '/z.e2e.spec.ts': 90,
    };
    const paths = [
      '/a.e2e.spec.ts',
      '/a.int.spec.ts',
      '/b.int.spec.ts',
      '/c.int.spec.ts',
      '/p.spec.ts',
      '/z.e2e.spec.ts',
    ];
    expect(
      inOrder(
        paths.map((path) => ({ path })),
        (path: string) => seconds[path] ?? 0,
      ).map(({ path }) => path),
    ).toEqual([
      '/p.spec.ts',
      '/c.int.spec.ts',
      '/z.e2e.spec.ts',
      '/b.int.spec.ts',
      '/a.int.spec.ts',
      '/a.e2e.spec.ts',
    ]);
  });

  it('uses a file that keeps only the long suites, longest first', () => {
    expect(
      Object.entries(
        longOnes([
          { path: 'b', ms: 10_100 },
          { path: 'short', ms: 9_400 },
          { path: 'a', ms: 61_499 },
        ]),
      ),
    ).toEqual([
      ['a', 61],
      ['b', 10],
    ]);
    const kept = Object.entries(readDurations());
    expect(kept.length).toBeGreaterThan(10);
    expect(kept).toEqual(
      Object.entries(longOnes(kept.map(([path, seconds]) => ({ path, ms: seconds * 1000 })))),
    );
  });

  it('leaves to the long form only suites that there are', () => {
    const suites = readLongSuites();
    expect(suites.filter((path) => !existsSync(join(root, path)))).toEqual([]);
    expect([...new Set(suites)].sort()).toEqual(suites);
  });

  it('loses nothing, repeats nothing, and does not depend on the order given', () => {
    const path = fc
      .tuple(fc.nat(20), fc.constantFrom('.spec.ts', '.int.spec.ts', '.e2e.spec.ts'))
      .map(([name, kind]) => `/${name}${kind}`);
    fc.assert(
      fc.property(fc.uniqueArray(path), (paths) => {
        const ordered = inOrder(paths.map((each) => ({ path: each }))).map((test) => test.path);
        expect([...ordered].sort()).toEqual([...paths].sort());
        expect(
          inOrder([...paths].reverse().map((each) => ({ path: each }))).map((test) => test.path),
        ).toEqual(ordered);
      }),
    );
  });
});

describe('the context of a suite', () => {
  const compiled = (source: string, filename = '/made/up.js') =>
    vm.compileFunction(source, ['a', 'b'], { filename, parsingContext: ownContext }) as unknown as (
      ...args: readonly unknown[]
    ) => unknown;

  it("is the process's own one, so that values of packages are of its classes", () => {
    expect(vm.runInThisContext('Object') === Object).toBe(true);
    expect(vm.runInThisContext('Error') === Error).toBe(true);
  });

  it('has one instance of a package, however it is loaded', async () => {
    const { default: imported } = await import('pg');
    expect(createRequire(import.meta.url)('pg')).toBe(imported);
  });

  it('is left as it was: globals, variables of the environment; those of packages stay', async () => {
    const environment = new Environment({ projectConfig: { testEnvironmentOptions: {}, fakeTimers: {} } });
    const { fetch: before } = globalThis;
    packageGlobals.add('madeUpOfPackage');
    Object.assign(globalThis, { madeUp: 1, madeUpOfPackage: 2, fetch: () => undefined });
    process.env['MADE_UP'] = 'yes';
    await environment.teardown();
    const made: { readonly [name: string]: unknown } = { ...globalThis };
    expect([made['madeUp'], made['madeUpOfPackage'], process.env['MADE_UP']]).toEqual([
      undefined,
      2,
      undefined,
    ]);
    expect(globalThis.fetch).toBe(before);
    packageGlobals.delete('madeUpOfPackage');
    Reflect.deleteProperty(globalThis, 'madeUpOfPackage');
  });

  it('gets the current source of a file, not an earlier one', () => {
    expect([
      compiled('return 1')(),
      compiled('return 2')(),
      compiled('return 1')(),
      compiled('return 1', '/other.js')(),
    ]).toEqual([1, 2, 1, 1]);
  });

  it('keeps modes, stack positions and syntax errors as in the file', () => {
    expect(compiled("'use strict'; return this").call(undefined)).toBeUndefined();
    expect(compiled('return this').call(undefined)).toBe(globalThis);
    for (let again = 0; again < 2; again += 1) {
      const { stack } = compiled('return new Error("here");')() as Error;
      expect(stack).toContain('/made/up.js:1:8');
    }
    expect(() => compiled('return (')).toThrow(/Unexpected token/);
  });

  it('receives requests for the modules that a source imports while it runs', async () => {
    const asked: string[] = [];
    for (const name of ['one', 'other']) {
      const load = vm.compileFunction('return import(a)', ['a', 'b'], {
        filename: '/made/up.js',
        parsingContext: ownContext,
        importModuleDynamically: (specifier) => {
          asked.push(`${name} ${specifier}`);
          throw new Error('not here');
        },
      }) as unknown as (of: string) => Promise<unknown>;
      await expect(load('x')).rejects.toThrow('not here');
    }
    expect(asked).toEqual(['one x', 'other x']);
  });
});
