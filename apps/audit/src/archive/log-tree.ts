import type { Position } from '@interlock/kernel';
import type { KeyChain, LeafEntry, NodeReader, TenantKeys } from '@interlock/tree';

/** The token of the tree over the whole log. */
export const LOG_TREE = Symbol('LOG_TREE');

/**
 * The archive's view of the tree over the whole log. Every method may throw while the tree is being
 * built; the caller tries again later.
 */
export interface LogTree {
  /** The name of the tree, as in its checkpoints. */
  readonly origin: string;
  /** Returns the latest signed checkpoint and its size; null before the first. */
  checkpoint(): Promise<{ readonly note: string; readonly size: number } | null>;
  /** Reads the hash of a complete subtree within the latest checkpoint. */
  readonly node: NodeReader;
  /** Returns the log position of a leaf's event. */
  position(leaf: number): Promise<Position>;
  /** Returns up to `count` entries of leaves from `first` on. */
  entries(first: number, count: number): Promise<readonly LeafEntry[]>;
  /** Returns the keys of the given tenants. */
  tenantKeys(tenants: readonly string[]): Promise<TenantKeys>;
  /** Returns all keys that have signed the log so far. */
  keys(): Promise<KeyChain>;
}
