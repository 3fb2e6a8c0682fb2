import { join } from 'node:path';
import process from 'node:process';

import { build } from './build.mjs';
import { fail } from './failure.mjs';
import { root } from './node.mjs';
import { run, say } from './process.mjs';

/** The pure libraries whose tests are tested. */
const libraries = ['kernel', 'autonomy', 'rails'];

/**
 * Runs Stryker over one library after the other: each fault that it can put into a source is to be
 * found by the library's own tests.
 * @param {readonly string[]} args the names of libraries (all where none is named), then those of
 *   sources without `.ts`
 * @returns {Promise<number>} 1 where a score is below its bar
 */
export async function mutation(args) {
  const named = args.filter((arg) => libraries.includes(arg));
  const sources = args.filter((arg) => !libraries.includes(arg));
  if (sources.length > 0 && named.length !== 1)
    fail(`sources are named after their library, which is one of: ${libraries.join(', ')}`);
  // The specs run on the libraries that they import as these are built.
  await build();
  let worst = 0;
  for (const library of named.length === 0 ? libraries : named) {
    say(`faults in libs/${library}`);
    const code = await run(
      process.execPath,
      [
        join(root, 'node_modules/@stryker-mutator/core/bin/stryker.js'),
        'run',
        join(root, 'tools/stryker/stryker.config.mjs'),
      ],
      {
        cwd: root,
        env: { INTERLOCK_MUTATED: library, INTERLOCK_MUTATED_SOURCES: sources.join(' ') },
      },
    );
    worst = Math.max(worst, code);
  }
  return worst;
}
