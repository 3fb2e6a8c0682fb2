#!/usr/bin/env node
// Checks what no lint rule covers: tags, folder names, and that every imported package is declared
// where it is used. With --write it declares imported packages at the version of the lockfile; then
// run tools/lockfile.mjs.
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';

import { tagFaults } from './eslint/boundaries.mjs';
import { root } from './run/node.mjs';
import { readProjects } from './run/workspace.mjs';

const forbidden = new Set(['shared', 'utils', 'common', 'helpers']);
const specifiers =
  /^\s*(?:import|export)\b[^'"`;]*?from\s*['"]([^'"]+)['"]|^\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm;

/**
 * Names of the packages that a text imports, without relative and built-in modules.
 * @param {string} text
 * @returns {Set<string>}
 */
export function importedPackages(text) {
  const found = new Set();
  for (const match of text.matchAll(specifiers)) {
    const specifier = match[1] ?? match[2] ?? match[3] ?? '';
    if (specifier === '' || /^(?:\.|node:|#)/.test(specifier)) continue;
    const name = specifier
      .split('/')
      .slice(0, specifier.startsWith('@') ? 2 : 1)
      .join('/');
    if (!builtinModules.includes(name)) found.add(name);
  }
  return found;
}

function visit(folder, onFile, onFolder) {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      onFolder(entry.name, path);
      visit(path, onFile, onFolder);
    } else if (/\.[cm]?tsx?$/.test(entry.name)) onFile(path);
  }
}

const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));
const declared = ({ dependencies, devDependencies, peerDependencies }) =>
  Object.keys({ ...dependencies, ...devDependencies, ...peerDependencies });

/**
 * The faults of a workspace's projects, one line each.
 * @param {string} folder the workspace
 * @returns {string[]}
 */
export function projectFaults(folder) {
  const rootPackages = declared(readJson(join(folder, 'package.json')));
  const faults = [];
  for (const project of readProjects(folder)) {
    for (const fault of tagFaults(project.tags)) faults.push(`${project.folder}/package.json: ${fault}`);
    const manifest = readJson(join(folder, project.folder, 'package.json'));
    const own = new Set([...declared(manifest), manifest.name]);
    const check = (known) => (file) => {
      for (const name of importedPackages(readFileSync(file, 'utf8'))) {
        if (!known.has(name))
          faults.push(
            `${file.slice(folder.length + 1)}: \`${name}\` is not declared in ${project.folder}/package.json`,
          );
      }
    };
    const onFolder = (name, path) => {
      if (forbidden.has(name))
        faults.push(`${path.slice(folder.length + 1)}: no folder is called \`${name}\``);
    };
    visit(join(folder, project.folder, 'src'), check(own), onFolder);
    visit(
      join(folder, project.folder, 'test'),
      check(new Set([...own, ...rootPackages, '@interlock/testing'])),
      onFolder,
    );
  }
  return faults;
}

/**
 * Declares packages that a project imports and has not declared, at the installed version. Those of
 * its sources become dependencies, those only in its tests development dependencies.
 * @param {string} folder the workspace
 * @returns {string[]} the declared packages, one line each
 */
export function declareImports(folder) {
  const { packages } = readJson(join(folder, 'package-lock.json'));
  const rootPackages = declared(readJson(join(folder, 'package.json')));
  const done = [];
  for (const project of readProjects(folder)) {
    const file = join(folder, project.folder, 'package.json');
    const manifest = readJson(file);
    const declare = (part, key, known) => {
      const missing = new Set();
      visit(
        join(folder, project.folder, part),
        (path) =>
          importedPackages(readFileSync(path, 'utf8')).forEach(
            (name) => known.has(name) || missing.add(name),
          ),
        () => undefined,
      );
      const found = [...missing]
        .map((name) => [name, packages[`node_modules/${name}`]])
        .filter(([, entry]) => entry !== undefined);
      if (found.length === 0) return;
      const added = found.map(([name, entry]) => [name, entry.link === true ? '*' : entry.version]);
      manifest[key] = Object.fromEntries(
        [...Object.entries(manifest[key] ?? {}), ...added].sort(([a], [b]) => (a < b ? -1 : 1)),
      );
      done.push(...added.map(([name, version]) => `${project.folder}/package.json: ${name} ${version}`));
      writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
    };
    declare('src', 'dependencies', new Set([...declared(manifest), manifest.name]));
    declare(
      'test',
      'devDependencies',
      new Set([...declared(manifest), manifest.name, ...rootPackages, '@interlock/testing']),
    );
  }
  return done;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  if (process.argv.includes('--write'))
    for (const line of declareImports(root)) process.stderr.write(`${line}\n`);
  const faults = projectFaults(root);
  for (const fault of faults) process.stderr.write(`${fault}\n`);
  process.exitCode = faults.length > 0 ? 1 : 0;
}
