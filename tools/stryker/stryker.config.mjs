// Mutation testing of the pure libraries: `npm run test:mutation -- <library> [<source>…]` (docs/mutation-testing.md).
import process from 'node:process';

const library = process.env.INTERLOCK_MUTATED ?? 'kernel';
const sources = (process.env.INTERLOCK_MUTATED_SOURCES ?? '').split(' ').filter((name) => name !== '');

/**
 * Stryker's own Jest runner does not load ESM suites; a command does, and the one Jest that is here runs each mutant's suites in a process of its own. What a suite imports
 * of its own library by a relative path is the mutant; other libraries are taken as they stand.
 */
export default {
  testRunner: 'command',
  commandRunner: {
    command: `node --experimental-vm-modules --no-warnings node_modules/jest/bin/jest.js -i --bail --silent --roots libs/${library} --testPathPatterns "${process.env.INTERLOCK_MUTATED_TESTS ?? ''}"`,
  },
  mutate: (sources.length === 0 ? ['**/*'] : sources).map((name) => `libs/${library}/src/${name}.ts`),
  // Types are nothing at run time, and what an error says to people is read in review.
  mutator: { excludedMutations: ['StringLiteral'] },
  ignorePatterns: [
    '**',
    `!libs/${library}/**`,
    '!tools/jest/**',
    '!tools/run/**',
    '!fixtures/**',
    '!jest.config.mjs',
    '!package.json',
  ],
  disableTypeChecks: false,
  tempDirName: '.stryker-tmp',
  concurrency: 1,
  timeoutMS: 60_000,
  reporters: ['clear-text', 'json'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  jsonReporter: { fileName: `node_modules/.cache/interlock/mutation-${library}.json` },
  thresholds: { high: 90, low: 80, break: 70 },
};
