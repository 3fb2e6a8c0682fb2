import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { makeFolders } from '../src/index.js';

const dir = mkdtempSync(join(tmpdir(), 'folders-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe('folders', () => {
  it('are made with those above them, and stay as they are', () => {
    const path = join(dir, 'a', 'b', 'c');
    makeFolders(path, 0o711);
    makeFolders(path, 0o700);
    expect(statSync(path).mode & 0o777).toBe(0o711);
    expect(statSync(join(dir, 'a')).mode & 0o777).toBe(0o711);
  });

  it('are refused below a file, and where the file system takes none', () => {
    writeFileSync(join(dir, 'file'), '');
    expect(() => makeFolders(join(dir, 'file', 'x'))).toThrow(/ENOTDIR|EEXIST/);
    // Node's own recursive way would never return here.
    expect(() => makeFolders('/proc/x/y')).toThrow();
  });
});
