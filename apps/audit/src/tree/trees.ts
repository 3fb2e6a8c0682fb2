import { Inject, Injectable } from '@nestjs/common';
import { collect, positionText, type EventStore, type Position } from '@interlock/kernel';
import { systemTenant } from '@interlock/contracts';
import { ownerOfTree, toBase64, wholeTree, type Head, type TenantKeys } from '@interlock/tree';
import { allTenants, withTenant, type ProjectionRunner } from '@interlock/postgres';
import type { Selectable, Transaction } from 'kysely';
import type { TreeDatabase } from './tables.js';
import { TreeRunner } from './tree-runner.js';
import { EVENT_STORE } from '@interlock/platform';
import { TreeReader } from './tree-reader.js';

export type TreeHead = {
  readonly tree: string;
  readonly size: number;
  readonly substance: number;
  readonly publishedSize: number;
  readonly publishedAt: Date | null;
};

export type Findings = {
  readonly said: readonly Selectable<TreeDatabase['said_findings']>[];
  readonly found: readonly Selectable<TreeDatabase['findings']>[];
};

/** Access to the stored trees and their progress. */
@Injectable()
export class Trees {
  constructor(
    @Inject(TreeRunner) readonly runner: ProjectionRunner<TreeDatabase>,
    @Inject(EVENT_STORE) private readonly store: EventStore,
  ) {}

  /** Reads one tree, limited to its owner by row-level security. */
  reading<T>(
    tree: string,
    work: (reader: TreeReader, db: Transaction<TreeDatabase>) => Promise<T>,
  ): Promise<T> {
    return withTenant(this.runner.db(), ownerOfTree(tree), (db) => {
      const bound = db.withSchema(this.runner.schema()) as Transaction<TreeDatabase>;
      return work(new TreeReader(bound, tree), bound);
    });
  }

  /** Reads all trees. Only the service itself uses it, never a caller. */
  readingAll<T>(work: (db: Transaction<TreeDatabase>) => Promise<T>): Promise<T> {
    return withTenant(this.runner.db(), allTenants, (db) =>
      work(db.withSchema(this.runner.schema()) as Transaction<TreeDatabase>),
    );
  }

  /** Returns the stored head of the whole log's tree, or of another one. */
  async head(db: Transaction<TreeDatabase>, tree = wholeTree): Promise<TreeHead> {
    const row = await db.selectFrom('trees').selectAll().where('tree', '=', tree).executeTakeFirst();
    return row === undefined
      ? { tree, size: 0, substance: 0, publishedSize: 0, publishedAt: null }
      : treeHead(row);
  }

  /**
   * Returns the contradictions of the tree: those that the log reports, and those that the trees'
   * builder found.
   */
  async findings(db: Transaction<TreeDatabase>): Promise<Findings> {
    return {
      said: await db.selectFrom('said_findings').selectAll().execute(),
      found: await db.selectFrom('findings').selectAll().execute(),
    };
  }

  /**
   * Returns the keys of tenants, made from their first events. A tenant without events has none.
   */
  async tenantKeys(tenants: readonly string[]): Promise<TenantKeys> {
    if (tenants.length === 0) return {};
    const rows = await this.readingAll((db) =>
      db.selectFrom('trees').select(['tree', 'tenant_key']).where('tree', 'in', tenants).execute(),
    );
    return Object.fromEntries(
      rows.flatMap(({ tree, tenant_key: key }) => (key === null ? [] : [[tree, key]])),
    );
  }

  /** Stores a contradiction of the tree for every instance. The first one is kept. */
  keepFinding(size: number, detail: string): Promise<unknown> {
    const found_at = new Date().toISOString();
    return this.readingAll((db) =>
      db
        .insertInto('findings')
        .values({ tenant_id: systemTenant, size, detail, found_at })
        .onConflict((on) => on.doNothing())
        .execute(),
    );
  }

  /**
   * Resolves with the position of the last event when the trees cover the current log. Throws
   * `read-model-behind` after `timeoutMs`.
   */
  async reachHead(timeoutMs: number): Promise<Position | null> {
    const last = (await collect(this.store.readAll({ backwards: true, limit: 1 })))[0]?.position ?? null;
    if (last !== null) await this.runner.waitFor(last, timeoutMs);
    return last;
  }
}

const treeHead = (row: TreeDatabase['trees']): TreeHead => ({
  tree: row.tree,
  size: Number(row.size),
  substance: Number(row.substance),
  publishedSize: Number(row.published_size),
  publishedAt: row.published_at === null ? null : new Date(row.published_at),
});

/**
 * Returns a stored tree's head at a size, and the position of its last leaf. Throws a RangeError if
 * the tree is smaller.
 */
export const headAt = async (
  reader: TreeReader,
  size: number,
): Promise<Head & { readonly position: string }> => {
  const root = toBase64(await reader.root(size));
  const position = await reader.positionOf(size - 1);
  if (position === null) throw new RangeError(`no tree of ${size}`);
  return { size, root, position: positionText(position) };
};
