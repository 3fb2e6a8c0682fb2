import { mkdtempSync } from 'node:fs';
import { chmod, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { DirectoryStore, openStore, textContent } from '../src/index.js';
import { bytesContent, storeContract } from './store-contract.js';

const root = mkdtempSync(join(tmpdir(), 'interlock-store-'));
afterAll(() => rm(root, { recursive: true, force: true }));

storeContract('a directory', () => new DirectoryStore(join(root, 'archive')));

describe('an archive in a directory', () => {
  it('holds read-only files and nothing half-written', async () => {
    const store = new DirectoryStore(join(root, 'modes'));
    await store.create('segments/a', textContent('x'));
    expect((await stat(join(root, 'modes', 'segments', 'a'))).mode & 0o777).toBe(0o400);
    expect(await readdir(join(root, 'modes', '.writing'))).toEqual([]);
  });

  it('removes the remains of an interrupted write', async () => {
    const store = new DirectoryStore(join(root, 'swept'));
    await mkdir(join(root, 'swept', '.writing'), { recursive: true });
    await writeFile(join(root, 'swept', '.writing', 'half'), 'ha');
    await store.sweep();
    expect(await store.create('segments/a', textContent('x'))).toBe('written');
    expect(await readdir(join(root, 'swept', '.writing'))).toEqual([]);
  });

  it('names a remedy if its path is not a directory', async () => {
    await writeFile(join(root, 'file'), '');
    const store = new DirectoryStore(join(root, 'file'));
    await expect(store.create('segments/a', textContent('x'))).rejects.toMatchObject({
      code: 'archive-unavailable',
      remedy: expect.stringContaining('directory'),
    });
  });

  it('leaves nothing behind if its input fails', async () => {
    const store = new DirectoryStore(join(root, 'failing'));
    const failing = {
      ...bytesContent(Buffer.from('abc')),
      async *open() {
        yield await Promise.resolve(Buffer.from('a'));
        throw new Error('gone');
      },
    };
    await expect(store.create('segments/a', failing)).rejects.toMatchObject({ code: 'archive-unavailable' });
    expect(await readdir(join(root, 'failing', 'segments'))).toEqual([]);
    expect(await readdir(join(root, 'failing', '.writing'))).toEqual([]);
  });

  it('is named by a path or a file URL, and a bucket by an s3 URL', () => {
    expect(openStore('/a/b').location).toBe('file:///a/b');
    expect(openStore('file:///a/b%20c').location).toBe('file:///a/b%20c');
    expect(openStore('archive', {}, { base: '/home/x' }).location).toBe('file:///home/x/archive');
    expect(openStore('s3://bucket/a/b/').location).toBe('s3://bucket/a/b/');
    expect(
      openStore('s3://bucket', { AUDIT_ARCHIVE_S3_ENDPOINT: 'https://user:secret@store.example/x' }).location,
    ).toBe('s3+https://store.example/bucket/');
    for (const wrong of ['s3://', 's3://A_B/x', 'http://x/y'])
      expect(() => openStore(wrong)).toThrow('archive-unavailable');
    expect(() => openStore('s3://bucket', { AUDIT_ARCHIVE_S3_ACCESS_KEY_ID: 'x' })).toThrow(
      'half of the archive',
    );
  });

  it('takes secrets from files', async () => {
    await writeFile(join(root, 'id'), 'AKID\n');
    await writeFile(join(root, 'secret'), 's\n');
    const files = {
      AUDIT_ARCHIVE_S3_ACCESS_KEY_ID_FILE: join(root, 'id'),
      AUDIT_ARCHIVE_S3_SECRET_ACCESS_KEY_FILE: join(root, 'secret'),
    };
    expect(openStore('s3://bucket/x', files).location).toBe('s3://bucket/x/');
    expect(() =>
      openStore('s3://bucket/x', { ...files, AUDIT_ARCHIVE_S3_SECRET_ACCESS_KEY_FILE: join(root, 'none') }),
    ).toThrow('cannot be read');
    await chmod(join(root, 'id'), 0o600);
  });
});
