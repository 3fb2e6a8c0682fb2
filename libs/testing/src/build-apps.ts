import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/**
 * The command line as `npm run build`, and `buildApps('apps/cli')`, make it: what a test starts of
 * it.
 */
export const commandLine = `${root}apps/cli/run/main.js`;

/**
 * A service of the stack as a process of its own, as `npm run build`, and
 * `buildApps('apps/interlock')`, make it: bundled, as `npm start` runs it.
 */
export const serviceProgram = `${root}apps/interlock/run/service.js`;

/**
 * All that a program has of this process's environment which a test starts with one of its own:
 * where programs are, and where Node keeps what it compiled.
 */
export const bareEnvironment = {
  PATH: process.env['PATH'],
  NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
} as const;

/**
 * Builds apps (`apps/cli`) that a test starts as processes of their own, which cannot run sources.
 * Under `npm test`, which has built everything before, nothing is done: two compilers at once would
 * write what a third process reads.
 */
export const buildApps = async (...apps: readonly string[]): Promise<void> => {
  if (process.env['INTERLOCK_BUILT'] === '1') return;
  const run = (...args: readonly string[]): Promise<unknown> =>
    promisify(execFile)(process.execPath, [...args], { cwd: root });
  // The stack's bundle holds all services, whichever a test starts.
  await run(`${root}node_modules/typescript/bin/tsc`, '-b', ...(apps.includes('apps/interlock') ? [] : apps));
  for (const app of ['apps/cli', 'apps/interlock'])
    if (apps.includes(app)) await run(`${root}${app}/bundle.mjs`);
};
