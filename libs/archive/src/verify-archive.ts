import {
  Frontier,
  manifestFile,
  parseCheckpoint,
  parseManifest,
  parseNote,
  parseSegmentFile,
  readExportedLine,
  sameHash,
  segmentFile,
  segmentName,
  segmentPrefix,
  verifierText,
  type Checkpoint,
  type SegmentManifest,
  type SegmentRange,
  type VerifierKey,
} from '@interlock/tree';
import { signedCheckpoint, type HashList } from '@interlock/verify';
import { manifestFault } from './archive.js';
import { readText, sha256Of } from './content.js';
import { readSegment } from './read-segment.js';
import { SegmentLines } from './segment-file.js';
import type { ArchiveStore } from './store.js';

/** An event, as an archive's line names it. */
type NamedEvent = {
  readonly position: string;
  readonly stream: string;
  readonly revision: string;
  readonly id: string;
  readonly type: string;
};
/** A fault, with its segment, and with its leaf and event if they are known. */
type ArchiveFault = {
  readonly segment: string | null;
  readonly leaf: number | null;
  readonly event: NamedEvent | null;
  readonly what: string;
};
export type ArchiveReport = {
  /** True if every requested check was made and found no fault. */
  readonly verified: boolean;
  readonly origin: string | null;
  readonly segments: number;
  /** Leaves: the first, and the one after the last. */
  readonly first: number;
  readonly next: number;
  readonly bytes: { readonly compressed: number; readonly plain: number };
  /** At most a hundred; `more` counts the rest. */
  readonly faults: readonly ArchiveFault[];
  readonly more: number;
  /** Requested checks that this archive cannot decide. */
  readonly undecided: readonly string[];
};
export type VerifyOptions = {
  readonly keys: readonly VerifierKey[];
  /** A checkpoint from elsewhere, as a signed note. */
  readonly checkpoint?: string;
  readonly onSegment?: (manifest: SegmentManifest) => void;
};

const listed = 100;

/**
 * Checks a whole archive by itself: manifests against files, the chain of manifests, seals,
 * adjoining ranges, and that one tree contains them all. Throws only `archive-unavailable`.
 */
export const verifyArchive = async (store: ArchiveStore, options: VerifyOptions): Promise<ArchiveReport> =>
  new ArchiveVerification(store, options).run();

class ArchiveVerification {
  readonly #faults: ArchiveFault[] = [];
  #more = 0;
  readonly #undecided: string[] = [];
  /**
   * Checkpoints to compare when the archive has reached their size; null stands for the caller's
   * checkpoint.
   */
  readonly #due: { readonly segment: string | null; readonly checkpoint: Checkpoint }[] = [];
  /** Keys that a known key handed over to, according to the segments' seals. */
  readonly #keys: VerifierKey[] = [];
  #asked: 'open' | 'same' | 'other' = 'open';
  readonly #frontier = new Frontier();
  /** False after the first gap or fault, because the tree cannot grow any further. */
  #whole = true;
  #origin: string | null = null;

  constructor(
    private readonly store: ArchiveStore,
    private readonly options: VerifyOptions,
  ) {}

  async run(): Promise<ArchiveReport> {
    const { checkpoint: note } = this.options;
    const asked = note === undefined ? undefined : parseCheckpoint(parseNote(note)?.text ?? '');
    if (asked !== undefined) this.#due.push({ segment: null, checkpoint: asked });
    const bytes = { compressed: 0, plain: 0 };
    let segments = 0;
    let first: number | null = null;
    let next = 0;
    let previous: string | null = null;
    for await (const range of this.#ranges()) {
      segments += 1;
      first ??= range.first;
      if (range.first !== next) this.#gap(range, next);
      next = range.first + range.count;
      const filed = await this.#manifest(range);
      if (filed === null) {
        this.#whole = false;
        previous = null;
        continue;
      }
      if (segments > 1 && filed.manifest.previous !== previous && previous !== null)
        this.#fault(range, 'has a manifest that does not follow the one before it');
      if (segments === 1 && range.first === 0 && filed.manifest.previous !== null)
        this.#fault(range, 'is the first, and its manifest follows another');
      previous = filed.sha256;
      bytes.compressed += filed.manifest.compressed.bytes;
      bytes.plain += filed.manifest.plain.bytes;
      await this.#segment(range, filed.manifest);
      this.options.onSegment?.(filed.manifest);
    }
    if (segments === 0) this.#undecided.push('the archive is empty');
    if (note !== undefined) this.#decide(note, next);
    return {
      verified: this.#faults.length === 0 && this.#undecided.length === 0,
      origin: this.#origin,
      segments,
      first: first ?? 0,
      next,
      bytes,
      faults: this.#faults,
      more: this.#more,
      undecided: this.#undecided,
    };
  }

  async *#ranges(): AsyncGenerator<SegmentRange> {
    const open = new Map<number, SegmentRange>();
    for await (const name of this.store.list(segmentPrefix())) {
      const file = parseSegmentFile(name);
      if (file === undefined) {
        this.#add({
          segment: null,
          leaf: null,
          event: null,
          what: `\`${name}\` is not a file of an archive`,
        });
        continue;
      }
      const range = { first: file.first, count: file.count };
      if (file.kind === 'manifest') {
        open.set(range.first, range);
        yield range;
      } else if (
        open.get(range.first)?.count !== range.count &&
        (await readText(this.store, manifestFile(range))) === null
      ) {
        this.#undecided.push(
          `\`${segmentName(range)}\` has no manifest: it was being written, or its manifest is lost`,
        );
      }
      if (open.size > 1) open.delete(open.keys().next().value!);
    }
  }

  #gap(range: SegmentRange, next: number): void {
    this.#whole = false;
    if (range.first < next) this.#fault(range, 'overlaps with the segment before it');
    else
      this.#fault(
        range,
        next === 0
          ? `is the first: leaves 0 to ${range.first - 1} are missing`
          : `leaves out leaves ${next} to ${range.first - 1}`,
      );
  }

  async #manifest(
    range: SegmentRange,
  ): Promise<{ readonly manifest: SegmentManifest; readonly sha256: string } | null> {
    const text = await readText(this.store, manifestFile(range)).catch((error: unknown) => {
      if (error instanceof RangeError) return '';
      throw error;
    });
    const manifest = parseManifest(text ?? '');
    if (
      text === null ||
      manifest === undefined ||
      manifest.first !== range.first ||
      manifest.count !== range.count
    ) {
      this.#fault(
        range,
        text === null
          ? 'has lost its manifest'
          : manifest === undefined
            ? 'has an invalid manifest'
            : 'has a manifest for other leaves',
      );
      return null;
    }
    if (this.#origin !== null && manifest.origin !== this.#origin)
      this.#fault(range, `is of the log \`${manifest.origin}\`, the ones before are of \`${this.#origin}\``);
    this.#origin ??= manifest.origin;
    return { manifest, sha256: sha256Of(text) };
  }

  async #segment(range: SegmentRange, manifest: SegmentManifest): Promise<void> {
    const read = await readSegment(this.store, range, this.options.keys);
    const fault = 'fault' in read ? read.fault : manifestFault(manifest, read);
    if (fault !== undefined) {
      const leaf = 'fault' in read ? (read.leaf ?? null) : null;
      this.#fault(range, fault, leaf, leaf === null ? null : await this.#eventAt(range, leaf));
    }
    if ('fault' in read) {
      this.#whole = false;
      return;
    }
    this.#keys.push(...read.keys);
    this.#due.push({ segment: segmentName(range), checkpoint: read.checkpoint });
    if (this.#whole) this.#grow(read.leaves);
  }

  /**
   * INVARIANT: each seal proves only its own leaves. The roots computed from all leaves together
   * show that all segments belong to one tree.
   */
  #grow(leaves: HashList): void {
    this.#due.sort((a, b) => a.checkpoint.size - b.checkpoint.size);
    for (let n = 0; n < leaves.size; n += 1) {
      this.#frontier.append(leaves.at(n).slice());
      while (this.#due[0]?.checkpoint.size === this.#frontier.size) this.#compare(this.#due.shift()!);
    }
  }

  #compare({
    segment,
    checkpoint,
  }: {
    readonly segment: string | null;
    readonly checkpoint: Checkpoint;
  }): void {
    const same = sameHash(this.#frontier.root(), checkpoint.root);
    if (segment === null) this.#asked = same ? 'same' : 'other';
    else if (!same)
      this.#add({
        segment,
        leaf: null,
        event: null,
        what: `its checkpoint signs another history: the first ${checkpoint.size} leaves of the archive are not those of its tree`,
      });
  }

  /**
   * Decides about the caller's checkpoint. Its signature is checked last, by the keys that the
   * segments supplied.
   */
  #decide(note: string, next: number): void {
    const fault = (what: string): void =>
      this.#add({ segment: null, leaf: null, event: null, what: `the checkpoint ${what}` });
    const signed = signedCheckpoint(
      note,
      [...this.options.keys, ...this.#keys].filter(
        (key, i, all) => all.findIndex((other) => verifierText(other) === verifierText(key)) === i,
      ),
    );
    if ('fault' in signed) {
      fault(signed.fault);
      return;
    }
    const { origin, size, root } = signed.checkpoint;
    const beside = this.#due.find(({ segment, checkpoint }) => segment !== null && checkpoint.size === size);
    if (this.#origin !== null && origin !== this.#origin) fault(`is of the log \`${origin}\``);
    else if (this.#asked === 'other')
      fault(`signs another history: the first ${size} leaves of the archive are not those of its tree`);
    else if (this.#asked === 'open' && beside !== undefined && !sameHash(beside.checkpoint.root, root))
      fault(`signs another history than that of \`${beside.segment}\`, of the same size`);
    else if (this.#asked === 'open' && beside === undefined)
      this.#undecided.push(
        size > next
          ? `the checkpoint is of ${size} leaves, the archive ends at ${next}`
          : 'the archive does not hold all that the checkpoint signs',
      );
  }

  async #eventAt(range: SegmentRange, leaf: number): Promise<NamedEvent | null> {
    const source = await this.store.read(segmentFile(range));
    if (source === null) return null;
    let index = range.first;
    for await (const line of new SegmentLines(source).lines()) {
      if (index === leaf) {
        const text = Buffer.from(line).toString('utf8');
        const read = readExportedLine(text);
        if ('fault' in read) return null;
        const { position, stream, revision, id, type } = JSON.parse(text) as NamedEvent;
        return { position, stream, revision, id, type };
      }
      index += 1;
    }
    return null;
  }

  #fault(
    range: SegmentRange,
    what: string,
    leaf: number | null = null,
    event: NamedEvent | null = null,
  ): void {
    this.#add({ segment: segmentName(range), leaf, event, what });
  }

  #add(fault: ArchiveFault): void {
    if (this.#faults.length < listed) this.#faults.push(fault);
    else this.#more += 1;
  }
}
