import { availableParallelism } from 'node:os';
import { env } from 'node:process';
import { fileURLToPath } from 'node:url';

import { measurePace, atThisPace } from './libs/pace/src/pace.ts';

const cores = availableParallelism();
// One worker more than there are cores, because suites wait for their servers. Two more cost up to
// half more processor time and were never quicker (four suites of the whole stack on two cores:
// 138 s with four workers, 135 s with two).
const maxWorkers = Math.min(6, cores + 1);
// Measured while the machine is quiet, for all workers and their programs, of which each worker has
// some. The slowest of five samples counts, because a shared machine is slow in bursts. Four is the
// most: a test that waits in vain keeps a worker from all others.
env['INTERLOCK_PACE'] ??= String(
  Math.min(
    4,
    Math.round((Math.max(...Array.from({ length: 5 }, () => measurePace())) * (maxWorkers + 1)) / cores),
  ),
);

/**
 * One root run over all projects, in ESM, from the sources (condition `@interlock/source`),
 * uncached.
 */
export default {
  roots: ['<rootDir>/libs', '<rootDir>/apps', '<rootDir>/tools'],
  reporters: ['default', '<rootDir>/tools/jest/reporter.mjs'],
  testSequencer: '<rootDir>/tools/jest/sequencer.mjs',
  testEnvironment: '<rootDir>/tools/jest/environment.cjs',
  runtime: '<rootDir>/tools/jest/runtime.cjs',
  testEnvironmentOptions: { customExportConditions: ['@interlock/source', 'node'] },
  extensionsToTreatAsEsm: ['.ts'],
  resolver: './tools/jest/resolver.cjs',
  transform: {
    '\\.ts$': [
      '@swc/jest',
      {
        swcrc: false,
        jsc: {
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
          target: 'es2023',
          keepClassNames: true,
          experimental: { keepImportAttributes: true },
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  transformIgnorePatterns: ['/node_modules/'],
  testMatch: ['<rootDir>/{libs,apps,tools}/**/*.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  modulePathIgnorePatterns: ['/dist/'],
  // What one worker has compiled the others read. `npm test` begins with an empty folder
  // (tools/run/test.mjs), so that nothing is older than the run.
  cacheDirectory: fileURLToPath(new URL('node_modules/.cache/interlock/jest', import.meta.url)),
  // Nothing waits so long on a quiet machine: it is for one that is busy with something else.
  testTimeout: atThisPace(300_000),
  maxWorkers,
  workerIdleMemoryLimit: '1200MB',
};
