import { toBase64 } from '../base64.js';
import type { Checkpoint } from '../checkpoint/checkpoint.js';
import { entryLeaf, type LeafEntry } from './entry.js';
import { Frontier, innerHash, leafHash, sameHash, type Hash } from '../tree/merkle.js';
import { tenantsHead, type TenantHead } from '../tenants.js';
import type { InnerHash } from '../tree/tiles.js';

/** Faster hash functions that the platform may have. */
export type LedgerHashes = { readonly leaf: (bytes: Uint8Array) => Hash; readonly inner: InnerHash };

const pure: LedgerHashes = { leaf: leafHash, inner: innerHash };

/**
 * Computes the whole log's tree and each tenant's from the entries alone, in their order. It keeps
 * the size and frontier of each tree. It refuses an entry whose index is not the next of its
 * tenant, so it detects a leaf that was skipped, repeated, or given to another tenant.
 */
export class LeafLedger {
  readonly whole: Frontier;
  readonly #tenants: Map<string, Frontier>;
  /** Heads that were requested and have not grown since. */
  readonly #heads = new Map<string, TenantHead>();

  constructor(
    private readonly hashes: LedgerHashes = pure,
    whole?: Frontier,
    tenants: ReadonlyMap<string, Frontier> = new Map(),
  ) {
    this.whole = whole ?? new Frontier(0, [], hashes.inner);
    this.#tenants = new Map(tenants);
  }

  /** Takes the next entry. For an invalid one, returns its fault and does not take it. */
  take(entry: LeafEntry): string | null {
    const { tenant, index } = entry;
    const tree = this.#tenants.get(tenant) ?? new Frontier(0, [], this.hashes.inner);
    if (index !== tree.size)
      return index < tree.size
        ? `leaf ${this.whole.size} repeats index ${index} of tenant \`${tenant}\`, whose next is ${tree.size}`
        : `leaf ${this.whole.size} has index ${index} of tenant \`${tenant}\`: ${index - tree.size === 1 ? `index ${tree.size} is` : `indices ${tree.size} to ${index - 1} are`} missing`;
    const leaf = entryLeaf(entry, this.hashes.leaf);
    tree.append(leaf);
    this.whole.append(leaf);
    this.#tenants.set(tenant, tree);
    this.#heads.delete(tenant);
    return null;
  }

  /** The heads of all tenants, in order of their names. */
  heads(): readonly TenantHead[] {
    return [...this.#tenants.keys()].sort(byBytes).map((tenant) => {
      const tree = this.#tenants.get(tenant)!;
      const head = this.#heads.get(tenant) ?? { tenant, size: tree.size, root: toBase64(tree.root()) };
      this.#heads.set(tenant, head);
      return head;
    });
  }

  /** The fault of a checkpoint over all entries that were taken; null if it matches them. */
  faultOf({ size, root, tenants }: Checkpoint): string | null {
    if (size !== this.whole.size)
      return `the checkpoint is of ${size} leaves, and there are ${this.whole.size} entries`;
    if (!sameHash(this.whole.root(), root))
      return `the root over ${size} leaves was signed as ${toBase64(root)} and is ${toBase64(this.whole.root())}`;
    const own = tenantsHead(this.heads());
    if (tenants.size !== own.size)
      return `the checkpoint is of ${tenants.size} tenants, and there are ${own.size}`;
    return sameHash(own.root, tenants.root)
      ? null
      : `the root over the ${own.size} tenants was signed as ${toBase64(tenants.root)} and is ${toBase64(own.root)}`;
  }
}

const byBytes = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * The fault that an auditor with all entries, and nothing else, finds in a checkpoint over them;
 * null if everything matches.
 */
export const entriesFault = (entries: Iterable<LeafEntry>, checkpoint: Checkpoint): string | null => {
  const ledger = new LeafLedger();
  for (const entry of entries) {
    const fault = ledger.take(entry);
    if (fault !== null) return fault;
  }
  return ledger.faultOf(checkpoint);
};
