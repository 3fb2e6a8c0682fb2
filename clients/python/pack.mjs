#!/usr/bin/env node
// Builds the wheel and the source distribution of the Python client from a copy, with setuptools.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const own = fileURLToPath(new URL('.', import.meta.url));
const usage = `usage: node clients/python/pack.mjs [folder]

Writes the wheel and the source distribution of interlock-client into the folder (default: the
current one). Prints each one's SHA-512 and path, as \`sha512sum --check\` reads them.
Needs Python with setuptools and wheel; PYTHON names another one than python3.
Run \`npm run build\` first.
`;
const program = `
import sys
from setuptools import build_meta
folder = sys.argv[1]
build_meta.build_wheel(folder)
build_meta.build_sdist(folder)
`;

/** The reason why Python failed, in a line. */
const reasonOf = ({ code, stderr }) => {
  if (code === 'ENOENT') return 'there is no such program';
  const text = String(stderr).trim();
  return /No module named '(?:setuptools|wheel)|invalid command 'bdist_wheel'/.test(text)
    ? 'it needs the packages setuptools and wheel'
    : text.split('\n').at(-1);
};

/** Runs the build. Returns false after it has said what is missing. */
const builds = (python, built, copy) => {
  try {
    execFileSync(python, ['-c', program, built], { cwd: copy, stdio: ['ignore', 'ignore', 'pipe'] });
    return true;
  } catch (error) {
    process.stderr.write(
      `${python} cannot build the packages: ${reasonOf(error)}. PYTHON=… chooses another interpreter\n`,
    );
    process.exitCode = 1;
    return false;
  }
};

const args = process.argv.slice(2);
const [target = '.'] = args;
if (args.includes('--help') || args.includes('-h')) process.stdout.write(usage);
else if (args.length > 1 || target.startsWith('-')) {
  process.stderr.write(usage);
  process.exitCode = 2;
} else if (!existsSync(join(own, 'src/interlock_client/models.py'))) {
  process.stderr.write('the models are not generated; run: npm run build\n');
  process.exitCode = 1;
} else {
  const folder = resolve(target);
  const copy = mkdtempSync(join(tmpdir(), 'interlock-python-'));
  try {
    for (const name of ['pyproject.toml', 'README.md', 'src'])
      cpSync(join(own, name), join(copy, name), { recursive: true });
    cpSync(join(own, '../../LICENSE'), join(copy, 'LICENSE'));
    const built = join(copy, 'dist');
    mkdirSync(built);
    mkdirSync(folder, { recursive: true });
    const isBuilt = builds(process.env.PYTHON ?? 'python3', built, copy);
    for (const name of isBuilt ? readdirSync(built).sort() : []) {
      const file = join(folder, name);
      cpSync(join(built, name), file);
      const sum = createHash('sha512').update(readFileSync(file)).digest('hex');
      process.stdout.write(`${sum}  ${file}\n`);
    }
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
