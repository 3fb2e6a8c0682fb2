#!/usr/bin/env node
// Keeps each project's `references` in tsconfig.json equal to the workspace dependencies in its
// package.json. Keeps those of the root's tsconfig.json and tsconfig.test.json equal to the
// projects with sources, so that one `tsc -b` builds them all.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';

import { root } from './run/node.mjs';
import { buildable, readProjects } from './run/workspace.mjs';

/**
 * The references a project should have.
 * @param {import('./run/workspace.mjs').Project} project
 * @param {readonly import('./run/workspace.mjs').Project[]} projects
 */
export function referencesOf(project, projects) {
  return projects
    .filter(({ name }) => project.dependencies.includes(name))
    .map(({ folder }) => ({ path: posix.join('../..', folder) }));
}

/** Whether two lists name the same references, in whatever order. */
export function sameReferences(a, b) {
  const key = (list) =>
    list
      .map(({ path }) => path)
      .sort()
      .join('\n');
  return key(a) === key(b);
}

function main(check) {
  const projects = readProjects(root);
  let wrong = 0;
  for (const project of projects) {
    const file = join(root, project.folder, 'tsconfig.json');
    const config = JSON.parse(readFileSync(file, 'utf8'));
    const references = referencesOf(project, projects);
    if (sameReferences(config.references ?? [], references)) continue;
    wrong += 1;
    if (check)
      process.stderr.write(
        `${project.folder}/tsconfig.json: references differ from package.json; run: npm run lint -- --fix\n`,
      );
    else writeFileSync(file, `${JSON.stringify({ ...config, references }, null, 2)}\n`);
  }
  const all = buildable(projects).map(({ folder }) => ({ path: folder }));
  // The first builds all projects. The second checks the tests against the build's declarations, so
  // that no source is checked twice.
  for (const [name, otherwise] of [
    ['tsconfig.json', { files: [] }],
    ['tsconfig.test.json', {}],
  ]) {
    const file = join(root, name);
    const config = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : otherwise;
    if (sameReferences(config.references ?? [], all)) continue;
    wrong += 1;
    if (check)
      process.stderr.write(`${name}: references differ from the projects; run: npm run lint -- --fix\n`);
    else writeFileSync(file, `${JSON.stringify({ ...config, references: all }, null, 2)}\n`);
  }
  if (!check && wrong > 0) process.stderr.write(`${wrong} tsconfig.json written\n`);
  return check && wrong > 0 ? 1 : 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  process.exitCode = main(process.argv.includes('--check'));
