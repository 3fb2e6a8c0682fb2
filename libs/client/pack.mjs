// Builds the client as one package with its types, which needs no other package and no workspace.
// `node libs/client/pack.mjs --help` describes the usage.
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { bundle } from '../../tools/bundle.mjs';
import { runPack } from '../../tools/pack.mjs';

const own = fileURLToPath(new URL('.', import.meta.url));
const contracts = fileURLToPath(new URL('../contracts/dist', import.meta.url));
const { name, version, license, description, type, peerDependencies, peerDependenciesMeta } = JSON.parse(
  readFileSync(join(own, 'package.json'), 'utf8'),
);

/**
 * Copies the declarations of a compiled library. The client refers to the contracts by their path
 * in the package.
 */
function copyTypes(from, to) {
  for (const file of readdirSync(from, { recursive: true }).filter((one) => one.endsWith('.d.ts'))) {
    mkdirSync(dirname(join(to, file)), { recursive: true });
    writeFileSync(
      join(to, file),
      readFileSync(join(from, file), 'utf8')
        .replaceAll("'@interlock/contracts'", "'../contracts/index.js'")
        .replace(/\/\/# sourceMappingURL=.*\n?$/, ''),
    );
  }
}

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
    copyTypes(join(own, 'dist'), join(folder, 'types/client'));
    copyTypes(contracts, join(folder, 'types/contracts'));
    return bundle({ index: join(own, 'dist/index.js') }, join(folder, 'run'));
  },
);
