import { canonicalJson, isObject } from '@interlock/kernel';
import { fromBase64, toBase64 } from './base64.js';
import type { TenantsHead } from './checkpoint/checkpoint.js';
import {
  Frontier,
  inclusionProof,
  leafHash,
  verifyInclusion,
  type Hash,
  type NodeReader,
} from './tree/merkle.js';

/** The size of a tenant's own tree, and its root in base64. */
export type TenantHead = { readonly tenant: string; readonly size: number; readonly root: string };
/**
 * A tenant's head, and the path from it to the root over all tenants. `index` is its place among
 * them.
 */
export type TenantPath = TenantHead & { readonly index: number; readonly path: readonly Hash[] };

/**
 * A tenant's head in its canonical form, canonical JSON: the bytes of its leaf in the tree of all
 * tenants.
 */
export const tenantHeadText = ({ root, size, tenant }: TenantHead): string =>
  canonicalJson({ root, size, tenant, v: 1 });

const leafOf = (head: TenantHead): Hash => leafHash(new TextEncoder().encode(tenantHeadText(head)));

/** Reads a tenant's head; `undefined` for every text that `tenantHeadText` would not write. */
const parseTenantHead = (text: string): TenantHead | undefined => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(value)) return undefined;
  const { root, size, tenant } = value;
  if (
    typeof root !== 'string' ||
    fromBase64(root)?.length !== 32 ||
    typeof size !== 'number' ||
    !Number.isSafeInteger(size) ||
    size < 1 ||
    typeof tenant !== 'string'
  )
    return undefined;
  const head = { tenant, size, root };
  return tenantHeadText(head) === text ? head : undefined;
};

/**
 * The tree over all tenants that have leaves, in ascending order of their names (their bytes).
 * Throws a RangeError if the order is wrong.
 */
const grown = (heads: readonly TenantHead[]): { readonly frontier: Frontier; readonly nodes: NodeReader } => {
  const nodes = new Map<string, Hash>();
  const frontier = new Frontier();
  heads.forEach((head, i) => {
    if (i > 0 && heads[i - 1]!.tenant >= head.tenant) throw new RangeError('tenants must be sorted by name');
    frontier.append(leafOf(head), (level, index, hash) => nodes.set(`${level} ${index}`, hash));
  });
  return { frontier, nodes: (level, index) => nodes.get(`${level} ${index}`)! };
};

/** A checkpoint's line about all tenants: how many have leaves, and the root over their heads. */
export const tenantsHead = (heads: readonly TenantHead[]): TenantsHead => {
  const { frontier } = grown(heads);
  return { size: frontier.size, root: frontier.root() };
};

/** The path from a tenant's head to the root over all; null if the tenant is not among them. */
export const tenantPath = async (
  heads: readonly TenantHead[],
  tenant: string,
): Promise<TenantPath | null> => {
  const index = heads.findIndex((head) => head.tenant === tenant);
  if (index < 0) return null;
  return { ...heads[index]!, index, path: await inclusionProof(grown(heads).nodes, index, heads.length) };
};

/** True if the path leads from the tenant's head to the root in a checkpoint. */
export const tenantPathHolds = ({ index, path, ...head }: TenantPath, { size, root }: TenantsHead): boolean =>
  fromBase64(head.root)?.length === 32 && verifyInclusion(leafOf(head), index, size, path, root);

/** The list of all tenants' heads, one per line, as a mirror keeps it beside a checkpoint. */
export const tenantsText = (heads: readonly TenantHead[]): string =>
  heads.map((head) => `${tenantHeadText(head)}\n`).join('');

/**
 * Reads such a list; `undefined` if a line is invalid, the order is wrong, or the list does not
 * match the checkpoint.
 */
export const parseTenants = (text: string, said: TenantsHead): readonly TenantHead[] | undefined => {
  if (text !== '' && !text.endsWith('\n')) return undefined;
  const heads = text === '' ? [] : text.slice(0, -1).split('\n').map(parseTenantHead);
  const all = heads.flatMap((head) => (head === undefined ? [] : [head]));
  if (all.length !== heads.length || all.some(({ tenant }, i) => i > 0 && all[i - 1]!.tenant >= tenant))
    return undefined;
  const { size, root } = tenantsHead(all);
  return size === said.size && toBase64(root) === toBase64(said.root) ? all : undefined;
};
