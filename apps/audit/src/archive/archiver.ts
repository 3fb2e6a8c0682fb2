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
  /**
   * `next` returns the first leaf that the log does not record as archived. `segment` records an
   * archived segment.
   */
  readonly record: {
    readonly next: (location: string) => Promise<number>;
    readonly segment: (archived: LogArchived) => Promise<void>;
  };
  /** The number of leaves in a segment. */
  readonly events: number;
  /**
   * An incomplete segment is closed when its first event is this old, in milliseconds. 0: never.
   */
  readonly maxAgeMs: number;
  /** Compression level of zstd. */
  readonly level: number;
  /** The time in milliseconds since 1970. It only decides when an incomplete segment is closed. */
  readonly now: () => number;
  /** The folder in which segments are written before the upload. */
  readonly temporary?: string;
};

/** The outcome of one step. `ahead`: the archive holds more than the tree covers so far. */
export type ArchiveStep =
  { readonly kind: 'archived'; readonly filed: FiledManifest } | { readonly kind: 'idle' | 'ahead' };

/**
 * The incomplete segment: its first leaf, the time of its first event, and the leaf up to which it
 * holds only audit's own events.
 */
type OpenRange = { readonly first: number; readonly since: number; readonly ownUntil: number };

/**
 * Returns true for events that audit writes about its own work. They alone do not close a segment.
 */
const isOwn = (stream: string): boolean => stream.startsWith('checkpoint-');

/**
 * Archives the log segment by segment in a store that only takes additions. All of its state is in
 * the store, the tree and the log, so an interrupted step is repeated. One instance runs at a time;
 * a second one would only double the work.
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
   * The last complete segment: written, read back, and stored with its manifest. `undefined` before
   * the first step.
   */
  get last(): FiledManifest | null | undefined {
    return this.#last;
  }

  /** The number of events that the checkpoint covered at the last step. 0 before the first step. */
  get covered(): number {
    return this.#covered;
  }

  /** Returns the last position that is archived and read back; null if nothing is. */
  archivedUpTo(): Position | null {
    return this.#last === null || this.#last === undefined
      ? null
      : (parsePosition(this.#last.manifest.last_position) ?? null);
  }

  /** Drops the cached state, because another instance may have written since. */
  forget(): void {
    this.#last = undefined;
    this.#recorded = false;
  }

  /**
   * Archives the next segment if one is due. Throws `archive-unavailable`, or what the log and the
   * tree throw. Throws `archive-contradicted`, after which nothing may be written.
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
   * Returns false if the tree has not reached the archive's checkpoint yet. INVARIANT: a segment is
   * added only if the archive was cut from the current tree.
   */
  async #agrees({ manifest }: FiledManifest, size: number): Promise<boolean> {
    const { origin, node } = this.#options.tree;
    if (manifest.origin !== origin)
      throw contradiction(
        segmentName(manifest),
        `is of the log \`${manifest.origin}\`, not of \`${origin}\``,
      );
    const archived = parseCheckpoint(parseNote(manifest.checkpoint)?.text ?? '');
    if (archived === undefined) throw contradiction(segmentName(manifest), 'has an invalid checkpoint');
    if (archived.size > size) return false;
    if (!sameHash(await rootOf(node, archived.size), archived.root))
      throw contradiction(
        segmentName(manifest),
        `was cut from another log: the first ${archived.size} leaves are not those of the present log`,
      );
    return true;
  }

  /**
   * Records the archived segments that the log does not name yet. Returns false if another instance
   * has archived more in the meantime.
   */
  async #record(next: number): Promise<boolean> {
    const { store, record } = this.#options;
    const recorded = await record.next(store.location);
    if (recorded > next) {
      // INVARIANT: a segment is stored before it is recorded. If the store now lacks a recorded
      // segment, it has lost it.
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
   * Reads the stored segment back, whichever instance wrote it, and writes its manifest. An
   * existing manifest must be the same. Returns null if the segment was sealed for a larger tree
   * than the current one.
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
