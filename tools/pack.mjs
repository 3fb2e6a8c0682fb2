// Packs a package that needs no workspace; shared by the `pack.mjs` of every such package.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
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
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

import { noticesFile, noticesOf } from './notices.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * Replaces texts in bundled files. A file that lacks its text is an error.
 * @param {{ readonly [file: string]: readonly [text: string, by: string] }} changes by absolute path
 * @returns {object} a plugin of Rolldown
 */
export const replacing = (changes) => ({
  name: 'replacing',
  transform(code, id) {
    if (!Object.hasOwn(changes, id)) return null;
    const [text, by] = changes[id];
    if (!code.includes(text)) throw new Error(`\`${id}\` does not contain \`${text}\``);
    return { code: code.replaceAll(text, by), map: null };
  },
});

/**
 * Copies the declarations of a compiled library, without those of sources that were removed.
 * @param {string} from its `dist`, which lies beside `src`
 * @param {string} to
 * @param {(text: string) => string} [change] changes the text of each
 */
export function copyTypes(from, to, change = (text) => text) {
  for (const file of readdirSync(from, { recursive: true }).filter((one) => one.endsWith('.d.ts'))) {
    if (!existsSync(join(from, '../src', file.replace(/\.d\.ts$/, '.ts')))) continue;
    mkdirSync(dirname(join(to, file)), { recursive: true });
    const text = readFileSync(join(from, file), 'utf8').replace(/\/\/# sourceMappingURL=.*\n?$/, '');
    writeFileSync(join(to, file), change(text));
  }
}

/**
 * Has `npm pack` write a tarball of a folder that `fill` fills.
 * @param {object} about the package's `package.json`
 * @param {string} target the folder of the tarball
 * @param {(folder: string) => Promise<readonly string[]>} fill answers the modules that it bundled
 * @returns {Promise<{ readonly file: string, readonly sha512: string }>} `sha512` in hexadecimal
 */
async function pack(about, target, fill) {
  const folder = mkdtempSync(join(tmpdir(), 'interlock-package-'));
  try {
    writeFileSync(join(folder, noticesFile), noticesOf(await fill(folder)));
    cpSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
    writeFileSync(join(folder, 'package.json'), `${JSON.stringify(about, null, 2)}\n`);
    mkdirSync(target, { recursive: true });
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
    const said = execFileSync(npm, ['pack', '--silent', '--pack-destination', target], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    const file = join(target, said.trim().split('\n').at(-1) ?? '');
    return { file, sha512: createHash('sha512').update(readFileSync(file)).digest('hex') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * The command of a `pack.mjs`: takes a folder, or `--help`. Prints the tarball's SHA-512 and path
 * in the format of `sha512sum --check`.
 * @param {string} script its path in the repository
 * @param {object} about
 * @param {(folder: string) => Promise<readonly string[]>} fill
 */
export async function runPack(script, about, fill) {
  const args = process.argv.slice(2);
  const usage = `usage: node ${script} [folder]

Writes ${about.name} ${about.version} as a tarball into the folder (default: the current one).
The package needs no registry and no workspace: npm install --offline <tarball>
Prints the tarball's SHA-512 and its path, as \`sha512sum --check\` reads them.
Run \`npm run build\` first.
`;
  const [target = '.'] = args;
  if (args.includes('--help') || args.includes('-h')) process.stdout.write(usage);
  else if (args.length > 1 || target.startsWith('-')) {
    process.stderr.write(usage);
    process.exitCode = 2;
  } else {
    const { file, sha512 } = await pack(about, resolve(target), fill);
    process.stdout.write(`${sha512}  ${file}\n`);
  }
}
