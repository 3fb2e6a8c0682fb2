import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DirectoryStore, verifyArchive, type ArchiveStore } from '@interlock/archive';
import { collect, InMemoryEventStore, positionText, testMetadata } from '@interlock/kernel';
import { eventLine, type LogArchived } from '@interlock/tree';
import { SealedReader } from '@interlock/verify';
import { otherwise, Scene, steps } from './archives.js';
import { MemoryTree, testEvent } from './memory-tree.js';
import { name } from './archive-files.js';

let scene: Scene;
beforeEach(async () => {
  scene = await Scene.open();
});
afterEach(() => scene.close());

describe('the archive', () => {
  it('holds the log in segments of so many leaves, each with its manifest, and says how far it goes', async () => {
    await scene.grow(250);
    const archiver = scene.archiver();
    expect(archiver.archivedUpTo()).toBeNull();
    expect(await steps(archiver)).toEqual(['archived', 'archived', 'idle']);
    expect((await readdir(scene.path('segments'))).map((file) => `segments/${file}`).sort()).toEqual([
      name(0, 99, 'manifest.json'),
      name(0, 99, 'ndjson.zst'),
      name(100, 199, 'manifest.json'),
      name(100, 199, 'ndjson.zst'),
    ]);
    const events = await collect(scene.log.readAll());
    expect((await collect(archiver.archive.leaves(scene.tree.known))).map(({ line }) => line)).toEqual(
      events.slice(0, 200).map(eventLine),
    );
    expect(JSON.parse(await readFile(scene.path('latest.json'), 'utf8'))).toMatchObject({
      next: 200,
      manifest: name(100, 199, 'manifest.json'),
    });
    expect(positionText(archiver.archivedUpTo()!)).toBe(positionText(events[199]!.position));
    expect(scene.recorded).toMatchObject([
      { first: 0, count: 100, origin: 'interlock.local/tree' },
      { first: 100, count: 100, location: scene.store().location },
    ]);
  });

  it("has in each segment all that it takes to verify it by the log's public key", async () => {
    await scene.grow(150);
    await steps(scene.archiver());
    const plain = zstdDecompressSync(await readFile(scene.path(name(0, 99, 'ndjson.zst')))).toString('utf8');
    const reader = new SealedReader();
    for (const line of plain.trimEnd().split('\n')) reader.take(Buffer.from(line));
    expect(await reader.finish(scene.tree.known)).toMatchObject({
      checkpoint: { size: 150 },
      seal: { runs: [[0, 100]] },
    });
    expect(await reader.finish(new MemoryTree('interlock.local/tree', 9).known)).toMatchObject({
      fault: expect.stringContaining('not known'),
    });
  });

  it('takes nothing that no signed checkpoint covers', async () => {
    const archiver = scene.archiver();
    expect(await steps(archiver)).toEqual(['idle']);
    await scene.grow(99);
    expect(await steps(archiver)).toEqual(['idle']);
    await scene.log.append('action-demo:x', [testEvent(1)], 'any');
    expect(await steps(archiver)).toEqual(['idle']);
    await scene.tree.follow(scene.log);
    expect(await steps(archiver)).toEqual(['archived', 'idle']);
  });

  it("grows over changes of the log's key, and is verified by the first of them", async () => {
    await scene.grow(100);
    await steps(scene.archiver());
    await scene.grow(100);
    // Signed by the key before, and archived when there is another.
    scene.tree.rotate(2);
    await steps(scene.archiver());
    await scene.grow(100);
    await steps(scene.archiver());
    expect(await verifyArchive(scene.store(), { keys: scene.tree.known })).toMatchObject({
      verified: true,
      segments: 3,
      next: 300,
    });
  });
});

describe('an incomplete segment', () => {
  const archiver = (): ReturnType<Scene['archiver']> => scene.archiver({ maxAgeMs: 60_000 });

  it('is closed once its first event is old enough, whatever the clock did before', async () => {
    await scene.grow(10);
    const one = archiver();
    expect(await steps(one)).toEqual(['idle']);
    scene.time -= 3_600_000;
    expect(await steps(one)).toEqual(['idle']);
    scene.time += 3_600_000 + 59_999;
    expect(await steps(one)).toEqual(['idle']);
    scene.time += 1;
    expect(await steps(one)).toEqual(['archived', 'idle']);
    await scene.grow(100);
    expect(await steps(one)).toEqual(['archived', 'idle']);
    expect(scene.recorded.map(({ first, count }) => [first, count])).toEqual([
      [0, 10],
      [10, 100],
    ]);
  });

  it('is not closed for what audit itself tells', async () => {
    const one = archiver();
    await scene.log.append('checkpoint-_system:log', [testEvent(1)], 'any');
    await scene.tree.follow(scene.log);
    scene.time += 3_600_000;
    expect(await steps(one)).toEqual(['idle']);
    await scene.grow(1);
    expect(await steps(one)).toEqual(['archived', 'idle']);
  });

  it('waits for its last event where age does not count', async () => {
    await scene.grow(10);
    scene.time += 1e12;
    expect(await steps(scene.archiver())).toEqual(['idle']);
  });
});

/** A store that fails at the n-th thing it is told to do: before it did it, or after. */
const failing = (store: ArchiveStore, at: { n: number; after: boolean }): ArchiveStore => {
  const attempt = async <T>(work: () => Promise<T>): Promise<T> => {
    const now = at.n === 0;
    at.n -= 1;
    if (now && !at.after) throw new Error('crashed');
    const result = await work();
    if (now) throw new Error('crashed');
    return result;
  };
  return otherwise(store, {
    sweep: () => attempt(() => store.sweep()),
    read: (file) => attempt(() => store.read(file)),
    create: (file, content) => attempt(() => store.create(file, content)),
    replace: (file, content) => attempt(() => store.replace(file, content)),
  });
};

describe('a crash', () => {
  it('at every call to the store, before and after it, is made good by the next step, with a newer checkpoint too', async () => {
    await scene.grow(200);
    let crashes = 0;
    for (let n = 0; ; n += 1) {
      const at = { n: n >> 1, after: n % 2 === 1 };
      const directory = join(scene.root, `crash-${n}`);
      scene.recorded.length = 0;
      const crashed = await steps(scene.archiver({ store: failing(new DirectoryStore(directory), at) })).then(
        () => false,
        (error: Error) => error.message === 'crashed',
      );
      await scene.grow(1);
      const store = new DirectoryStore(directory);
      await steps(scene.archiver({ store }));
      const report = await verifyArchive(store, { keys: scene.tree.known });
      expect([n, report.verified, report.segments, report.faults]).toEqual([
        n,
        true,
        Math.floor(scene.tree.size / 100),
        [],
      ]);
      expect(scene.recorded.slice(0, 2).map(({ first, count }) => [first, count])).toEqual([
        [0, 100],
        [100, 100],
      ]);
      expect(new Set(scene.recorded.map(({ first }) => first)).size).toBe(scene.recorded.length);
      if (!crashed) break;
      crashes += 1;
    }
    expect(crashes).toBeGreaterThan(20);
  });

  it('between archive and log is made good: the log is told what it was not', async () => {
    await scene.grow(200);
    let refuse = true;
    const record = {
      next: () => Promise.resolve(scene.recorded.length * 100),
      segment: (archived: LogArchived) => {
        if (refuse) throw new Error('no log');
        scene.recorded.push(archived);
        return Promise.resolve();
      },
    };
    const archiver = scene.archiver({ record });
    await expect(steps(archiver)).rejects.toThrow('no log');
    await expect(steps(archiver)).rejects.toThrow('no log');
    expect(await readdir(scene.path('segments'))).toHaveLength(2);
    refuse = false;
    expect(await steps(archiver)).toEqual(['archived', 'idle']);
    expect(scene.recorded.map(({ first }) => first)).toEqual([0, 100]);
  });

  it('leaves a segment that is taken as it is, though segments are of another size since', async () => {
    await scene.grow(150);
    const store = scene.store();
    const crashing = otherwise(store, {
      create: (file, content) =>
        file.endsWith('.json') ? Promise.reject(new Error('crashed')) : store.create(file, content),
    });
    await expect(scene.archiver({ store: crashing }).step()).rejects.toThrow('crashed');
    expect(await steps(scene.archiver({ events: 25 }))).toEqual(['archived', 'archived', 'archived', 'idle']);
    expect(scene.recorded.map(({ first, count }) => [first, count])).toEqual([
      [0, 100],
      [100, 25],
      [125, 25],
    ]);
  });
});

describe('two that archive at once', () => {
  it('come to one archive, told once', async () => {
    await scene.grow(1000);
    await Promise.all([steps(scene.recording()), steps(scene.recording()), steps(scene.recording())]);
    expect(await verifyArchive(scene.store(), { keys: scene.tree.known })).toMatchObject({
      verified: true,
      segments: 10,
      next: 1000,
    });
    const recorded = await collect(scene.log.read('checkpoint-_system:archive'));
    expect(recorded.map(({ data }) => (data as { first: number }).first)).toEqual([
      0, 100, 200, 300, 400, 500, 600, 700, 800, 900,
    ]);
  });
});
describe('a server that gives the events of one append one position', () => {
  it('has each of them archived once', async () => {
    const log = new InMemoryEventStore();
    for (let i = 0; i < 50; i += 1)
      await log.append(
        'action-demo:a',
        [1, 2, 3, 4, 5].map((n) => ({ ...testEvent(n), metadata: testMetadata() })),
        'any',
      );
    const shared = {
      async *readAll(options: Parameters<InMemoryEventStore['readAll']>[0] = {}) {
        const all = (await collect(log.readAll())).map((event, i) => ({
          ...event,
          position: { commit: BigInt(Math.floor(i / 5) + 1), prepare: BigInt(Math.floor(i / 5) + 1) },
        }));
        const { after } = options;
        yield* after === null || after === undefined
          ? all
          : all.filter(({ position }) => position.commit > after.commit);
      },
    };
    const tree = new MemoryTree();
    await tree.follow(shared);
    expect(await steps(scene.archiver({ log: shared, tree, events: 33 }))).toHaveLength(8);
    const lines = (await collect(shared.readAll())).map(eventLine).slice(0, 231);
    expect((await collect(scene.archiver().archive.leaves(tree.known))).map(({ line }) => line)).toEqual(
      lines,
    );
  });
});
