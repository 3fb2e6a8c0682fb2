// Bundles the command line into a few files. `npm run build` runs this after the compiler, which
// leaves `dist/`. Users, tests and the package start `run/main.js`.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

import { bundle as bundleEntries, bundleInPlace } from '../../tools/bundle.mjs';

const own = fileURLToPath(new URL('.', import.meta.url));

/**
 * Bundles the compiled files into a folder, whose parent has `package.json` and `commands.json`.
 * @param {string} folder
 * @param {{ minify?: boolean }} [options]
 * @returns {Promise<readonly string[]>} the bundled modules
 */
export const bundle = (folder, options) =>
  bundleEntries(
    {
      main: join(own, 'dist/main.js'),
      'replay-part': join(own, 'dist/commands/audit/replaying/replay-part.js'),
    },
    folder,
    options,
  );

/**
 * Writes the commands as data, which the client reads for its help and its completion without
 * loading them.
 */
const writeCommands = async () => {
  const { wholeProgram } = await import('./dist/program/program.js');
  const { treeOf } = await import('./dist/tree.js');
  writeFileSync(join(own, 'commands.json'), `${JSON.stringify(treeOf(await wholeProgram()), null, 1)}\n`);
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await bundleInPlace(own, bundle);
  await writeCommands();
}
