// Builds the client as one package with its types, which needs no other package and no workspace.
// `node libs/client/pack.mjs --help` describes the usage.
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { bundle } from '../../tools/bundle.mjs';
import { copyTypes, runPack } from '../../tools/pack.mjs';

const own = fileURLToPath(new URL('.', import.meta.url));
const contracts = fileURLToPath(new URL('../contracts/dist', import.meta.url));
const { name, version, license, description, type, peerDependencies, peerDependenciesMeta } = JSON.parse(
  readFileSync(join(own, 'package.json'), 'utf8'),
);

/** The client refers to the contracts by their path in the package. */
const inPackage = (text) => text.replaceAll("'@interlock/contracts'", "'../contracts/index.js'");

await runPack(
  'libs/client/pack.mjs',
  {
    name,
    version,
    license,
    description,
    type,
    exports: {
      '.': { types: './types/client/index.d.ts', default: './run/index.js' },
      './package.json': './package.json',
    },
    engines: { node: '>=20' },
    files: ['run', 'types', 'THIRD-PARTY-NOTICES'],
    peerDependencies,
    peerDependenciesMeta,
  },
  async (folder) => {
    cpSync(join(own, 'README.md'), join(folder, 'README.md'));
    copyTypes(join(own, 'dist'), join(folder, 'types/client'), inPackage);
    copyTypes(contracts, join(folder, 'types/contracts'));
    return bundle({ index: join(own, 'dist/index.js') }, join(folder, 'run'));
  },
);
