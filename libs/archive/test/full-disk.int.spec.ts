import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { DirectoryStore, textContent } from '../src/index.js';
import { bytesContent, bytesOf } from './store-contract.js';

const root = mkdtempSync(join(tmpdir(), 'interlock-disk-'));
const mount = (...options: readonly string[]): boolean => {
  try {
    execFileSync('mount', [...options, 'tmpfs', root], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};
const mounted =
  process.platform === 'linux' && process.getuid?.() === 0 && mount('-t', 'tmpfs', '-o', 'size=512k');
afterAll(() => {
  if (mounted) execFileSync('umount', [root]);
  rmSync(root, { recursive: true, force: true });
});

const onSmallDisk = mounted ? describe : (Reflect.get(describe, 'skip') as typeof describe);

onSmallDisk(`an archive on a disk of its own${mounted ? '' : ' (skipped: only root may mount one)'}`, () => {
  const store = new DirectoryStore(join(root, 'archive'));

  it('reports that it is full, leaves nothing half-written, and goes on when there is room', async () => {
    expect(await store.create('segments/a', bytesContent(Buffer.alloc(300_000)))).toBe('written');
    await expect(store.create('segments/b', bytesContent(Buffer.alloc(300_000)))).rejects.toMatchObject({
      code: 'archive-unavailable',
      detail: expect.stringContaining('ENOSPC'),
      remedy: expect.stringContaining('room'),
    });
    await expect(store.replace('latest.json', bytesContent(Buffer.alloc(300_000)))).rejects.toMatchObject({
      code: 'archive-unavailable',
    });
    expect(await readdir(join(root, 'archive', 'segments'))).toEqual(['a']);
    expect(await readdir(join(root, 'archive', '.writing'))).toEqual([]);
    execFileSync('mount', ['-o', 'remount,size=2m', root]);
    expect(await store.create('segments/b', bytesContent(Buffer.alloc(300_000)))).toBe('written');
  });

  it('reports a read-only disk, and can still be read', async () => {
    execFileSync('mount', ['-o', 'remount,ro', root]);
    await expect(store.create('segments/c', textContent('x'))).rejects.toMatchObject({
      code: 'archive-unavailable',
      detail: expect.stringContaining('EROFS'),
    });
    expect((await bytesOf(store, 'segments/a'))?.length).toBe(300_000);
    execFileSync('mount', ['-o', 'remount,rw', root]);
  });
});
