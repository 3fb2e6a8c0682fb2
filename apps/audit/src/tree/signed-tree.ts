import type { Position } from '@interlock/kernel';
import {
  nodesOfTiles,
  tileWidth,
  wholeTree,
  type KeyChain,
  type LeafEntry,
  type NodeReader,
  type TenantKeys,
} from '@interlock/tree';
import { signedAt } from '../proofs/signed.js';
import { entriesFrom } from './entry-rows.js';
import { innerHashOf } from './fast-hash.js';
import { logKeys } from './signed-events.js';
import type { Trees } from './trees.js';

const keptTiles = 1024;

/**
 * The signed part of the whole log's tree, for work outside requests, such as the archive. Full
 * tiles never change and are cached; other tiles are read each time. Every method throws while the
 * tree is being built.
 */
export class SignedTree {
  /** Reads the hash of a complete subtree within the latest checkpoint. */
  readonly node: NodeReader;
  readonly #tiles = new Map<string, Uint8Array>();

  constructor(
    private readonly trees: Trees,
    readonly origin: string,
  ) {
    this.node = nodesOfTiles((level, place) => this.#tile(level, place), innerHashOf);
  }

  /** Returns the latest checkpoint with its cosignatures, and its size; null before the first. */
  async checkpoint(): Promise<{ readonly note: string; readonly size: number } | null> {
    const signed = await this.trees.readingAll((db) => signedAt(db, null));
    return signed === null ? null : { note: signed.note, size: signed.size };
  }

  /** Returns the log position of a leaf's event. Throws a RangeError if there is no such leaf. */
  async position(leaf: number): Promise<Position> {
    const position = await this.trees.reading(wholeTree, (reader) => reader.positionOf(leaf));
    if (position === null) throw new RangeError(`the tree has no leaf ${leaf}`);
    return position;
  }

  /** Returns up to `count` entries of leaves from `first` on. */
  entries(first: number, count: number): Promise<readonly LeafEntry[]> {
    return this.trees.readingAll(async (db) => {
      const entries: LeafEntry[] = [];
      for await (const entry of entriesFrom(db, first, first + count)) entries.push(entry);
      return entries;
    });
  }

  tenantKeys(tenants: readonly string[]): Promise<TenantKeys> {
    return this.trees.tenantKeys(tenants);
  }

  /** Returns all keys that have signed the log so far. Throws a RangeError before the first. */
  async keys(): Promise<KeyChain> {
    const chain = await this.trees.readingAll(logKeys);
    if (chain === null) throw new RangeError('the log names no key yet');
    return chain;
  }

  async #tile(level: number, place: number): Promise<Uint8Array> {
    const key = `${level}/${place}`;
    const kept = this.#tiles.get(key);
    if (kept !== undefined) return kept;
    const hashes = await this.trees.reading(wholeTree, (reader) => reader.tile(level, place));
    if (hashes.length === tileWidth * 32) {
      if (this.#tiles.size >= keptTiles) this.#tiles.delete(this.#tiles.keys().next().value!);
      this.#tiles.set(key, hashes);
    }
    return hashes;
  }
}
