// Collects the files that run in the image: the bundles, the console, the demo's traces, and the
// packages that are not bundled. `node tools/deploy/runtime.mjs FOLDER`, after `npm run build`.
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

import { sbomOf } from '../release/sbom.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The bundled programs, and the data that they read. */
const files = [
  'apps/interlock/package.json',
  'apps/interlock/run',
  'apps/cli/package.json',
  'apps/cli/commands.json',
  'apps/cli/run',
  'apps/console/site',
  'fixtures/demo',
  'LICENSE',
];

/** The packages that start a program or a thread of their own, or that must exist once. */
const packages = [
  '@interlock-apps/event-store',
  '@interlock-apps/device-simulator',
  'class-transformer',
  'class-validator',
  'pino',
  'selfsigned',
  'ssh2',
];

/** Packages whose files are needed, but not their dependencies, which are in the bundle. */
const alone = ['@interlock/platform', '@interlock/embedded'];

/** Parts of a package that no program reads. */
const unread =
  /(?:\.(?:d\.[cm]?ts|ts|map|md|markdown|tsbuildinfo|flow|yml)|\/(?:test|tests|docs|examples?|benchmarks?|\.github))$/i;

/** Licences, which stay with every copy of a package whatever the form of their text. */
const isLicence = (path) => /\/(?:licen[cs]e|copying|notice)[^/]*$/i.test(path);

/** Forms of a package for browsers and bundlers, which Node does not load. */
const forBrowsers =
  /\/node_modules\/(?:class-validator\/(?:bundles|esm5|esm2015)|libphonenumber-js\/bundle)$/;

const isOwn = (path) => !path.includes('/node_modules/');

/** The folder of a package, looked for as Node does. */
const folderOf = (name, from) => {
  for (let at = from; ; at = dirname(at)) {
    const found = join(at, 'node_modules', name);
    if (existsSync(join(found, 'package.json'))) return realpathSync(found);
    if (dirname(at) === at) return undefined;
  }
};

const copy = (from, to) => {
  cpSync(from, to, {
    recursive: true,
    dereference: true,
    filter: (path) =>
      (!unread.test(path) || isLicence(path)) && !forBrowsers.test(path) && !/\/node_modules$/.test(path),
  });
};

/** Copies a package: of our own ones, what Node loads. */
const copyPackage = (folder, to) => {
  if (!isOwn(folder)) return copy(folder, to);
  for (const part of ['package.json', 'dist', 'bin', 'yang'])
    if (existsSync(join(folder, part))) copy(join(folder, part), join(to, part));
  return undefined;
};

/**
 * Where a package's folder goes. npm puts a version that differs from the root's into the workspace
 * that needs it, and the workspaces lie in `node_modules` here.
 */
const placeOf = (name, folder) => {
  if (isOwn(folder)) return `node_modules/${name}`;
  const inside = folder.slice(root.length);
  const at = inside.indexOf('node_modules/');
  if (at === 0) return inside;
  const holder = JSON.parse(readFileSync(join(root, inside.slice(0, at), 'package.json'), 'utf8'));
  return `node_modules/${holder.name}/${inside.slice(at)}`;
};

/** Copies a package and everything that it depends on. Optional packages are left out. */
const collect = (name, from, out, done) => {
  const folder = folderOf(name, from);
  if (folder === undefined) throw new Error(`the package \`${name}\` is not installed`);
  const to = join(out, placeOf(name, folder));
  if (done.has(to)) return;
  done.add(to);
  copyPackage(folder, to);
  if (alone.includes(name)) return;
  const { dependencies = {}, optionalDependencies = {} } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  );
  for (const needed of Object.keys(dependencies).sort())
    if (!needed.startsWith('@types/') && !Object.hasOwn(optionalDependencies, needed))
      collect(needed, folder, out, done);
};

/** The same modes everywhere, whatever the umask of the build. */
const setModes = (path) => {
  if (lstatSync(path).isDirectory()) {
    chmodSync(path, 0o755);
    for (const name of readdirSync(path)) setModes(join(path, name));
  } else chmodSync(path, 0o644);
};

const [out] = process.argv.slice(2);
if (out === undefined) throw new Error('usage: node tools/deploy/runtime.mjs FOLDER');
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
for (const file of files) {
  if (!existsSync(join(root, file))) throw new Error(`\`${file}\` is missing; run: npm run build`);
  copy(join(root, file), join(out, file));
}
const done = new Set();
for (const name of [...packages, ...alone]) collect(name, root, out, done);
writeFileSync(join(out, 'sbom.cdx.json'), sbomOf(root));
setModes(out);
