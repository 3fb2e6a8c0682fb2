import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { filedManifest } from '@interlock/archive';
import { collect } from '@interlock/kernel';
import { archiveHeadText, parseManifest } from '@interlock/tree';
import { ArchiveCopies, segment, rewriteText } from './archive-copies.js';

const copies = new ArchiveCopies();
beforeAll(() => copies.begin());
afterAll(() => copies.scene.close());

describe('an archive without its oldest segments', () => {
  it('is listed and continued, its leaves are read from there on, and what is gone is said to be', async () => {
    const store = await copies.changed(async (folder) => {
      for (const end of ['ndjson.zst', 'manifest.json']) await rm(join(folder, `${segment(0)}.${end}`));
    });
    const { archive } = copies.scene.archiver({ store });
    expect((await collect(archive.manifests())).map(({ manifest }) => manifest.first)).toEqual([100, 200]);
    expect(await collect(archive.leaves(copies.scene.tree.known, 150))).toHaveLength(150);
    await expect(collect(archive.leaves(copies.scene.tree.known, 50))).rejects.toMatchObject({
      code: 'archive-contradicted',
      detail: expect.stringContaining('leaves 50 to 99'),
    });
    expect(
      (
        await copies.scene
          .archiver({
            store,
            record: {
              next: () => Promise.resolve(300),
              segment: () => Promise.reject(new Error('it was told')),
            },
          })
          .step()
      ).kind,
    ).toBe('idle');
  });

  it('is not mistaken for one with a gap', async () => {
    const store = await copies.changed(async (folder) => {
      for (const end of ['ndjson.zst', 'manifest.json']) await rm(join(folder, `${segment(1)}.${end}`));
    });
    const { archive } = copies.scene.archiver({ store });
    await expect(collect(archive.manifests())).rejects.toMatchObject({ code: 'archive-contradicted' });
    await expect(collect(archive.leaves(copies.scene.tree.known))).rejects.toMatchObject({
      code: 'archive-contradicted',
      detail: expect.stringContaining('leaves 100 to 199'),
    });
    expect(await collect(archive.leaves(copies.scene.tree.known, 0, 100))).toHaveLength(100);
  });
});

describe('the head of an archive', () => {
  it('is believed where it is right, and the archive is no longer continued where it is not', async () => {
    for (const wrong of [
      '',
      '{}',
      archiveHeadText({
        version: 1,
        origin: 'x',
        next: 5,
        manifest: `${segment(1)}.manifest.json`,
        manifest_sha256: '0'.repeat(64),
      }),
      archiveHeadText({
        version: 1,
        origin: 'x',
        next: 5,
        manifest: 'segments/x',
        manifest_sha256: '0'.repeat(64),
      }),
    ]) {
      const store = await copies.changed((folder) => rewriteText(join(folder, 'latest.json'), () => wrong));
      await expect(copies.scene.archiver({ store }).step()).rejects.toMatchObject({
        code: 'archive-contradicted',
      });
    }
    const older = await copies.changed(async (folder) => {
      const first = filedManifest(
        parseManifest(await readFile(join(folder, `${segment(0)}.manifest.json`), 'utf8'))!,
      );
      await rewriteText(join(folder, 'latest.json'), () =>
        archiveHeadText({
          version: 1,
          origin: first.manifest.origin,
          next: 100,
          manifest: `${segment(0)}.manifest.json`,
          manifest_sha256: first.sha256,
        }),
      );
    });
    const archiver = copies.scene.archiver({ store: older });
    expect((await archiver.archive.last())?.manifest.first).toBe(200);
  });
});
