// Packs the NETCONF engine with its SSH client, so that it needs no other package.
// `node libs/netconf/pack.mjs --help` describes the usage.
import { cpSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { bundle } from '../../tools/bundle.mjs';
import { copyTypes, replacing, runPack } from '../../tools/pack.mjs';

const own = fileURLToPath(new URL('.', import.meta.url));
const { name, version, license, description, type, dependencies } = JSON.parse(
  readFileSync(join(own, 'package.json'), 'utf8'),
);

const { resolve } = createRequire(import.meta.url);
/**
 * Files beside their own, which the package does not have: the agent for Windows, and a file that
 * the bundled code has in itself.
 */
const noFilesBeside = replacing({
  [resolve('ssh2/lib/agent.js')]: ['__dirname', "'.'"],
  [resolve('ssh2/lib/protocol/crypto/poly1305.js')]: ['__dirname', "'.'"],
});

await runPack(
  'libs/netconf/pack.mjs',
  {
    name,
    version,
    license,
    description,
    type,
    exports: {
      '.': { types: './types/index.d.ts', default: './run/index.js' },
      './package.json': './package.json',
    },
    engines: { node: '>=20' },
    files: ['run', 'types', 'THIRD-PARTY-NOTICES'],
    // One option has a type of `ssh2`; JavaScript does without.
    peerDependencies: { '@types/ssh2': `^${dependencies['@types/ssh2']}` },
    peerDependenciesMeta: { '@types/ssh2': { optional: true } },
  },
  async (folder) => {
    cpSync(join(own, 'README.md'), join(folder, 'README.md'));
    copyTypes(join(own, 'dist'), join(folder, 'types'));
    const entries = { index: join(own, 'dist/index.js') };
    // Native parts make it faster where they are, and are not needed.
    return bundle(entries, join(folder, 'run'), { outside: ['cpu-features'], plugins: [noFilesBeside] });
  },
);
