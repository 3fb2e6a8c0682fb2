import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Archive,
  contradiction,
  fileContent,
  filedManifest,
  textContent,
  writeSegment,
  type ArchiveStore,
  type FiledManifest,
} from '@interlock/archive';
import { parsePosition, type EventStore, type Position } from '@interlock/kernel';
import {
  keysOf,
  manifestFile,
  parseCheckpoint,
  parseNote,
  rootOf,
  sameHash,
  segmentFile,
  segmentName,
  type LogArchived,
  type SegmentRange,
} from '@interlock/tree';
import { eventsFrom } from './log-lines.js';
import type { LogTree } from './log-tree.js';
import { sealedLines } from './seal-lines.js';

export type ArchiverOptions = {
  readonly store: ArchiveStore;
  readonly log: Pick<EventStore, 'readAll'>;
  readonly tree: LogTree;
  /** What the log says was archived here, and how a segment comes to be told in it. */
  readonly record: {
    readonly next: (location: string) => Promise<number>;
    readonly segment: (archived: LogArchived) => Promise<void>;
  };
  /** Leaves of a segment. */
  readonly events: number;
  /** A segment that waits for its last leaves is closed when its first is this old; 0: never. */
  readonly maxAgeMs: number;
  /** Compression level of zstd. */
  readonly level: number;
  /** Milliseconds since 1970; only how soon an incomplete segment is closed depends on it. */
  readonly now: () => number;
  /** Where segments are made before they are sent. */
  readonly temporary?: string;
};

/** What one step came to. `ahead`: the archive holds more than the tree knows by now. */
export type ArchiveStep =
  { readonly kind: 'archived'; readonly filed: FiledManifest } | { readonly kind: 'idle' | 'ahead' };

/**
 * What waits for its last leaves: when its first event was, and up to where nothing was found but
 * what audit itself tells.
 */
type OpenRange = { readonly first: number; readonly since: number; readonly ownUntil: number };

/**
 * Events by which `audit` itself tells what it did: they alone are no reason to close a segment.
 */
const isOwn = (stream: string): boolean => stream.startsWith('checkpoint-');

/**
 * Archives the log, segment by segment, in a store that may only be added to. All that it knows is
 * in the store, the tree and the log; a step that was cut short anywhere is taken again. One at a
 * time, by one instance at a time: two do no harm, but twice the work.
 */
export class Archiver {
  readonly archive: Archive;
  readonly #options: ArchiverOptions;
  #last: FiledManifest | null | undefined;
  #recorded = false;
  #covered = 0;
  #open: OpenRange | undefined;

  constructor(options: ArchiverOptions) {
    this.#options = options;
    this.archive = new Archive(options.store);
  }

  /**
   * The last segment that counts: written, read back, and its manifest beside it. `undefined`
   * before the first step.
   */
  get last(): FiledManifest | null | undefined {
    return this.#last;
  }

  /** How many events the checkpoint covers that the last step saw; 0 before the first. */
  get covered(): number {
    return this.#covered;
  }

  /**
   * The position up to and with which everything is archived and read back; null where nothing is.
   */
  archivedUpTo(): Position | null {
    return this.#last === null || this.#last === undefined
      ? null
      : (parsePosition(this.#last.manifest.last_position) ?? null);
  }

  /** Forgets what it knows: another instance may have written since. */
  forget(): void {
    this.#last = undefined;
    this.#recorded = false;
  }

  /**
   * Archives the next segment where one is due. Throws `archive-contradicted`, after which nothing
   * is to be written; `archive-unavailable`; what log and tree throw.
   */
  async step(): Promise<ArchiveStep> {
    const checkpoint = await this.#options.tree.checkpoint();
    this.#covered = checkpoint?.size ?? 0;
    if (this.#last === undefined) {
      await this.#options.store.sweep();
      this.#last = await this.archive.last();
    }
    const last = this.#last;
    const next = last === null ? 0 : last.manifest.first + last.manifest.count;
    if (checkpoint === null || checkpoint.size < next) return { kind: next > 0 ? 'ahead' : 'idle' };
    if (!this.#recorded) {
      if (last !== null && !(await this.#agrees(last, checkpoint.size))) return { kind: 'ahead' };
      if (last !== null) await this.archive.writeHead(last);
      if (!(await this.#record(next))) return { kind: 'idle' };
    }
    const left = await this.archive.segmentAt(next);
    const range = left ?? (await this.#due(next, checkpoint.size));
    if (range === null) return { kind: 'idle' };
    if (range.first + range.count > checkpoint.size) return { kind: 'ahead' };
    if (left === null) await this.#write(range, checkpoint.note);
    const filed = await this.#file(range, last, checkpoint.size);
    if (filed === null) return { kind: 'ahead' };
    this.#last = filed;
    this.#recorded = false;
    await this.archive.writeHead(filed);
    await this.#record(range.first + range.count);
    return { kind: 'archived', filed };
  }

  /**
   * INVARIANT: an archive is only added to where the tree that it was cut from is the tree of
   * today. False where the tree does not yet go as far.
   */
  async #agrees({ manifest }: FiledManifest, size: number): Promise<boolean> {
    const { origin, node } = this.#options.tree;
    if (manifest.origin !== origin)
      throw contradiction(
        segmentName(manifest),
        `is of the log \`${manifest.origin}\`, not of \`${origin}\``,
      );
    const archived = parseCheckpoint(parseNote(manifest.checkpoint)?.text ?? '');
    if (archived === undefined) throw contradiction(segmentName(manifest), 'has a checkpoint that is none');
    if (archived.size > size) return false;
    if (!sameHash(await rootOf(node, archived.size), archived.root))
      throw contradiction(
        segmentName(manifest),
        `was cut from another log: the first ${archived.size} leaves are not those of the log of today`,
      );
    return true;
  }

  /**
   * Tells in the log what is archived and was not told yet; false where another instance has
   * archived more meanwhile.
   */
  async #record(next: number): Promise<boolean> {
    const { store, record } = this.#options;
    const recorded = await record.next(store.location);
    if (recorded > next) {
      // INVARIANT: a segment is in the store before it is told of; so the store, asked again now,
      // has all that was told, or has lost it.
      this.#last = await this.archive.last();
      const end = this.#last === null ? 0 : this.#last.manifest.first + this.#last.manifest.count;
      if (recorded > end)
        throw contradiction(
          null,
          `the archive has lost segments: it held the leaves up to ${recorded}, and ends at ${end}`,
        );
      return false;
    }
    if (recorded < next) {
      for await (const { manifest, sha256 } of this.archive.manifests(recorded)) {
        await record.segment({
          origin: manifest.origin,
          first: manifest.first,
          count: manifest.count,
          manifest_sha256: sha256,
          location: store.location,
        });
      }
    }
    this.#recorded = true;
    return true;
  }

  async #due(first: number, size: number): Promise<SegmentRange | null> {
    const { events, maxAgeMs, now, log, tree } = this.#options;
    if (size - first >= events) return { first, count: events };
    if (maxAgeMs === 0 || size === first) return null;
    const open = this.#open?.first === first ? this.#open : undefined;
    if (open !== undefined && (now() - open.since < maxAgeMs || open.ownUntil >= size)) return null;
    let index = open?.ownUntil ?? first;
    let since = open?.since;
    for await (const event of eventsFrom(log, tree, index)) {
      since ??= Date.parse(event.created);
      if (now() - since < maxAgeMs) break;
      if (!isOwn(event.stream)) return { first, count: size - first };
      index += 1;
      if (index === size) break;
    }
    if (since !== undefined) this.#open = { first, since, ownUntil: index };
    return null;
  }

  async #write(range: SegmentRange, checkpoint: string): Promise<void> {
    const { store, log, tree, level, temporary = tmpdir() } = this.#options;
    const path = join(temporary, `interlock-segment-${randomUUID()}`);
    try {
      const file = await writeSegment(
        path,
        sealedLines({ log, tree, range, checkpoint, keys: await tree.keys() }),
        level,
      );
      await store.create(segmentFile(range), fileContent(path, file.compressed));
    } finally {
      await rm(path, { force: true });
    }
  }

  /**
   * Reads the stored segment back, from any writer, and writes its manifest. A manifest that exists
   * already must be the same. Null if it was sealed for a larger tree than the current one.
   */
  async #file(range: SegmentRange, last: FiledManifest | null, size: number): Promise<FiledManifest | null> {
    const { store, tree } = this.#options;
    const read = await this.archive.readSegment(range, keysOf(await tree.keys()) ?? []);
    const { checkpoint, compressed, plain, first, last: end, seal } = read;
    if (checkpoint.origin === tree.origin && checkpoint.size > size) return null;
    if (
      checkpoint.origin !== tree.origin ||
      !sameHash(await rootOf(tree.node, checkpoint.size), checkpoint.root)
    )
      throw contradiction(segmentName(range), 'is of another log than this one');
    const filed = filedManifest({
      version: 1,
      origin: tree.origin,
      first: range.first,
      count: range.count,
      first_position: first.position,
      last_position: end.position,
      first_time: first.created,
      last_time: end.created,
      compressed,
      plain,
      checkpoint: seal.checkpoint,
      previous: last?.sha256 ?? null,
    });
    const written = await store.create(manifestFile(range), textContent(filed.text));
    const there =
      written === 'written' ? filed : await this.archive.manifestAt(range.first, last?.sha256 ?? null);
    if (there?.sha256 !== filed.sha256)
      throw contradiction(segmentName(range), 'has another manifest than the one that is due');
    return filed;
  }
}
