// Packs the embedded log alone, as a test double for programs that use `@eventstore/db-client`.
// `node apps/event-store/pack.mjs --help` describes the usage.
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { bundle } from '../../tools/bundle.mjs';
import { copyTypes, replacing, runPack } from '../../tools/pack.mjs';

const own = fileURLToPath(new URL('.', import.meta.url));
const {
  name: inWorkspace,
  version,
  license,
  description,
  type,
  engines,
  bin,
  dependencies,
} = JSON.parse(readFileSync(join(own, 'package.json'), 'utf8'));
const name = '@interlock/event-store';

const inPackage = replacing({
  // The bundler then takes the messages of the official client into the package.
  [join(own, 'dist/wire/protocol.js')]: ['const require = createRequire(import.meta.url);', ''],
  [join(own, 'dist/writing/writer-thread.js')]: [`${inWorkspace}/writer-thread`, `${name}/writer-thread`],
});

await runPack(
  'apps/event-store/pack.mjs',
  {
    name,
    version,
    license,
    description,
    type,
    exports: {
      '.': { types: './types/index.d.ts', default: './dist/index.js' },
      './writer-thread': './dist/writer-thread.js',
      './package.json': './package.json',
    },
    bin,
    engines,
    files: ['bin', 'dist', 'types', 'THIRD-PARTY-NOTICES'],
    peerDependencies: { '@eventstore/db-client': dependencies['@eventstore/db-client'].replace(/^/, '^') },
    // Only the program that is tested needs the client.
    peerDependenciesMeta: { '@eventstore/db-client': { optional: true } },
  },
  async (folder) => {
    const readme = readFileSync(join(own, 'README.md'), 'utf8');
    writeFileSync(join(folder, 'README.md'), readme.replaceAll(inWorkspace, name));
    cpSync(join(own, 'bin'), join(folder, 'bin'), { recursive: true });
    copyTypes(join(own, 'dist'), join(folder, 'types'));
    return bundle(
      {
        index: join(own, 'dist/index.js'),
        main: join(own, 'dist/main.js'),
        'writer-thread': join(own, 'dist/writing/writer-thread-main.js'),
      },
      join(folder, 'dist'),
      { plugins: [inPackage] },
    );
  },
);
