import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DirectoryStore } from '@interlock/archive';
import { collect, InMemoryEventStore } from '@interlock/kernel';
import { eventLine, type LogArchived } from '@interlock/ledger';
import { Archiver, type ArchiverOptions } from '../../src/archive/archiver.js';
import { grow, MemoryTree } from './memory-tree.js';

let root: string;
let log: InMemoryEventStore;
let tree: MemoryTree;
let told: LogArchived[];

const archiver = (over: Partial<ArchiverOptions> = {}): Archiver => new Archiver({
  store: new DirectoryStore(join(root, 'archive')), log, tree, events: 100, maxAgeMs: 0, level: 3, now: () => 0, temporary: root,
  record: { next: () => Promise.resolve(told.reduce((next, { first, count }) => Math.max(next, first + count), 0)), segment: (archived) => { told.push(archived); return Promise.resolve(); } },
  ...over,
});
const steps = async (one: Archiver): Promise<string[]> => {
  const kinds: string[] = [];
  for (;;) {
    const { kind } = await one.step();
    kinds.push(kind);
    if (kind !== 'archived') return kinds;
  }
};

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'interlock-archive-'));
  log = new InMemoryEventStore(() => '2026-01-01T00:00:00.000Z');
  tree = new MemoryTree();
  told = [];
});
afterEach(() => rm(root, { recursive: true, force: true }));

describe('the archive', () => {
  it('holds the log in segments of so many leaves, each sealed, with its manifest', async () => {
    await grow(log, 250);
    await tree.follow(log);
    const one = archiver();
    expect(await steps(one)).toEqual(['archived', 'archived', 'idle']);
    expect((await readdir(join(root, 'archive', 'segments'))).sort()).toEqual([
      '0000000000000000-0000000000000099.manifest.json', '0000000000000000-0000000000000099.ndjson.zst', '0000000000000100-0000000000000199.manifest.json', '0000000000000100-0000000000000199.ndjson.zst',
    ]);
    const lines = (await collect(log.readAll())).map(eventLine);
    expect((await collect(one.archive.leaves(tree.known))).map(({ line }) => line)).toEqual(lines.slice(0, 200));
    expect(JSON.parse(await readFile(join(root, 'archive', 'latest.json'), 'utf8'))).toMatchObject({ next: 200 });
    expect(told.map(({ first, count }) => [first, count])).toEqual([[0, 100], [100, 100]]);
  });
});
