import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';

import { readLongSuites } from '../jest/durations.mjs';
import { fail } from './failure.mjs';
import { root } from './node.mjs';
import { run, say } from './process.mjs';

/** The variable that suites with a long form read. */
const longForm = 'INTERLOCK_LONG_TESTS';
/** What stands in a suite that has a long form. */
const signs = [`'${longForm}'`, 'longSuite'];

/**
 * The paths of the suites that contain any of these texts.
 * @param {...string} signs
 */
export const suitesWith = (...signs) =>
  globSync('{libs,apps,tools}/**/*.spec.ts', {
    cwd: root,
    exclude: (path) => /(?:^|\/)(?:node_modules|dist)$/.test(path),
  })
    .filter((file) => {
      const text = readFileSync(join(root, file), 'utf8');
      return signs.some((sign) => text.includes(sign));
    })
    .sort();

/**
 * Runs the long form of every suite that has one, one after the other. `npm test` runs the short
 * form. Random values come from the seed `INTERLOCK_SEED` (a whole number, default 1). A failure
 * prints the seed, so that the run can be repeated.
 * @param {readonly string[]} args paths of suites, or Jest's options; all suites if no path is
 * named
 * @returns {Promise<number>}
 */
export async function chaos(args) {
  const seed = process.env.INTERLOCK_SEED ?? '1';
  if (!/^\d{1,9}$/.test(seed))
    fail(`INTERLOCK_SEED takes a whole number of up to nine digits, not \`${seed}\``);
  const options = args.filter((arg) => arg.startsWith('-'));
  const named = args.filter((arg) => !arg.startsWith('-'));
  const suites = [...new Set([...suitesWith(...signs), ...readLongSuites()])].filter(
    (suite) => named.length === 0 || named.some((name) => suite.includes(name)),
  );
  if (suites.length === 0) fail(`no suite that is named reads ${longForm}`);
  say(`${suites.length} suites with ${longForm}, seed ${seed}`);
  return run(
    process.execPath,
    [
      join(root, 'node_modules/jest/bin/jest.js'),
      '--config',
      join(root, 'jest.config.mjs'),
      '--runInBand',
      '--testTimeout=7200000',
      ...options,
      '--runTestsByPath',
      ...suites,
    ],
    {
      cwd: root,
      env: {
        NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --experimental-vm-modules --no-warnings`.trim(),
        INTERLOCK_BUILT: '1',
        [longForm]: 'true',
        INTERLOCK_SEED: seed,
      },
    },
  );
}
