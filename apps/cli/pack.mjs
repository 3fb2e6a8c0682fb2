// Makes the command line one package that needs no other and no workspace: `node apps/cli/pack.mjs [folder]` bundles what was built, and has `npm pack` write
// `interlock-cli-<version>.tgz` into the folder. `npx ./interlock-cli-<version>.tgz --help` runs it, on Node 20 and later.
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { argv, env, platform, stdout } from 'node:process';
import { fileURLToPath } from 'node:url';

import { bundle } from './bundle.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const target = resolve(argv[2] ?? '.');

/** The packages that went into the bundle, with what their licences want to be kept. */
function noticesOf(modules) {
  const folders = new Set(
    modules.flatMap((id) => {
      const [, folder] = /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id.replace(/^\0/, '')) ?? [];
      return folder === undefined || !existsSync(join(folder, 'package.json')) ? [] : [folder];
    }),
  );
  return [...folders]
    .sort()
    .map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
      const text = file === undefined ? '' : `\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
      return `${name} ${version}, ${typeof license === 'string' ? license : 'see its page'}\n${text}`;
    })
    .join(`\n${'-'.repeat(80)}\n`);
}

const { version, license } = JSON.parse(readFileSync(join(root, 'apps/cli/package.json'), 'utf8'));
const folder = mkdtempSync(join(tmpdir(), 'interlock-cli-package-'));
try {
  writeFileSync(
    join(folder, 'THIRD-PARTY-NOTICES'),
    noticesOf(await bundle(join(folder, 'run'), { minify: true })),
  );
  cpSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  cpSync(join(root, 'apps/cli/commands.json'), join(folder, 'commands.json'));
  writeFileSync(
    join(folder, 'README.md'),
    '# Interlock from the command line\n\n`interlock login URL` logs in to an installation, `interlock --help` lists the commands. What needs the log, the bus or the database themselves (`migrate`, `projections`) runs where the installation is, from its own folder.\n',
  );
  const about = {
    name: '@interlock/cli',
    version,
    license,
    type: 'module',
    description: 'Interlock, a control plane for governed autonomy, from the command line',
    bin: { interlock: 'run/main.js' },
    engines: { node: '>=20' },
    files: ['run', 'commands.json', 'THIRD-PARTY-NOTICES'],
  };
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(about, null, 2)}\n`);
  mkdirSync(target, { recursive: true });
  const npm = platform === 'win32' ? 'npm.cmd' : 'npm';
  const file = execFileSync(npm, ['pack', '--silent', '--pack-destination', target], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...env, NODE_OPTIONS: '' },
  });
  stdout.write(`${join(target, file.trim().split('\n').at(-1) ?? '')}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
