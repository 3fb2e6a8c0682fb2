import { canonicalJson, isObject } from '@interlock/kernel';

/** A file in the archive. */
export type ArchivedFile = { readonly bytes: number; readonly sha256: string };

/**
 * The description of one archived segment of the log. It is written in canonical JSON, so that it
 * has one SHA-256.
 */
export type SegmentManifest = {
  readonly version: 1;
  /** The tree whose leaves these are. */
  readonly origin: string;
  /** Index of the first leaf, and the number of leaves. */
  readonly first: number;
  readonly count: number;
  /** The positions of the first and the last event in the log, and when the log stored them. */
  readonly first_position: string;
  readonly last_position: string;
  readonly first_time: string;
  readonly last_time: string;
  /** `<segment>.ndjson.zst`, and its content. */
  readonly compressed: ArchivedFile;
  readonly plain: ArchivedFile;
  /** The signed note that the segment's seal belongs to. */
  readonly checkpoint: string;
  /** SHA-256 of the previous segment's manifest; null for the first. */
  readonly previous: string | null;
};

/**
 * How far an archive reaches; the only file of it that is ever overwritten. Newer manifests count
 * as well.
 */
export type ArchiveHead = {
  readonly version: 1;
  readonly origin: string;
  readonly next: number;
  readonly manifest: string;
  readonly manifest_sha256: string;
};

/** First leaf and number of leaves. */
export type SegmentRange = { readonly first: number; readonly count: number };

const digits = 16;
const padded = (index: number): string => `${index}`.padStart(digits, '0');

/**
 * The folder of an archive's segments, and the beginning of the name of a segment that begins at a
 * leaf.
 */
export const segmentPrefix = (first?: number): string =>
  first === undefined ? 'segments/' : `segments/${padded(first)}-`;
/**
 * `segments/<first>-<last>`, both inclusive, with 16 digits, so that names sort like the leaves.
 */
export const segmentName = ({ first, count }: SegmentRange): string =>
  `${segmentPrefix(first)}${padded(first + count - 1)}`;
export const segmentFile = (range: SegmentRange): string => `${segmentName(range)}.ndjson.zst`;
export const manifestFile = (range: SegmentRange): string => `${segmentName(range)}.manifest.json`;
export const headFile = 'latest.json';

/**
 * The kind of a file in an archive, by its name; `undefined` if it does not belong to a segment.
 */
export const parseSegmentFile = (
  name: string,
): (SegmentRange & { readonly kind: 'segment' | 'manifest' }) | undefined => {
  const match = /^segments\/(\d{16})-(\d{16})\.(ndjson\.zst|manifest\.json)$/.exec(name);
  if (match === null) return undefined;
  const first = Number(match[1]);
  const count = Number(match[2]) - first + 1;
  return Number.isSafeInteger(first + count) && count >= 1
    ? { first, count, kind: match[3] === 'manifest.json' ? 'manifest' : 'segment' }
    : undefined;
};

/** A manifest in its canonical form, as a line. */
export const manifestText = (manifest: SegmentManifest): string => `${canonicalJson(manifest)}\n`;
export const archiveHeadText = (head: ArchiveHead): string => `${canonicalJson(head)}\n`;

const isIndex = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
const isHash = (value: unknown): value is string => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const isFile = (value: unknown): value is ArchivedFile =>
  isObject(value) &&
  Object.keys(value).sort().join() === 'bytes,sha256' &&
  isIndex(value['bytes']) &&
  isHash(value['sha256']);

/** The value of a text in canonical form; `undefined` if it is not JSON or not canonical. */
const readCanonical = (text: string): { readonly [name: string]: unknown } | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) && `${canonicalJson(value)}\n` === text ? value : undefined;
  } catch {
    return undefined;
  }
};

const manifestMembers =
  'checkpoint,compressed,count,first,first_position,first_time,last_position,last_time,origin,plain,previous,version';
const headMembers = 'manifest,manifest_sha256,next,origin,version';

/** Reads a manifest; `undefined` for every text that `manifestText` would not write. */
export const parseManifest = (text: string): SegmentManifest | undefined => {
  const value = readCanonical(text);
  if (value === undefined || Object.keys(value).sort().join() !== manifestMembers || value['version'] !== 1)
    return undefined;
  const {
    origin,
    first,
    count,
    first_position: from,
    last_position: to,
    first_time: since,
    last_time: until,
    compressed,
    plain,
    checkpoint,
    previous,
  } = value;
  const texts = [origin, from, to, since, until, checkpoint].every(isText);
  if (
    !texts ||
    !isIndex(first) ||
    !isIndex(count) ||
    count < 1 ||
    !Number.isSafeInteger(first + count) ||
    !isFile(compressed) ||
    !isFile(plain) ||
    !(previous === null || isHash(previous))
  )
    return undefined;
  return value as unknown as SegmentManifest;
};

/** Reads the archive's head; `undefined` for every text that `archiveHeadText` would not write. */
export const parseArchiveHead = (text: string): ArchiveHead | undefined => {
  const value = readCanonical(text);
  if (value === undefined || Object.keys(value).sort().join() !== headMembers || value['version'] !== 1)
    return undefined;
  const { origin, next, manifest, manifest_sha256: sha256 } = value;
  return isText(origin) && isIndex(next) && isText(manifest) && isHash(sha256)
    ? (value as unknown as ArchiveHead)
    : undefined;
};
