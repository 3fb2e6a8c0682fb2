// Mutation testing of the pure libraries: `npm run test:mutation -- <library> [<source>…]`
// (docs/mutation-testing.md).
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const library = process.env.INTERLOCK_MUTATED ?? 'kernel';
const sources = (process.env.INTERLOCK_MUTATED_SOURCES ?? '').split(' ').filter((name) => name !== '');
const cache = `node_modules/.cache/interlock/mutation-${library}`;

/**
 * A suite's relative imports of its own library are mutated; other libraries are used as built. A
 * run continues an interrupted one, and skips mutants whose source and tests are unchanged.
 */
export default {
  testRunner: 'specs',
  plugins: [fileURLToPath(new URL('runner.mjs', import.meta.url))],
  coverageAnalysis: 'perTest',
  mutate: (sources.length === 0 ? ['**/*'] : sources).map((name) => `libs/${library}/src/${name}.ts`),
  // Types do not exist at run time, and error texts are checked in review.
  mutator: { excludedMutations: ['StringLiteral'] },
  ignorePatterns: ['**', `!libs/${library}/**`, '!apps/e2e/test/search/**', '!fixtures/**', '!package.json'],
  disableTypeChecks: false,
  incremental: true,
  incrementalFile: `${cache}-known.json`,
  tempDirName: '.stryker-tmp',
  concurrency: 1,
  timeoutMS: 30_000,
  reporters: ['progress-append-only', 'clear-text', 'json'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false, reportMutants: false },
  jsonReporter: { fileName: `${cache}.json` },
  thresholds: { high: 90, low: 80, break: 70 },
};
