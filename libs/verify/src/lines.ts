import type { Hash, InnerHash, Sha256 } from '@interlock/tree';

/** A longer line does not belong to an export: this is many times the limit of an append. */
const maxLineBytes = 64 * 1024 * 1024;
export const lineFeed = 0x0a;
/** INVARIANT: invalid UTF-8 is never read as text, and a byte order mark is not white space. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The bytes as text; `undefined` if they are not UTF-8. */
export const textOf = (bytes: Uint8Array): string | undefined => {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
};

/**
 * Splits bytes at line feeds. Each line comes without its line feed, as a view that is valid until
 * the call returns; `null` if it is longer than 64 MiB.
 */
export class LineSplitter {
  #rest: Uint8Array[] = [];
  #restBytes = 0;

  constructor(private readonly onLine: (bytes: Uint8Array | null) => void) {}

  /** How many bytes came after the last line feed. */
  get pending(): number {
    return this.#restBytes;
  }

  take(chunk: Uint8Array): void {
    let from = 0;
    for (let at = chunk.indexOf(lineFeed); at >= 0; at = chunk.indexOf(lineFeed, from)) {
      this.#line(chunk.subarray(from, at));
      from = at + 1;
    }
    if (from === chunk.length) return;
    this.#restBytes += chunk.length - from;
    if (this.#restBytes <= maxLineBytes) this.#rest.push(chunk.slice(from));
    else this.#rest = [];
  }

  /** Hands over the bytes after the last line feed as a line, too. */
  end(): void {
    if (this.#restBytes > 0) this.#line(new Uint8Array());
  }

  #line(tail: Uint8Array): void {
    if (this.#restBytes === 0) {
      this.onLine(tail);
      return;
    }
    const length = this.#restBytes + tail.length;
    const parts = this.#rest;
    this.#rest = [];
    this.#restBytes = 0;
    if (length > maxLineBytes) {
      this.onLine(null);
      return;
    }
    const line = new Uint8Array(length);
    let at = 0;
    for (const part of [...parts, tail]) {
      line.set(part, at);
      at += part.length;
    }
    this.onLine(line);
  }
}

/** Hashes a node of a tree with a given hash function. */
export const innerHasher = (sha256: Sha256): InnerHash => {
  const bytes = new Uint8Array(65);
  bytes[0] = 1;
  return (left, right) => {
    bytes.set(left, 1);
    bytes.set(right, 33);
    return sha256(bytes);
  };
};

/** Hashes by place. */
export interface Hashes {
  readonly size: number;
  at(index: number): Hash;
}

const perChunk = 1024;

/** Any number of hashes; 32 bytes each, or the given number. */
export class HashList implements Hashes {
  readonly #chunks: Uint8Array[] = [];
  #size = 0;

  constructor(private readonly width = 32) {}

  get size(): number {
    return this.#size;
  }

  push(hash: Hash): void {
    const place = this.#size % perChunk;
    if (place === 0) this.#chunks.push(new Uint8Array(perChunk * this.width));
    this.#chunks.at(-1)!.set(hash, place * this.width);
    this.#size += 1;
  }

  at(index: number): Hash {
    const place = (index % perChunk) * this.width;
    return this.#chunks[Math.floor(index / perChunk)]!.subarray(place, place + this.width);
  }
}

/**
 * Hashes that are compared with others as they arrive. They take memory of their own only from the
 * first difference on.
 */
export class ComparedHashes implements Hashes {
  readonly #own = new HashList();
  #same = 0;

  constructor(
    private readonly base: Hashes,
    private readonly equal: (a: Hash, b: Hash) => boolean,
  ) {}

  get size(): number {
    return this.#same + this.#own.size;
  }

  /** True if each hash of both has its equal at the same place. */
  get allSame(): boolean {
    return this.#own.size === 0 && this.#same === this.base.size;
  }

  push(hash: Hash): void {
    if (this.#own.size === 0 && this.#same < this.base.size && this.equal(this.base.at(this.#same), hash))
      this.#same += 1;
    else this.#own.push(hash);
  }

  at(index: number): Hash {
    return index < this.#same ? this.base.at(index) : this.#own.at(index - this.#same);
  }
}

/** Splits a file into blocks of whole lines, each with its line feed. */
export class BlockSplitter {
  #rest: Uint8Array[] = [];
  #restBytes = 0;
  #isTooLong = false;

  /** `null` stands for one line of more than 64 MiB. */
  *take(chunk: Uint8Array): Generator<Uint8Array | null> {
    let from = 0;
    if (this.#restBytes > 0) {
      const end = chunk.indexOf(lineFeed) + 1;
      if (end === 0) {
        this.#keep(chunk);
        return;
      }
      this.#keep(chunk.subarray(0, end));
      from = end;
      yield this.#line();
    }
    const end = chunk.lastIndexOf(lineFeed) + 1;
    if (end > from) yield chunk.subarray(from, end);
    if (chunk.length > Math.max(from, end)) this.#keep(chunk.subarray(Math.max(from, end)));
  }

  /** The bytes after the last line feed; `undefined` if there are none. */
  end(): Uint8Array | null | undefined {
    return this.#restBytes === 0 ? undefined : this.#line();
  }

  #keep(part: Uint8Array): void {
    this.#restBytes += part.length;
    if (this.#restBytes > maxLineBytes + 1) this.#isTooLong = true;
    if (this.#isTooLong) this.#rest = [];
    else this.#rest.push(new Uint8Array(part));
  }

  #line(): Uint8Array | null {
    const line = new Uint8Array(this.#isTooLong ? 0 : this.#restBytes);
    let at = 0;
    for (const part of this.#rest) {
      line.set(part, at);
      at += part.length;
    }
    const isTooLong = this.#isTooLong;
    this.#rest = [];
    this.#restBytes = 0;
    this.#isTooLong = false;
    return isTooLong ? null : line;
  }
}
