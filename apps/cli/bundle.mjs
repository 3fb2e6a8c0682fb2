// The command line in a few files: what a command needs is read in one go, where its modules one by one take twice the time of the command. `npm run build` runs
// this after the compiler, which leaves `dist/`; `run/main.js` is what users, tests and the package start.
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

import { rolldown } from 'rolldown';

const own = fileURLToPath(new URL('.', import.meta.url));
const entry = join(own, 'dist/main.js');

/** Nest and its like ask for packages that may be missing; ours may not. */
function judge(level, log, report) {
  const ours = !/(?:^|\/)node_modules\//.test(log.id ?? log.message);
  if (log.code === 'UNRESOLVED_IMPORT' && ours) throw new Error(log.message);
  if (level === 'error') report(level, log);
}

/**
 * Bundles what was compiled into a folder, whose parent has `package.json` and `commands.json`.
 * @param {string} folder
 * @param {{ minify?: boolean }} [options]
 * @returns {Promise<readonly string[]>} the modules that went in
 */
export async function bundle(folder, { minify = false } = {}) {
  if (!existsSync(entry)) throw new Error('the command line is not compiled: npm run build');
  const made = await rolldown({ input: entry, platform: 'node', onLog: judge });
  const { output } = await made.write({
    dir: folder,
    format: 'esm',
    // Chunks that are shared run in the order of the sources: what decorates must find what keeps its notes.
    strictExecutionOrder: true,
    minify,
    entryFileNames: 'main.js',
    chunkFileNames: '[name]-[hash].js',
  });
  await made.close();
  return output.flatMap((chunk) => (chunk.type === 'chunk' ? Object.keys(chunk.modules) : []));
}

/** Puts the bundle of the workspace in place of the one before, once it is whole. */
async function bundleInPlace() {
  const [folder, making] = [join(own, 'run'), join(own, `run.${process.pid}`)];
  try {
    await bundle(making);
    rmSync(folder, { recursive: true, force: true });
    renameSync(making, folder);
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundleInPlace();
