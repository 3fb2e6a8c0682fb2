import {
  Frontier,
  sameHash,
  tenantsHead,
  toBase64,
  type Hash,
  type InnerHash,
  type Sha256,
  type TenantsHead,
} from '@interlock/tree';
import type { ReadFile } from '../file/file.js';
import { innerHasher } from '../file/lines.js';
import type { Faults } from '../report.js';
import type { Published } from './structure.js';

/** `root`: in base64, while it holds. */
type TenantTree = { readonly tree: Frontier; root: string | null };

/** The trees of all tenants, as they grow leaf by leaf. */
export class TenantTrees {
  readonly #trees = new Map<string, TenantTree>();
  readonly #inner: InnerHash;

  constructor(sha256: Sha256) {
    this.#inner = innerHasher(sha256);
  }

  append(tenant: string, leaf: Hash): void {
    let of = this.#trees.get(tenant);
    if (of === undefined)
      this.#trees.set(tenant, (of = { tree: new Frontier(0, [], this.#inner), root: null }));
    of.root = null;
    of.tree.append(leaf);
  }

  sizeOf(tenant: string): number {
    return this.#trees.get(tenant)?.tree.size ?? 0;
  }

  /** The checkpoint's line about all tenants, after these leaves. */
  head(): TenantsHead {
    return tenantsHead(
      [...this.#trees.keys()].sort().map((tenant) => {
        const of = this.#trees.get(tenant)!;
        of.root ??= toBase64(of.tree.root());
        return { tenant, size: of.tree.size, root: of.root };
      }),
    );
  }

  /** The difference to the line about all tenants that a checkpoint signs; null if none. */
  otherThan(signed: TenantsHead): string | null {
    const own = this.head();
    return own.size === signed.size && sameHash(own.root, signed.root)
      ? null
      : `signs ${signed.size} tenants with the root ${toBase64(signed.root)}, and the entries come to ${own.size} with ${toBase64(own.root)}`;
  }
}

/**
 * In the whole log from its first leaf on, every checkpoint's line about the tenants is computed
 * again: that of the seal, if every leaf is there, and those that the log itself holds.
 */
export const tellTenants = (
  read: readonly ReadFile[],
  published: readonly Published[],
  sha256: Sha256,
  faults: Faults,
): void => {
  const trees = new TenantTrees(sha256);
  const bySize = [...published].sort((a, b) => a.size - b.size);
  let size = 0;
  let next = 0;
  for (const { file } of read)
    for (let place = 0; place < file.leaves.size; place += 1) {
      trees.append(file.tenantAt(place), file.leaves.at(place));
      size += 1;
      for (; next < bySize.length && bySize[next]!.size <= size; next += 1) {
        const one = bySize[next]!;
        const what = one.size === size ? trees.otherThan(one.tenants) : null;
        if (what !== null)
          faults.add({ kind: 'log', file: one.file, line: one.line, event: one.event, what });
      }
    }
  const { source, file, head, checkpoint } = read.at(-1)!;
  const what = size === head!.size ? trees.otherThan(checkpoint!.tenants) : null;
  if (what !== null) faults.add({ kind: 'log', file: source.name, line: file.lines, what });
};
