// Makes a few files of a compiled app and of all that it imports: they are read in one go, where
// its modules one by one take twice the time of a start.
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';

import { rolldown } from 'rolldown';

/** Nest and its like ask for packages that may be missing; ours may not. */
function judge(level, log, report) {
  const ours = !/(?:^|\/)node_modules\//.test(log.id ?? log.message);
  if (log.code === 'UNRESOLVED_IMPORT' && ours) throw new Error(log.message);
  if (level === 'error') report(level, log);
}

/**
 * Bundles compiled entries into a folder, each as `<name>.js`; what they share is there once.
 * @param {Record<string, string>} entries the compiled files by the names of the entries
 * @param {string} folder
 * @param {{ minify?: boolean, outside?: readonly string[] }} [options] `outside`: packages that
 *   stay where they are installed
 * @returns {Promise<readonly string[]>} the modules that went in
 */
export async function bundle(entries, folder, { minify = false, outside = [] } = {}) {
  const missing = Object.values(entries).find((file) => !existsSync(file));
  if (missing !== undefined) throw new Error(`\`${missing}\` is not compiled: npm run build`);
  const made = await rolldown({
    input: entries,
    platform: 'node',
    external: outside.map((name) => new RegExp(`^${name}(?:/|$)`)),
    onLog: judge,
  });
  const { output } = await made.write({
    dir: folder,
    format: 'esm',
    // Chunks that are shared run in the order of the sources: what decorates must find what keeps
    // its notes.
    strictExecutionOrder: true,
    // Two classes of one name keep it: messages and the API's schemas name classes.
    keepNames: true,
    minify,
    entryFileNames: '[name].js',
    // The same names every time: what Node keeps of a file that it compiled makes room for the next
    // one's.
    chunkFileNames: 'part-[name].js',
  });
  await made.close();
  return output.flatMap((chunk) => (chunk.type === 'chunk' ? Object.keys(chunk.modules) : []));
}

/**
 * Puts the bundle of an app, `run/`, in place of the one before, once it is whole.
 * @param {string} app the app's folder
 * @param {(folder: string) => Promise<unknown>} make
 */
export async function bundleInPlace(app, make) {
  const [folder, making] = [join(app, 'run'), join(app, `run.${process.pid}`)];
  try {
    await make(making);
    rmSync(folder, { recursive: true, force: true });
    renameSync(making, folder);
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
}
