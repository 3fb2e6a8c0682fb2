// The command line in a few files. `npm run build` runs this after the compiler, which leaves `dist/`; `run/main.js` is what users, tests and the package start.
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

import { bundle as bundleEntries, bundleInPlace } from '../../tools/bundle.mjs';

const own = fileURLToPath(new URL('.', import.meta.url));

/**
 * Bundles what was compiled into a folder, whose parent has `package.json` and `commands.json`.
 * @param {string} folder
 * @param {{ minify?: boolean }} [options]
 * @returns {Promise<readonly string[]>} the modules that went in
 */
export const bundle = (folder, options) =>
  bundleEntries({ main: join(own, 'dist/main.js') }, folder, options);

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundleInPlace(own, bundle);
