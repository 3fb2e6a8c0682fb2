#!/usr/bin/env node
// Keeps package-lock.json complete, so that `npm ci` works on every platform. npm omits a
// platform's package if the registry lacks it, and then refuses its own lockfile as out of step.
// This also keeps our own projects' entries equal to their package.json, unless that needs a new
// package.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';

import { root } from './run/node.mjs';
import { readProjects } from './run/workspace.mjs';

const systems = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'openharmony', 'openbsd', 'sunos', 'win32'];
const processors = ['arm64', 'arm', 'ia32', 'loong64', 'ppc64', 'riscv64', 's390x', 'x64'];

/**
 * The platform in the name of a package; undefined if there is none.
 * @param {string} name such as `@swc/core-linux-arm-gnueabihf`
 */
export function platformOf(name) {
  const words = name.split(/[/-]/);
  const os = systems.find((system) => words.includes(system));
  const cpu = processors.find((processor) => words.includes(processor));
  if (os === undefined || cpu === undefined) return undefined;
  const last = words.at(-1) ?? '';
  const libc = last.startsWith('gnu') ? ['glibc'] : last.startsWith('musl') ? ['musl'] : undefined;
  return { cpu: [cpu], ...(libc === undefined || os !== 'linux' ? {} : { libc }), os: [os] };
}

/** True if a package finds another one, in its own folder or in one around it. */
function finds(packages, from, name) {
  let at = from;
  while (at.includes('node_modules/')) {
    if (packages[`${at}/node_modules/${name}`] !== undefined) return true;
    at = at.slice(0, Math.max(0, at.lastIndexOf('node_modules/') - 1));
  }
  // This is the root or a project of the workspace, which looks in its own folder and in the
  // root's.
  return (
    packages[`node_modules/${name}`] !== undefined ||
    (at !== '' && packages[`${at}/node_modules/${name}`] !== undefined)
  );
}

/**
 * Entries that a lockfile lacks: exactly pinned optional packages of other platforms.
 * @param {{ packages: Record<string, any> }} lock
 * @returns {{ missing: Record<string, object>, unknown: string[] }} `unknown`: missing, and not to
 *   be told from the name
 */
export function missingEntries({ packages }) {
  const missing = {};
  const unknown = [];
  for (const [path, entry] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      if (finds(packages, path, name)) continue;
      const platform = platformOf(name);
      if (platform === undefined || !/^\d/.test(version)) unknown.push(`${path}: ${name}@${version}`);
      else
        missing[`node_modules/${name}`] = {
          version,
          ...(entry.dev === true ? { cpu: platform.cpu, dev: true } : { cpu: platform.cpu }),
          ...(platform.libc === undefined ? {} : { libc: platform.libc }),
          optional: true,
          os: platform.os,
        };
    }
  }
  return { missing, unknown };
}

const noted = ['dependencies', 'devDependencies', 'peerDependencies', 'optionalDependencies', 'bin'];

const sorted = (value) => Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));

/**
 * What the lockfile should say of our projects and doesn't.
 * @param {{ packages: Record<string, any> }} lock
 * @param {Record<string, any>} manifests package.json by folder
 * @returns {{ stale: Record<string, object>, uninstalled: string[] }} entries by folder; what only
 *   `npm install` can add
 */
export function staleProjects({ packages }, manifests) {
  const stale = {};
  const uninstalled = [];
  const text = (value) => JSON.stringify(Object.entries(value ?? {}).sort());
  for (const [folder, manifest] of Object.entries(manifests)) {
    const entry = packages[folder] ?? {};
    if (noted.every((key) => text(entry[key]) === text(manifest[key]))) continue;
    for (const name of Object.keys({ ...manifest.dependencies, ...manifest.devDependencies })) {
      if (!finds(packages, folder, name)) uninstalled.push(`${folder}/package.json: ${name}`);
    }
    if (packages[folder] === undefined) uninstalled.push(`${folder}: a new project`);
    // Keys keep their order, as npm writes them.
    const keys = [...new Set([...Object.keys(entry), ...noted])].filter(
      (key) => (noted.includes(key) ? manifest : entry)[key] !== undefined,
    );
    stale[folder] = Object.fromEntries(
      keys.map((key) => [key, noted.includes(key) ? sorted(manifest[key]) : entry[key]]),
    );
  }
  return { stale, uninstalled };
}

function main(check) {
  const file = join(root, 'package-lock.json');
  const lock = JSON.parse(readFileSync(file, 'utf8'));
  const manifests = Object.fromEntries(
    readProjects(root).map(({ folder }) => [
      folder,
      JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')),
    ]),
  );
  manifests[''] = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const { stale, uninstalled } = staleProjects(lock, manifests);
  const { missing, unknown } = missingEntries(lock);
  const names = Object.keys(missing);
  for (const each of uninstalled)
    process.stderr.write(`not in package-lock.json, run npm install: ${each}\n`);
  if (!check && uninstalled.length > 0) return 1;
  for (const each of unknown) process.stderr.write(`package-lock.json lacks an optional package: ${each}\n`);
  if (check) {
    for (const folder of Object.keys(stale))
      process.stderr.write(
        `package-lock.json differs from ${join(folder, 'package.json')}; run: npm install, or npm run lint -- --fix\n`,
      );
    if (names.length > 0)
      process.stderr.write(
        `package-lock.json lacks ${names.length} packages of other platforms, npm ci would refuse it; run: npm run lint -- --fix\n`,
      );
    return names.length + unknown.length + Object.keys(stale).length > 0 ? 1 : 0;
  }
  const entries = Object.entries({ ...lock.packages, ...missing, ...stale }).sort(([a], [b]) =>
    a.localeCompare(b, 'en'),
  );
  if (names.length + Object.keys(stale).length > 0)
    writeFileSync(file, `${JSON.stringify({ ...lock, packages: Object.fromEntries(entries) }, null, 2)}\n`);
  process.stderr.write(
    `${names.length} packages of other platforms and ${Object.keys(stale).length} projects written\n`,
  );
  return unknown.length > 0 ? 1 : 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  process.exitCode = main(process.argv.includes('--check'));
