#!/usr/bin/env node
// Checks what no lint rule sees: tags, folder names, and that every package imported is declared where it is used.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';

import { tagFaults } from './eslint/boundaries.mjs';
import { root } from './run/node.mjs';
import { readProjects } from './run/workspace.mjs';

const forbidden = new Set(['shared', 'utils', 'common', 'helpers']);
const specifiers = /^\s*(?:import|export)\b[^'"`;]*?from\s*['"]([^'"]+)['"]|^\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm;

/** Packages that a text imports, by name; relative and built-in modules are none.
 * @param {string} text
 * @returns {Set<string>}
 */
export function importedPackages(text) {
  const found = new Set();
  for (const match of text.matchAll(specifiers)) {
    const specifier = match[1] ?? match[2] ?? match[3] ?? '';
    if (specifier === '' || /^(?:\.|node:|#)/.test(specifier)) continue;
    const name = specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
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

/**
 * What is wrong with the projects of a workspace, one line each.
 * @param {string} folder the workspace
 * @returns {string[]}
 */
export function projectFaults(folder) {
  const read = (file) => JSON.parse(readFileSync(join(folder, file), 'utf8'));
  const declared = ({ dependencies, devDependencies, peerDependencies }) => Object.keys({ ...dependencies, ...devDependencies, ...peerDependencies });
  const rootPackages = declared(read('package.json'));
  const faults = [];
  for (const project of readProjects(folder)) {
    for (const fault of tagFaults(project.tags)) faults.push(`${project.folder}/package.json: ${fault}`);
    const manifest = read(`${project.folder}/package.json`);
    const own = new Set([...declared(manifest), manifest.name]);
    const check = (known) => (file) => {
      for (const name of importedPackages(readFileSync(file, 'utf8'))) {
        if (!known.has(name)) faults.push(`${file.slice(folder.length + 1)}: \`${name}\` is not declared in ${project.folder}/package.json`);
      }
    };
    const onFolder = (name, path) => {
      if (forbidden.has(name)) faults.push(`${path.slice(folder.length + 1)}: no folder is called \`${name}\``);
    };
    visit(join(folder, project.folder, 'src'), check(own), onFolder);
    visit(join(folder, project.folder, 'test'), check(new Set([...own, ...rootPackages, '@interlock/testing'])), onFolder);
  }
  return faults;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const faults = projectFaults(root);
  for (const fault of faults) process.stderr.write(`${fault}\n`);
  process.exitCode = faults.length > 0 ? 1 : 0;
}
