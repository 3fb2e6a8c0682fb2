import { dirname, join } from 'node:path';
import process from 'node:process';

import { root } from './node.mjs';
import { nxRunMany } from './nx.mjs';
import { prependPath, progress, say } from './process.mjs';
import { readProjects } from './workspace.mjs';

/** Lint every project and the tools, and check what no lint rule sees. */
export async function lint() {
  prependPath(dirname(process.execPath));
  say('linting');
  const projects = readProjects(root).filter(({ hasSources }) => hasSources);
  const codes = [
    await progress(process.execPath, [join(root, 'tools/references.mjs'), '--check']),
    await progress(process.execPath, [join(root, 'tools/projects.mjs')]),
    await progress(process.execPath, [join(root, 'tools/lockfile.mjs'), '--check']),
    projects.length === 0 ? 0 : await nxRunMany('lint', projects.map(({ nx }) => nx)),
    await progress(process.execPath, [join(root, 'node_modules/eslint/bin/eslint.js'), 'tools', 'deploy', 'eslint.config.mjs', 'jest.config.mjs']),
  ];
  return codes.every((code) => code === 0);
}

/** Type-check all tests at once, against the sources. */
export async function typecheck() {
  say('type-checking the tests');
  return (await progress(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(root, 'tsconfig.test.json')])) === 0;
}
