import {
  archiveHeadText,
  headFile,
  manifestFile,
  manifestText,
  parseArchiveHead,
  parseManifest,
  parseSegmentFile,
  sameHash,
  segmentFile,
  segmentName,
  segmentPrefix,
  type ArchiveHead,
  type SegmentManifest,
  type SegmentRange,
  type VerifierKey,
} from '@interlock/tree';
import { fastSha256, readText, sha256Of, textContent } from './content.js';
import { contradiction } from './errors.js';
import { readSegment, type ReadSegment } from './read-segment.js';
import { SegmentLines } from './segment-file.js';
import type { ArchiveStore } from './store.js';

/** A stored manifest with its SHA-256. */
export type FiledManifest = { readonly manifest: SegmentManifest; readonly sha256: string };
/** The line of a leaf in the archive. */
export type ArchivedLeaf = { readonly index: number; readonly line: string };

/** Describes how a segment differs from its manifest; `undefined` if it does not. */
export const manifestFault = (manifest: SegmentManifest, read: ReadSegment): string | undefined => {
  const other = (['compressed', 'plain'] as const).find(
    (side) => manifest[side].sha256 !== read[side].sha256 || manifest[side].bytes !== read[side].bytes,
  );
  if (other !== undefined) return `is another file than its manifest says (${other})`;
  if (manifest.origin !== read.checkpoint.origin || manifest.checkpoint !== read.seal.checkpoint)
    return 'is sealed for another checkpoint than its manifest says';
  const { first, last } = read;
  return manifest.first_position === first.position &&
    manifest.last_position === last.position &&
    manifest.first_time === first.created &&
    manifest.last_time === last.created
    ? undefined
    : 'has other events at its ends than its manifest says';
};

/** Throws if a segment does not begin at the expected leaf. */
const follows = (range: SegmentRange, next: number | undefined): void => {
  if (next === undefined || range.first === next) return;
  throw contradiction(
    segmentName(range),
    range.first < next
      ? 'overlaps with the segment before it'
      : `leaves out what comes before it, leaves ${next} to ${range.first - 1}`,
    next,
  );
};

/**
 * The archive in a store: the manifests in their order, and the leaves. Nothing is trusted that no
 * seal proves.
 */
export class Archive {
  constructor(readonly store: ArchiveStore) {}

  /**
   * The manifest that begins at a leaf, checked to follow the previous one; null if there is none.
   * Throws `archive-contradicted`.
   */
  async manifestAt(first: number, previous: string | null): Promise<FiledManifest | null> {
    const range = await this.#rangeAt(first, 'manifest');
    return range === null ? null : this.#manifest(range, previous);
  }

  /**
   * The segment that begins at a leaf and has no manifest yet; null if there is none. Throws
   * `archive-contradicted` if there is more than one.
   */
  segmentAt(first: number): Promise<SegmentRange | null> {
    return this.#rangeAt(first, 'segment');
  }

  /**
   * The manifests in order, each checked to follow the previous one. They start at `from` if a
   * manifest begins there, else at the oldest one. Throws `archive-contradicted`.
   */
  async *manifests(from?: number): AsyncGenerator<FiledManifest> {
    let next = from;
    let previous: string | null | undefined;
    for await (const range of this.#ranges()) {
      if (next !== undefined && range.first + range.count <= next) continue;
      follows(range, next);
      const filed = await this.#manifest(range, range.first === 0 ? null : previous);
      yield filed;
      next = range.first + range.count;
      previous = filed.sha256;
    }
  }

  /**
   * The last manifest, found from the archive's head and the manifests after it; null in an empty
   * archive. Throws `archive-contradicted`.
   */
  async last(): Promise<FiledManifest | null> {
    let last = await this.#headManifest();
    for (;;) {
      const next = await this.manifestAt(
        last === null ? 0 : last.manifest.first + last.manifest.count,
        last?.sha256 ?? null,
      );
      if (next === null) return last;
      last = next;
    }
  }

  /** Records how far the archive goes. */
  async writeHead({ manifest, sha256 }: FiledManifest): Promise<void> {
    const head: ArchiveHead = {
      version: 1,
      origin: manifest.origin,
      next: manifest.first + manifest.count,
      manifest: manifestFile(manifest),
      manifest_sha256: sha256,
    };
    const text = archiveHeadText(head);
    if ((await readText(this.store, headFile)) !== text)
      await this.store.replace(headFile, textContent(text));
  }

  /**
   * The leaves from `from` up to but excluding `to`, in order and without gaps. Each is proved by
   * its segment's seal before it is yielded. Ends early if the archive ends. Throws
   * `archive-contradicted` with the segment and the leaf, and `archive-unavailable`.
   */
  async *leaves(keys: readonly VerifierKey[], from = 0, to = Infinity): AsyncGenerator<ArchivedLeaf> {
    let next = from;
    for await (const range of this.#ranges()) {
      if (range.first + range.count <= next) continue;
      if (next >= to) return;
      if (range.first > next || next !== from) follows(range, next);
      next = range.first + range.count;
      const { manifest } = await this.#manifest(range);
      const read = await this.readSegment(range, keys);
      const fault = manifestFault(manifest, read);
      if (fault !== undefined) throw contradiction(segmentName(range), fault);
      yield* this.#proved(range, read, from, to);
    }
  }

  /** Reads a segment to its end. Throws `archive-contradicted` if it does not hold. */
  async readSegment(range: SegmentRange, keys: readonly VerifierKey[]): Promise<ReadSegment> {
    const read = await readSegment(this.store, range, keys);
    if ('fault' in read) throw contradiction(segmentName(range), read.fault, read.leaf);
    return read;
  }

  /**
   * INVARIANT: the file is read again and compared with the proved hashes, because it may have
   * changed in between.
   */
  async *#proved(
    range: SegmentRange,
    { events }: ReadSegment,
    from: number,
    to: number,
  ): AsyncGenerator<ArchivedLeaf> {
    const source = await this.store.read(segmentFile(range));
    if (source === null) throw contradiction(segmentName(range), 'is missing');
    let n = 0;
    for await (const line of new SegmentLines(source).lines()) {
      const index = range.first + n;
      if (n === range.count || index >= to) return;
      if (!sameHash(events.at(n), fastSha256(line)))
        throw contradiction(segmentName(range), `changed while it was read, at leaf ${index}`, index);
      n += 1;
      if (index >= from) yield { index, line: Buffer.from(line).toString('utf8') };
    }
  }

  async *#ranges(): AsyncGenerator<SegmentRange> {
    for await (const name of this.store.list(segmentPrefix())) {
      const file = parseSegmentFile(name);
      if (file?.kind === 'manifest') yield { first: file.first, count: file.count };
    }
  }

  async #rangeAt(first: number, kind: 'manifest' | 'segment'): Promise<SegmentRange | null> {
    const found: SegmentRange[] = [];
    for await (const name of this.store.list(segmentPrefix(first))) {
      const file = parseSegmentFile(name);
      if (file?.kind === kind) found.push({ first: file.first, count: file.count });
    }
    const [one = null, other] = found;
    if (one !== null && other !== undefined)
      throw contradiction(segmentName(one), `and \`${segmentName(other)}\` begin at the same leaf`);
    return one;
  }

  async #manifest(range: SegmentRange, previous?: string | null): Promise<FiledManifest> {
    const text = await readText(this.store, manifestFile(range));
    const manifest = text === null ? undefined : parseManifest(text);
    if (text === null || manifest === undefined)
      throw contradiction(
        segmentName(range),
        text === null ? 'has lost its manifest' : 'has an invalid manifest',
      );
    if (manifest.first !== range.first || manifest.count !== range.count)
      throw contradiction(segmentName(range), 'has a manifest for other leaves');
    if (previous !== undefined && manifest.previous !== previous)
      throw contradiction(segmentName(range), 'has a manifest that does not follow the one before it');
    return { manifest, sha256: sha256Of(text) };
  }

  async #headManifest(): Promise<FiledManifest | null> {
    const text = await readText(this.store, headFile);
    if (text === null) return null;
    const head = parseArchiveHead(text);
    const file = head === undefined ? undefined : parseSegmentFile(head.manifest);
    if (head === undefined || file?.kind !== 'manifest')
      throw contradiction(null, `\`${headFile}\` of the archive is invalid`);
    const filed = await this.#manifest(file);
    if (filed.sha256 !== head.manifest_sha256 || file.first + file.count !== head.next)
      throw contradiction(segmentName(file), `has another manifest than \`${headFile}\` says`);
    return filed;
  }
}

export const filedManifest = (manifest: SegmentManifest): FiledManifest & { readonly text: string } => {
  const text = manifestText(manifest);
  return { manifest, text, sha256: sha256Of(text) };
};
