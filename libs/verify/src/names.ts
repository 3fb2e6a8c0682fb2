import { sha256 } from '@noble/hashes/sha2.js';
import { eventLine, readExportedLine, sameHash, type Hash } from '@interlock/tree';
import type { LogSource } from './file/file.js';
import { LineSplitter, textOf } from './file/lines.js';
import type { EventName } from './report.js';
import { nameOf } from './checks/structure.js';

/**
 * A line's statements about its event: all of them if the line is valid, otherwise those that can
 * be extracted; lines from 0.
 */
export type Named = {
  readonly event: EventName | null;
  readonly fault: string | null;
  /** Hash of the event in its one spelling. */
  readonly canonical: Hash | null;
};
/** A revision that no authentic line has, between two leaves of its stream. */
export type Gap = {
  readonly stream: string;
  readonly revision: string;
  readonly after: number;
  readonly before: number;
};

const loose = new TextDecoder();
const encoder = new TextEncoder();
const maxGaps = 1000;
/** The number of members of an exported event. */
const members = 8;

/** Longer than the name of any stream, or the id of any event. */
const longest = 1000;

/**
 * The text between the last occurrence of a beginning and the next quote, if it matches the
 * pattern. INVARIANT: its time is linear in the line's length, whatever the content.
 */
const picked = (text: string, begin: string, pattern: RegExp, before = text.length): string | null => {
  const at = text.lastIndexOf(begin, before);
  const from = at + begin.length;
  const end = at < 0 ? -1 : text.slice(from, from + longest).indexOf('"');
  const value = end < 0 ? '' : text.slice(from, from + end);
  return end >= 0 && pattern.test(value) ? value : null;
};

const unescaped = /^[^\\]*$/;

/** Members of an exported event from a line that may be damaged anywhere. */
const salvage = (text: string): EventName | null => {
  const metadata = text.lastIndexOf('","metadata":{');
  const id = metadata < 0 ? null : picked(text, '"id":"', unescaped, metadata);
  const name: EventName = {
    stream: picked(text, '"stream":"', unescaped),
    revision: picked(text, '"revision":"', /^\d+$/),
    position: picked(text, '"position":"', /^[\d/]+$/),
    id,
    type: text.endsWith('"}') ? picked(text, '"type":"', unescaped) : null,
  };
  return Object.values(name).every((part) => part === null) ? null : name;
};

/** Hash of a line's event in its canonical form; null if the line is not exactly one event. */
const canonicalHash = (text: string): Hash | null => {
  const plain = text.replace(/^\uFEFF/u, '');
  const read = readExportedLine(plain);
  if (!('event' in read) || Object.keys(JSON.parse(plain) as object).length !== members) return null;
  try {
    return sha256(encoder.encode(eventLine(read.event)));
  } catch {
    // Nested deeper than any real event.
    return null;
  }
};

const named = (bytes: Uint8Array | null): Named => {
  if (bytes === null) return { event: null, fault: 'is longer than an event can be', canonical: null };
  const text = textOf(bytes);
  if (text === undefined)
    return { event: salvage(loose.decode(bytes)), fault: 'is not UTF-8', canonical: null };
  if (text === '') return { event: null, fault: 'is empty', canonical: null };
  const read = readExportedLine(text);
  const canonical = canonicalHash(text);
  return 'event' in read
    ? { event: nameOf(read.event), fault: null, canonical }
    : {
        event: salvage(text),
        fault: text.startsWith('\uFEFF') ? 'begins with a byte order mark' : read.fault,
        canonical,
      };
};

/**
 * Reads a file again: names the wanted lines, and finds revisions that the authentic lines leave
 * out. `leafOf` returns the leaf of each line, −1 for none; `whole`: true if the leaves begin with
 * the log.
 */
export const nameLines = async (
  source: LogSource,
  wanted: ReadonlySet<number>,
  leafOf: Int32Array,
  whole: boolean,
): Promise<{ readonly names: ReadonlyMap<number, Named>; readonly gaps: readonly Gap[] }> => {
  const names = new Map<number, Named>();
  const gaps = new Map<string, Gap>();
  const last = new Map<string, { readonly revision: bigint; readonly leaf: number }>();
  const follow = (bytes: Uint8Array, leaf: number): void => {
    const read = readExportedLine(textOf(bytes) ?? '');
    if (!('event' in read)) return;
    const { stream, revision } = read.event;
    const before =
      last.get(stream) ?? (whole ? { revision: -1n, leaf: -1 } : { revision: revision - 1n, leaf: -1 });
    gaps.delete(`${stream} ${revision}`);
    for (let missing = before.revision + 1n; missing < revision && gaps.size < maxGaps; missing += 1n)
      gaps.set(`${stream} ${missing}`, { stream, revision: `${missing}`, after: before.leaf, before: leaf });
    if (revision > before.revision) last.set(stream, { revision, leaf });
  };
  let line = 0;
  const splitter = new LineSplitter((bytes) => {
    if (line < leafOf.length) {
      if (wanted.has(line)) names.set(line, named(bytes));
      const leaf = leafOf[line]!;
      if (leaf >= 0 && bytes !== null) follow(bytes, leaf);
    }
    line += 1;
  });
  for await (const chunk of source.open()) splitter.take(chunk);
  splitter.end();
  return { names, gaps: [...gaps.values()] };
};

/**
 * The possible revisions of missing or changed leaves: those whose neighbours in their stream are
 * around them.
 */
export const gapsAround = (gaps: readonly Gap[], first: number, count: number): readonly Gap[] =>
  gaps.filter(({ after, before }) => after < first && before >= first + count);

export const isSpelling = ({ canonical }: Named, eventHash: Hash): boolean =>
  canonical !== null && sameHash(canonical, eventHash);
