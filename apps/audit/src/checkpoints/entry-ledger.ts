import { Injectable } from '@nestjs/common';
import {
  frontierOf,
  LeafLedger,
  tenantsHead,
  toBase64,
  wholeTree,
  type Frontier,
  type TenantsHead,
} from '@interlock/tree';
import type { Transaction } from 'kysely';
import { signedAt } from '../proofs/signed.js';
import { entriesFrom } from '../tree/entry-rows.js';
import { fastHashes, innerHashOf } from '../tree/fast-hash.js';
import type { TreeDatabase } from '../tree/tables.js';
import { headsAt, storedHeads } from '../tree/tenant-heads.js';
import { TreeReader } from '../tree/tree-reader.js';

/**
 * Recomputes the size and frontier of every tenant's tree from the entries since the last
 * checkpoint. INVARIANT: nothing is signed if a tenant's index repeats or is missing, or if the
 * entries do not match the stored tree.
 */
@Injectable()
export class EntryLedger {
  #ledger: LeafLedger | undefined;

  /**
   * Returns the tenants' part of a checkpoint of `size`, or the fault in the entries. The next call
   * checks a fault again.
   */
  async upTo(
    size: number,
    db: Transaction<TreeDatabase>,
  ): Promise<{ readonly tenants: TenantsHead } | { readonly fault: string }> {
    const ledger =
      this.#ledger !== undefined && this.#ledger.whole.size <= size ? this.#ledger : await this.#begun(db);
    this.#ledger = undefined;
    const taken = await this.#take(ledger, size, db);
    if (taken !== null) return { fault: taken };
    if (ledger.whole.size !== size) return { fault: `the entry of leaf ${ledger.whole.size} is missing` };
    const [own, stored] = [
      toBase64(ledger.whole.root()),
      toBase64(await new TreeReader(db, wholeTree).root(size)),
    ];
    if (own !== stored)
      return {
        fault: `the entries of ${size} leaves come to the root ${own}, and the stored tree to ${stored}`,
      };
    const heads = ledger.heads();
    const { all } = await headsAt(db, size);
    const roots = new Map(all.map(({ tenant, root }) => [tenant, root]));
    const other = heads.find(({ tenant, root }) => roots.get(tenant) !== root);
    if (other !== undefined)
      return { fault: `the stored tree of tenant \`${other.tenant}\` is not what its entries come to` };
    if (all.length !== heads.length)
      return { fault: `the stored trees are of ${all.length} tenants, and the entries of ${heads.length}` };
    this.#ledger = ledger;
    return { tenants: tenantsHead(heads) };
  }

  /** Returns the fault in the entries up to a size; null if there is none. */
  async #take(ledger: LeafLedger, size: number, db: Transaction<TreeDatabase>): Promise<string | null> {
    try {
      for await (const entry of entriesFrom(db, ledger.whole.size, size)) {
        const fault = ledger.take(entry);
        if (fault !== null) return fault;
      }
      return null;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return `the stored entries from leaf ${ledger.whole.size} on are invalid`;
    }
  }

  /**
   * Starts at the last checkpoint, whose signature covers the tenants' sizes and roots. Starts at
   * the first entry if the stored trees do not match that checkpoint.
   */
  async #begun(db: Transaction<TreeDatabase>): Promise<LeafLedger> {
    const signed = await signedAt(db, null);
    if (signed === null) return new LeafLedger(fastHashes);
    const of = (tree: string, size: number): Promise<Frontier> =>
      frontierOf(new TreeReader(db, tree).nodes, size, innerHashOf);
    const tenants = new Map<string, Frontier>();
    for (const { tenant, size } of await storedHeads(db, signed.size))
      tenants.set(tenant, await of(tenant, size));
    const ledger = new LeafLedger(fastHashes, await of(wholeTree, signed.size), tenants);
    return ledger.faultOf(signed.checkpoint) === null ? ledger : new LeafLedger(fastHashes);
  }
}
