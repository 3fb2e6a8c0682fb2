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

/** A place outside the memory for pieces of bytes. A piece has 32 KiB at most. */
export interface Shelf {
  /** Keeps a copy of the next piece. */
  push(piece: Uint8Array): void;
  /** Reads a piece back, as bytes of its own; places from 0. */
  at(place: number): Uint8Array;
}
/** Makes a shelf; absent where everything stays in memory. */
export type MakeShelf = () => Shelf;

const perChunk = 1024;
/** How many full chunks stay in memory, so that short files need no shelf. */
const chunksInMemory = 64;

/**
 * Any number of hashes or other records of a given width. With a shelf, all but the latest chunks
 * leave the memory. Reading them in order is fast.
 */
export class HashList implements Hashes {
  readonly #chunks: Uint8Array[] = [];
  #shelf: Shelf | null = null;
  #shelved = 0;
  /** The chunk that was read from the shelf last. */
  #read: { readonly place: number; readonly bytes: Uint8Array } | null = null;
  #size = 0;

  constructor(
    private readonly width = 32,
    private readonly makeShelf?: MakeShelf,
  ) {}

  get size(): number {
    return this.#size;
  }

  push(hash: Uint8Array): void {
    const place = this.#size % perChunk;
    if (place === 0) this.#begin();
    this.#chunks.at(-1)!.set(hash, place * this.width);
    this.#size += 1;
  }

  at(index: number): Uint8Array {
    const place = (index % perChunk) * this.width;
    return this.#chunk(Math.floor(index / perChunk)).subarray(place, place + this.width);
  }

  /** Copies the record at an index. */
  copy(index: number, into: Uint8Array): void {
    const chunk = this.#chunk(Math.floor(index / perChunk));
    const place = (index % perChunk) * this.width;
    for (let i = 0; i < this.width; i += 1) into[i] = chunk[place + i]!;
  }

  /** True if the record at an index is this one. */
  has(index: number, hash: Uint8Array): boolean {
    const chunk = this.#chunk(Math.floor(index / perChunk));
    const place = (index % perChunk) * this.width;
    for (let i = 0; i < this.width; i += 1) if (chunk[place + i] !== hash[i]) return false;
    return hash.length === this.width;
  }

  #begin(): void {
    if (this.makeShelf !== undefined && this.#chunks.length >= chunksInMemory) {
      this.#shelf ??= this.makeShelf();
      for (const chunk of this.#chunks) this.#shelf.push(chunk);
      this.#shelved += this.#chunks.length;
      this.#chunks.length = 0;
    }
    this.#chunks.push(new Uint8Array(perChunk * this.width));
  }

  #chunk(place: number): Uint8Array {
    if (place >= this.#shelved) return this.#chunks[place - this.#shelved]!;
    if (this.#read?.place !== place) this.#read = { place, bytes: this.#shelf!.at(place) };
    return this.#read.bytes;
  }
}

/** Any number of whole numbers up to 2^53 − 1, or NaN, as `HashList` keeps them. */
export class NumberList {
  readonly #list: HashList;
  readonly #value = new Float64Array(1);
  readonly #bytes = new Uint8Array(this.#value.buffer);

  constructor(makeShelf?: MakeShelf) {
    this.#list = new HashList(8, makeShelf);
  }

  get size(): number {
    return this.#list.size;
  }

  push(value: number): void {
    this.#value[0] = value;
    this.#list.push(this.#bytes);
  }

  at(place: number): number {
    this.#list.copy(place, this.#bytes);
    return this.#value[0]!;
  }
}

/**
 * Hashes that are compared with others as they arrive. They take memory of their own only from the
 * first difference on.
 */
export class ComparedHashes implements Hashes {
  readonly #own = new HashList();
  #same = 0;

  constructor(private readonly base: HashList) {}

  get size(): number {
    return this.#same + this.#own.size;
  }

  /** True if each hash of both has its equal at the same place. */
  get allSame(): boolean {
    return this.#own.size === 0 && this.#same === this.base.size;
  }

  push(hash: Hash): void {
    if (this.#own.size === 0 && this.#same < this.base.size && this.base.has(this.#same, hash))
      this.#same += 1;
    else this.#own.push(hash);
  }

  at(index: number): Hash {
    return index < this.#same ? this.base.at(index) : this.#own.at(index - this.#same);
  }
}
