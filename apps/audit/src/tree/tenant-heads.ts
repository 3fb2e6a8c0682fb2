import { ownerOfTree, toBase64, wholeTree, type TenantHead } from '@interlock/tree';
import type { Kysely } from 'kysely';
import type { TreeDatabase } from './tables.js';
import { TreeReader } from './tree-reader.js';

const byName = (a: TenantHead, b: TenantHead): number => (a.tenant < b.tenant ? -1 : 1);
const rowsAtOnce = 500;

/**
 * Returns the heads of all tenants that were stored at the checkpoint of a size, in order of names.
 */
export const storedHeads = async (
  db: Kysely<TreeDatabase>,
  logSize: number,
): Promise<readonly TenantHead[]> => {
  const rows = await db
    .selectFrom('trees')
    .innerJoinLateral(
      (of) =>
        of
          .selectFrom('tenant_heads')
          .select(['tenant_heads.size', 'tenant_heads.root'])
          .whereRef('tenant_heads.tree', '=', 'trees.tree')
          .where('tenant_heads.log_size', '<=', logSize)
          .orderBy('tenant_heads.log_size', 'desc')
          .limit(1)
          .as('head'),
      (on) => on.onTrue(),
    )
    .select(['trees.tree', 'head.size', 'head.root'])
    .execute();
  return rows.map(({ tree, size, root }) => ({ tenant: tree, size: Number(size), root })).sort(byName);
};

/**
 * Computes the heads of all tenants within the first `logSize` leaves of the log from the stored
 * trees. `changed` are those that differ from the heads stored at earlier checkpoints.
 */
export const headsAt = async (
  db: Kysely<TreeDatabase>,
  logSize: number,
): Promise<{ readonly all: readonly TenantHead[]; readonly changed: readonly TenantHead[] }> => {
  const position = await new TreeReader(db, wholeTree).positionOf(logSize - 1);
  const before = new Map((await storedHeads(db, logSize)).map((head) => [head.tenant, head]));
  if (position === null) return { all: [...before.values()], changed: [] };
  const trees = await db
    .selectFrom('trees')
    .select(['tree', 'size'])
    .where('tree', '<>', wholeTree)
    .execute();
  const changed: TenantHead[] = [];
  for (const { tree, size } of trees) {
    const known = before.get(tree)?.size ?? 0;
    if (Number(size) === known) continue;
    const reader = new TreeReader(db, tree);
    const own = await reader.leavesBefore(position, true);
    if (own > known) changed.push({ tenant: tree, size: own, root: toBase64(await reader.root(own)) });
  }
  for (const head of changed) before.set(head.tenant, head);
  return { all: [...before.values()].sort(byName), changed };
};

/** Stores the heads that changed with a checkpoint. */
export const storeHeads = async (
  db: Kysely<TreeDatabase>,
  logSize: number,
  changed: readonly TenantHead[],
): Promise<void> => {
  for (let at = 0; at < changed.length; at += rowsAtOnce)
    await db
      .insertInto('tenant_heads')
      .values(
        changed.slice(at, at + rowsAtOnce).map(({ tenant, size, root }) => ({
          tenant_id: ownerOfTree(tenant),
          tree: tenant,
          log_size: logSize,
          size,
          root,
        })),
      )
      .onConflict((on) => on.doNothing())
      .execute();
};
