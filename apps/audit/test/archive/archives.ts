import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DirectoryStore, type ArchiveStore } from '@interlock/archive';
import { asWriter, InMemoryEventStore } from '@interlock/kernel';
import type { LogArchived } from '@interlock/tree';
import { Archiver, type ArchiverOptions } from '../../src/archive/archiver.js';
import { archiveRecord } from '../../src/archive/archive-record.js';
import { grow, MemoryTree } from './memory-tree.js';

/** A log, its tree, and a directory to archive to. */
export class Scene {
  readonly log: InMemoryEventStore;
  readonly tree = new MemoryTree();
  /** What the log was told of the archive. */
  readonly recorded: LogArchived[] = [];
  time = Date.parse('2026-01-01T00:00:00.000Z');

  private constructor(readonly root: string) {
    this.log = new InMemoryEventStore(() => new Date(this.time).toISOString());
  }

  static async open(): Promise<Scene> {
    return new Scene(await mkdtemp(join(tmpdir(), 'interlock-archive-')));
  }

  get directory(): string {
    return join(this.root, 'archive');
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  store(): ArchiveStore {
    return new DirectoryStore(this.directory);
  }

  /** So many events more, and a checkpoint over them. */
  async grow(count: number): Promise<void> {
    await grow(this.log, count);
    await this.tree.follow(this.log);
  }

  archiver(over: Partial<ArchiverOptions> = {}): Archiver {
    return new Archiver({
      store: this.store(),
      log: this.log,
      tree: this.tree,
      events: 100,
      maxAgeMs: 0,
      level: 3,
      now: () => this.time,
      temporary: this.root,
      record: {
        next: (location) =>
          Promise.resolve(
            this.recorded
              .filter((one) => one.location === location)
              .reduce((next, { first, count }) => Math.max(next, first + count), 0),
          ),
        segment: (archived) => {
          this.recorded.push(archived);
          return Promise.resolve();
        },
      },
      ...over,
    });
  }

  /** An archiver that tells the log itself. */
  recording(over: Partial<ArchiverOptions> = {}): Archiver {
    return this.archiver({
      record: archiveRecord(
        asWriter(this.log, 'audit'),
        () => Promise.resolve(),
        () => new Date(this.time).toISOString(),
      ),
      ...over,
    });
  }

  async copyTo(name: string): Promise<string> {
    await cp(this.directory, join(this.root, name), { recursive: true });
    return join(this.root, name);
  }

  close(): Promise<void> {
    return rm(this.root, { recursive: true, force: true });
  }
}

/** Steps until there is nothing to do; what each came to. */
export const steps = async (archiver: Archiver): Promise<string[]> => {
  const kinds: string[] = [];
  for (;;) {
    const { kind } = await archiver.step();
    kinds.push(kind);
    if (kind !== 'archived') return kinds;
  }
};

/** A store that does some things otherwise. */
export const otherwise = (store: ArchiveStore, over: Partial<ArchiveStore>): ArchiveStore => ({
  location: store.location,
  create: (name, content) => store.create(name, content),
  replace: (name, content) => store.replace(name, content),
  read: (name) => store.read(name),
  list: (prefix) => store.list(prefix),
  sweep: () => store.sweep(),
  close: () => store.close(),
  ...over,
});
