import {
  type Checkpoint,
  readExportedLine,
  sameHash,
  type Hash,
  type VerifierKey,
  isSealLine,
  parseSealLine,
  type Seal,
} from '@interlock/tree';
import { ComparedHashes, HashList, LineSplitter } from './lines.js';
import type { Structure } from './structure.js';

/** Where a log's export is read from: opened once, and again where something is found, to name it. */
export interface LogSource {
  readonly name: string;
  open(): AsyncIterable<Uint8Array>;
}

/** SHA-256, 32 bytes. */
export type Sha256 = (bytes: Uint8Array) => Uint8Array;

/** A line and what is wrong with it. */
export type LineFault = { readonly line: number; readonly what: string };

/** A file as read once: hashes of its event lines, what its seal says they are, and what of it is no export. */
export type SealedFile = {
  readonly leaves: HashList;
  readonly sealed: ComparedHashes;
  readonly seal: Seal | null;
  readonly lines: number;
  /** True where at least the beginning of a seal is there. */ readonly sealBegun: boolean;
  /** Lines before the seal that are no events: the first few. */ readonly strange: readonly LineFault[];
  readonly sealFaults: readonly LineFault[];
};

/** A file that was read, and whether all of it is what its seal says and the key signed. */
export type ReadFile = {
  readonly source: LogSource;
  readonly file: SealedFile;
  readonly checkpoint: Checkpoint | null;
  readonly keys: readonly VerifierKey[];
  readonly clean: boolean;
};

const kept = 100;
/** INVARIANT: bytes that are no UTF-8 are never read as if they were, and a byte order mark is no white space. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The bytes as text; `undefined` where they are no UTF-8. */
export const textOf = (bytes: Uint8Array): string | undefined => {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
};

/** Hashes a leaf's bytes with a hash function from outside, without a buffer for each. */
const leafHasher = (sha256: Sha256): ((bytes: Uint8Array) => Hash) => {
  let scratch = new Uint8Array(4096);
  return (bytes) => {
    if (scratch.length <= bytes.length) scratch = new Uint8Array((bytes.length + 1) * 2);
    scratch.set(bytes, 1);
    return sha256(scratch.subarray(0, bytes.length + 1));
  };
};

const nothing = new Uint8Array();

/** Reads a sealed export once, from first to last byte, in memory of 32 bytes an event. */
export const readSealed = async (
  source: LogSource,
  structure: Structure,
  sha256: Sha256,
): Promise<SealedFile> => {
  const hash = leafHasher(sha256);
  const leaves = new HashList();
  const sealed = new ComparedHashes(leaves, sameHash);
  const strange: LineFault[] = [];
  const sealFaults: LineFault[] = [];
  let seal: Seal | null = null;
  let inSeal = false;
  let line = 0;

  const fault = (what: string): void => {
    if (sealFaults.length < kept) sealFaults.push({ line, what });
  };
  const takeEvent = (bytes: Uint8Array | null, text: string | undefined): void => {
    leaves.push(hash(bytes ?? nothing));
    const read =
      text === undefined
        ? { fault: bytes === null ? 'is longer than an event can be' : 'is not UTF-8' }
        : text === ''
          ? { fault: 'is empty' }
          : readExportedLine(text);
    if ('event' in read) structure.take(read.event, line);
    else if (strange.length < kept) strange.push({ line, what: read.fault });
  };
  const takeSeal = (text: string | undefined): void => {
    const part = text === undefined ? undefined : parseSealLine(text);
    if (seal !== null) fault('stands after the end of the seal');
    else if (part === undefined) fault('is no line of a seal');
    else if ('seal' in part) ({ seal } = part);
    else for (const one of part.hashes) sealed.push(one);
  };

  const splitter = new LineSplitter((bytes) => {
    line += 1;
    const text = bytes === null ? undefined : textOf(bytes);
    inSeal ||= text !== undefined && isSealLine(text);
    if (inSeal) takeSeal(text);
    else takeEvent(bytes, text);
  });
  for await (const chunk of source.open()) splitter.take(chunk);
  if (splitter.pending > 0) {
    splitter.end();
    fault('does not end in a line feed');
  }
  return { leaves, sealed, seal, lines: line, sealBegun: inSeal, strange, sealFaults };
};
