import { join } from 'node:path';
import process from 'node:process';

import { build } from './build.mjs';
import { fail } from './failure.mjs';
import { root } from './node.mjs';
import { run, say } from './process.mjs';

/** The pure libraries with mutation tests. */
const libraries = ['kernel', 'autonomy', 'rails'];

/**
 * Runs Stryker over one library after the other: the library's own tests must find each mutation of
 * its sources.
 * @param {readonly string[]} args the names of libraries (all if none is named), then those of
 * sources without `.ts`
 * @returns {Promise<number>} 1 if a score is below its bar
 */
export async function mutation(args) {
  const named = args.filter((arg) => libraries.includes(arg));
  const sources = args.filter((arg) => !libraries.includes(arg));
  if (sources.length > 0 && named.length !== 1)
    fail(`sources are named after their library, which is one of: ${libraries.join(', ')}`);
  // The specs use the built form of the libraries that they import.
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
