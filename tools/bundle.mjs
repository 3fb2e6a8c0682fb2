// Bundles a compiled app and its imports into a few files. They are read at once; reading its
// modules one by one doubles the time of a start.
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';

import { rolldown } from 'rolldown';

import { noticesFile, noticesOf } from './notices.mjs';

/** Packages that others load if they happen to be installed. No project declares them. */
const undeclared = ['supports-color'];

/** Frameworks such as Nest import optional packages that may be missing; our own code may not. */
function judge(level, log, report) {
  const ours = !/(?:^|\/)node_modules\//.test(log.id ?? log.message);
  if (log.code === 'UNRESOLVED_IMPORT' && ours) throw new Error(log.message);
  if (level === 'error') report(level, log);
}

/**
 * Bundles compiled entries into a folder, each as `<name>.js`; shared code exists once.
 * @param {Record<string, string>} entries the compiled files by the names of the entries
 * @param {string} folder
 * @param {{ minify?: boolean, outside?: readonly string[], plugins?: readonly object[] }} [options]
 * `outside`: packages that stay where they are installed; `plugins`: those of Rolldown
 * @returns {Promise<readonly string[]>} the bundled modules
 */
export async function bundle(entries, folder, { minify = false, outside = [], plugins = [] } = {}) {
  const missing = Object.values(entries).find((file) => !existsSync(file));
  if (missing !== undefined) throw new Error(`\`${missing}\` is not compiled: npm run build`);
  const made = await rolldown({
    input: entries,
    platform: 'node',
    external: [...outside, ...undeclared].map((name) => new RegExp(`^${name}(?:/|$)`)),
    plugins: [...plugins],
    onLog: judge,
  });
  const { output } = await made.write({
    dir: folder,
    format: 'esm',
    // Shared chunks run in source order, so that decorators find their metadata store.
    strictExecutionOrder: true,
    // Classes keep their names, because messages and the API's schemas use them.
    keepNames: true,
    minify,
    entryFileNames: '[name].js',
    // Stable names, so that Node's compile cache replaces the entry of the previous file.
    chunkFileNames: 'part-[name].js',
  });
  await made.close();
  return output.flatMap((chunk) => (chunk.type === 'chunk' ? Object.keys(chunk.modules) : []));
}

/**
 * Replaces the bundle of an app, `run/`, once the new one is complete. It has the notices of its
 * packages beside it.
 * @param {string} app the app's folder
 * @param {(folder: string) => Promise<readonly string[]>} make answers the bundled modules
 */
export async function bundleInPlace(app, make) {
  const [folder, making] = [join(app, 'run'), join(app, `run.${process.pid}`)];
  try {
    writeFileSync(join(making, noticesFile), noticesOf(await make(making)));
    rmSync(folder, { recursive: true, force: true });
    renameSync(making, folder);
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
}
