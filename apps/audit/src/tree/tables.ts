/** The database returns numbers above 32 bits as text. */
type Big = string | number;

type TreeRow = {
  tenant_id: string;
  tree: string;
  size: Big;
  substance: Big;
  tenant_key: Buffer | null;
  published_size: Big;
  published_at: string | Date | null;
};
type TileRow = { tenant_id: string; tree: string; level: number; place: Big; hashes: Buffer };
export type LeavesRow = {
  tenant_id: string;
  tree: string;
  place: Big;
  first_commit: string;
  first_prepare: string;
  positions: Buffer;
};
export type EntryRow = { tenant_id: string; leaf: Big; entry: string };
export type CheckpointRow = {
  tenant_id: string;
  size: Big;
  root: string;
  position: string;
  note: string;
  published_at: string | Date;
};
type TenantHeadRow = { tenant_id: string; tree: string; log_size: Big; size: Big; root: string };
type CosignatureRow = {
  tenant_id: string;
  size: Big;
  witness: string;
  line: string;
  at: string | Date;
};
type FindingRow = { tenant_id: string; size: Big; detail: string; found_at: string | Date };
type SaidFindingRow = { tenant_id: string; found_by: string; size: Big; detail: string };
type LogKeyRow = { place: number; key: string; rotation: string | null };

/**
 * The tables of the trees.
 * `trees.substance` is the size of the tree up to its last leaf that is not about trees.
 * `leaves.positions` holds the log positions of 256 leaves, 16 bytes each.
 * `entries.leaf` counts the leaves of the whole log's tree.
 * `tenant_heads` holds a tenant's head at each checkpoint size where it changed.
 */
export type TreeDatabase = {
  trees: TreeRow;
  tiles: TileRow;
  leaves: LeavesRow;
  entries: EntryRow;
  checkpoints: CheckpointRow;
  tenant_heads: TenantHeadRow;
  cosignatures: CosignatureRow;
  findings: FindingRow;
  said_findings: SaidFindingRow;
  log_keys: LogKeyRow;
};
