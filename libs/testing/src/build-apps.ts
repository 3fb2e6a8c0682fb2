import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/**
 * The command line, built by `npm run build` or `buildApps('apps/cli')`, for tests that start it.
 */
export const commandLine = `${root}apps/cli/run/main.js`;

/**
 * A service of the stack as a process of its own, bundled as `npm start` runs it. `npm run build`
 * or `buildApps('apps/interlock')` builds it.
 */
export const serviceProgram = `${root}apps/interlock/run/service.js`;

/**
 * The only variables that a program which a test starts with its own environment inherits: where
 * programs are, and Node's compile cache.
 */
export const bareEnvironment = {
  PATH: process.env['PATH'],
  NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
} as const;

/**
 * Builds apps (`apps/cli`) that a test starts as separate processes, which cannot run sources.
 * Under `npm test`, which has built everything, it does nothing: concurrent compilers would write
 * files that another process reads.
 */
export const buildApps = async (...apps: readonly string[]): Promise<void> => {
  if (process.env['INTERLOCK_BUILT'] === '1') return;
  const run = (...args: readonly string[]): Promise<unknown> =>
    promisify(execFile)(process.execPath, [...args], { cwd: root });
  // The stack's bundle holds all services, whichever one a test starts.
  await run(`${root}node_modules/typescript/bin/tsc`, '-b', ...(apps.includes('apps/interlock') ? [] : apps));
  for (const app of ['apps/cli', 'apps/interlock'])
    if (apps.includes(app)) await run(`${root}${app}/bundle.mjs`);
};
