import { dirname, join } from 'node:path';
import process from 'node:process';

import { root } from './node.mjs';
import { nxRun } from './nx.mjs';
import { prependPath, progress } from './process.mjs';

const script = (name, ...args) => progress(process.execPath, [join(root, 'tools', name), ...args]);
const prettier = (...args) =>
  progress(process.execPath, [
    join(root, 'node_modules/prettier/bin/prettier.cjs'),
    '.',
    '--cache',
    '--log-level',
    'warn',
    ...args,
  ]);

/**
 * Applies automatic fixes: declarations, references, lockfile, ESLint's own fixes, and then the
 * layout.
 */
async function fix() {
  await script('projects.mjs', '--write');
  await script('references.mjs');
  await script('lockfile.mjs');
  await progress(process.execPath, [
    join(root, 'node_modules/eslint/bin/eslint.js'),
    'libs',
    'apps',
    'tools',
    'deploy',
    '--no-error-on-unmatched-pattern',
    '--fix',
    '--quiet',
  ]);
  await prettier('--write');
}

/**
 * Lints everything, and runs the checks that no lint rule covers.
 * @param {readonly string[]} [args] `--fix`: applies automatic fixes first
 */
export async function lint(args = []) {
  prependPath(dirname(process.execPath));
  if (args.includes('--fix')) await fix();
  const codes = [
    await script('references.mjs', '--check'),
    await script('projects.mjs'),
    await script('lockfile.mjs', '--check'),
    await script('duplicates.mjs'),
    await prettier('--check'),
    await progress(process.execPath, [join(root, 'node_modules/knip/bin/knip.js'), '--no-progress']),
  ];
  const good = await nxRun('lint-all');
  return good && codes.every((code) => code === 0);
}

/** Type-checks all tests at once, against the build's declarations. */
export function typecheck() {
  prependPath(dirname(process.execPath));
  return nxRun('typecheck');
}
