import type { Position } from '@interlock/kernel';
import type { KeyChain, LeafEntry, NodeReader, TenantKeys } from '@interlock/tree';

/** Provides the tree over the whole log. */
export const LOG_TREE = Symbol('LOG_TREE');

/**
 * What the archive needs of the tree over the whole log. Every method may throw while the tree is
 * being built; it is asked again then.
 */
export interface LogTree {
  /** Name of the tree, as its checkpoints have it. */
  readonly origin: string;
  /** The latest signed checkpoint and its size; null before the first. */
  checkpoint(): Promise<{ readonly note: string; readonly size: number } | null>;
  /** Hash of a complete subtree within the latest checkpoint. */
  readonly node: NodeReader;
  /** Where in the log the event of a leaf stands. */
  position(leaf: number): Promise<Position>;
  /** The entries of leaves, from one on; fewer where the tree has fewer. */
  entries(first: number, count: number): Promise<readonly LeafEntry[]>;
  /** The keys of tenants. */
  tenantKeys(tenants: readonly string[]): Promise<TenantKeys>;
  /** The log's keys to now. */
  keys(): Promise<KeyChain>;
}
