import { fromBase64, type Hash, type LeafEntry, type Sha256 } from '@interlock/tree';
import { leafHasher } from '../entries.js';
import { HashList } from '../file/lines.js';

/** The facts about a leaf that an export leaves out. */
export type LeftOutLeaf = {
  readonly hash: Hash;
  readonly tenant: string;
  readonly index: number;
  readonly category: string;
  readonly correlation: Hash;
};

/** The entries of the leaves that an export leaves out, in their order; 90 bytes per leaf. */
export class LeftOut {
  readonly #leaves = new HashList();
  readonly #correlations = new HashList();
  readonly #numbers = new Map<string, number>();
  readonly #names: string[] = [];
  readonly #tenants: number[] = [];
  readonly #categories: number[] = [];
  readonly #indices: number[] = [];
  readonly #leaf: (entry: LeafEntry) => Hash;

  constructor(sha256: Sha256) {
    this.#leaf = leafHasher(sha256);
  }

  get size(): number {
    return this.#leaves.size;
  }

  take(entry: LeafEntry): void {
    this.#leaves.push(this.#leaf(entry));
    this.#correlations.push(fromBase64(entry.correlation)!);
    this.#tenants.push(this.#number(entry.tenant));
    this.#categories.push(this.#number(entry.category));
    this.#indices.push(entry.index);
  }

  at(place: number): LeftOutLeaf {
    return {
      hash: this.#leaves.at(place),
      correlation: this.#correlations.at(place),
      tenant: this.#names[this.#tenants[place]!]!,
      category: this.#names[this.#categories[place]!]!,
      index: this.#indices[place]!,
    };
  }

  #number(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    this.#numbers.set(name, this.#names.length);
    return this.#names.push(name) - 1;
  }
}
