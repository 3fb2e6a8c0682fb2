// Packs the command line into one package that needs no other and no workspace; it runs on Node 20
// and later. See `node apps/cli/pack.mjs --help`.
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { runPack } from '../../tools/pack.mjs';
import { bundle } from './bundle.mjs';

const own = fileURLToPath(new URL('.', import.meta.url));
const { version, license } = JSON.parse(readFileSync(join(own, 'package.json'), 'utf8'));

const readme = `# Interlock from the command line

\`\`\`sh
npx interlock --version
npx interlock --help
npx interlock login https://interlock.example
\`\`\`

\`interlock login URL\` logs in to an installation. The commands \`migrate\` and \`projections\` need the log and the database themselves: they run where the installation is, from its own folder.
`;

await runPack(
  'apps/cli/pack.mjs',
  {
    name: '@interlock/cli',
    version,
    license,
    type: 'module',
    description: 'Interlock, a control plane for governed autonomy, from the command line',
    bin: { interlock: 'run/main.js' },
    engines: { node: '>=20' },
    files: ['run', 'commands.json', 'THIRD-PARTY-NOTICES'],
  },
  async (folder) => {
    cpSync(join(own, 'commands.json'), join(folder, 'commands.json'));
    writeFileSync(join(folder, 'README.md'), readme);
    return bundle(join(folder, 'run'), { minify: true });
  },
);
