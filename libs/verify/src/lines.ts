import type { Hash } from '@interlock/tree';

/** A longer line does not belong to an export: this is many times the limit of an append. */
const maxLineBytes = 64 * 1024 * 1024;
const lineFeed = 0x0a;

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

/** Hashes by place. */
export interface Hashes {
  readonly size: number;
  at(index: number): Hash;
}

const perChunk = 1024;

/** Any number of hashes, 32 bytes each. */
export class HashList implements Hashes {
  readonly #chunks: Uint8Array[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(hash: Hash): void {
    const place = this.#size % perChunk;
    if (place === 0) this.#chunks.push(new Uint8Array(perChunk * 32));
    this.#chunks.at(-1)!.set(hash, place * 32);
    this.#size += 1;
  }

  at(index: number): Hash {
    const place = (index % perChunk) * 32;
    return this.#chunks[Math.floor(index / perChunk)]!.subarray(place, place + 32);
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
