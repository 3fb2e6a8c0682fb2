import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ArchiveStore } from '@interlock/archive';
import { collect } from '@interlock/kernel';
import { otherwise, Scene, steps } from './archives.js';
import { MemoryTree, testEvent } from './memory-tree.js';
import { name, contradicted, change, plainChange, flip } from './archive-files.js';

let scene: Scene;
beforeEach(async () => {
  scene = await Scene.open();
});
afterEach(() => scene.close());

describe('archiving stops', () => {
  it('where the log is not what it was when it was checkpointed, naming the leaf', async () => {
    await scene.grow(100);
    const events = await collect(scene.log.readAll());
    const altered = {
      async *readAll() {
        yield* await Promise.resolve(
          events.map((event, i) => (i === 42 ? { ...event, data: { n: 43 } } : event)),
        );
      },
    };
    await expect(scene.archiver({ log: altered }).step()).rejects.toEqual(
      expect.objectContaining({
        code: 'archive-contradicted',
        members: expect.objectContaining({ leaf: 42 }) as object,
      }),
    );
    const scavenged = {
      async *readAll() {
        yield* await Promise.resolve(events.filter((_, i) => i !== 7));
      },
    };
    await expect(scene.archiver({ log: scavenged }).step()).rejects.toEqual(
      expect.objectContaining({ members: expect.objectContaining({ leaf: 7 }) as object }),
    );
    const short = {
      async *readAll() {
        yield* await Promise.resolve(events.slice(0, 99));
      },
    };
    await expect(scene.archiver({ log: short }).step()).rejects.toEqual(
      contradicted(/the log ends before leaf 99/),
    );
    expect(await collect(scene.store().list('segments/'))).toEqual([]);
  });

  it('where the archive is of another log, or of this one with another history', async () => {
    await scene.grow(100);
    await steps(scene.archiver());
    const other = await Scene.open();
    await other.grow(300);
    await expect(other.archiver({ store: scene.store() }).step()).rejects.toEqual(
      contradicted(/was cut from another log/),
    );
    const named = new MemoryTree('elsewhere/log');
    await named.follow(scene.log);
    await expect(scene.archiver({ tree: named }).step()).rejects.toEqual(
      contradicted(/is of the log `interlock.local\/tree`/),
    );
    await other.close();
  });

  it('where the archive lost segments that the log was told of', async () => {
    await scene.grow(300);
    await steps(scene.archiver());
    for (const end of ['manifest.json', 'ndjson.zst'])
      await rm(scene.path(name(200, 299, end)), { force: true });
    await expect(scene.archiver().step()).rejects.toEqual(contradicted(/has lost its manifest/));
    await rm(scene.path('latest.json'));
    await expect(scene.archiver().step()).rejects.toEqual(
      contradicted(/lost segments: it held the leaves up to 300, and ends at 200/),
    );
    await rm(scene.directory, { recursive: true });
    await expect(scene.archiver().step()).rejects.toEqual(contradicted(/ends at 0/));
  });

  it('where something else lies under the name of the next segment', async () => {
    await scene.grow(100);
    await steps(scene.archiver());
    await scene.grow(100);
    await writeFile(scene.path(name(100, 199, 'ndjson.zst')), 'something else');
    await expect(scene.archiver().step()).rejects.toEqual(contradicted(/not a whole zstd file/));
    expect(await readFile(scene.path(name(100, 199, 'ndjson.zst')), 'utf8')).toBe('something else');
    await writeFile(scene.path(name(100, 149, 'ndjson.zst')), 'something else');
    await expect(scene.archiver().step()).rejects.toEqual(contradicted(/begin at the same leaf/));
  });

  it('where another manifest lies beside the next segment', async () => {
    await scene.grow(100);
    await scene.archiver().step();
    const manifest = await readFile(scene.path(name(0, 99, 'manifest.json')), 'utf8');
    for (const file of [name(0, 99, 'manifest.json'), 'latest.json'])
      await rm(scene.path(file), { force: true });
    const store = scene.store();
    const racing = otherwise(store, {
      create: async (file: string, content: Parameters<ArchiveStore['create']>[1]) => {
        if (file.endsWith('.json'))
          await writeFile(scene.path(file), manifest.replace(/"first_time":"2026/, '"first_time":"2025'));
        return store.create(file, content);
      },
    });
    scene.recorded.length = 0;
    await expect(scene.archiver({ store: racing }).step()).rejects.toEqual(
      contradicted(/another manifest than the one that is due/),
    );
  });

  it('where a written segment does not read back as it was written', async () => {
    await scene.grow(100);
    const store = scene.store();
    const rotting = otherwise(store, {
      create: async (file: string, content: Parameters<ArchiveStore['create']>[1]) => {
        const written = await store.create(file, content);
        await change(scene, file, flip);
        return written;
      },
    });
    await expect(scene.archiver({ store: rotting }).step()).rejects.toMatchObject({
      code: 'archive-contradicted',
    });
    expect(scene.recorded).toEqual([]);
    expect(await collect(store.list('segments/'))).toEqual([name(0, 99, 'ndjson.zst')]);
  });

  it('and goes on where the tree is only behind, as after its tables were lost', async () => {
    await scene.grow(300);
    await steps(scene.archiver());
    const rebuilding = new MemoryTree();
    expect(await steps(scene.archiver({ tree: rebuilding }))).toEqual(['ahead']);
    await rebuilding.follow(scene.log, 250);
    expect(await steps(scene.archiver({ tree: rebuilding }))).toEqual(['ahead']);
    await scene.log.append('action-demo:x', [testEvent(1)], 'any');
    await rebuilding.follow(scene.log);
    expect(await steps(scene.archiver({ tree: rebuilding }))).toEqual(['idle']);
  });
});

describe('moving a file of the archive', () => {
  it('is noticed when the archive is continued', async () => {
    await scene.grow(200);
    await steps(scene.archiver());
    await rename(scene.path(name(100, 199, 'manifest.json')), scene.path(name(100, 198, 'manifest.json')));
    await expect(scene.archiver().step()).rejects.toMatchObject({ code: 'archive-contradicted' });
  });

  it("in the middle of a segment's text is noticed when it is read", async () => {
    await scene.grow(200);
    await steps(scene.archiver());
    await plainChange(scene, name(0, 99, 'ndjson.zst'), (text) => text.replace('"n":50', '"n":51'));
    await expect(collect(scene.archiver().archive.leaves(scene.tree.known))).rejects.toEqual(
      contradicted(/another event at leaf \d+/),
    );
    expect(await collect(scene.archiver().archive.leaves(scene.tree.known, 100))).toHaveLength(100);
  });
});
