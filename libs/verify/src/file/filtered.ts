import {
  correlationHash,
  Frontier,
  fromBase64,
  isProvable,
  partsOf,
  runsBetween,
  sameHash,
  type ExportFilter,
  type Hash,
  type Sha256,
} from '@interlock/tree';
import type { ExplainedCuts } from './cuts.js';
import type { ReadFile } from './file.js';
import type { LeftOutLeaf } from '../checks/left-out.js';
import type { Fault, Faults } from '../report.js';
import { leavesOf } from '../checks/seal.js';
import { TenantTrees } from '../checks/tenants.js';

/** The members of a filter that the entry of a leaf decides. */
export type ProvableFilter = Pick<ExportFilter, 'categories' | 'correlation'>;

const named = 10;

/** A filter as a string, such as `category action,budget`. */
export const filterText = (filter: ExportFilter): string =>
  [
    ...(filter.categories === undefined ? [] : [`category ${filter.categories.join()}`]),
    ...(['correlation', 'stream', 'after', 'until', 'limit'] as const).flatMap((name) =>
      filter[name] === undefined ? [] : [`${name} ${filter[name]}`],
    ),
  ].join(', ');

/** Whether a seal has the filter that the verifier asked for. */
export const isFilter = (filter: ExportFilter | undefined, asked: ProvableFilter): boolean =>
  filter !== undefined &&
  filter.correlation === asked.correlation &&
  (filter.categories ?? []).join() === [...new Set(asked.categories ?? [])].sort().join();

/**
 * Checks a file against the filter in its seal: it has no event of another category or correlation,
 * and each left-out leaf is proved to be of another one. Returns null where the file has every leaf
 * that the filter names and that no cut took, else why this cannot be told.
 */
export const tellFiltered = async (
  one: ReadFile,
  cuts: ExplainedCuts,
  sha256: Sha256,
  faults: Faults,
): Promise<string | null> => {
  const { source, file, head } = one;
  const { filter, runs, proof, tenant } = file.seal!;
  const add = (what: string, over: Partial<Fault> & Pick<Fault, 'kind'> = { kind: 'seal' }): void => {
    faults.add({ file: source.name, line: over.kind === 'seal' ? file.lines : null, what, ...over });
  };
  const missing = head!.size - leavesOf(file.seal!);
  const isProved = filter !== undefined && isProvable(filter);
  const isWhole = isProved && filter.categories === undefined && filter.correlation === undefined;
  const listed = isProved ? missing : 0;
  if (isWhole && missing > cuts.leaves) {
    add(`its filter leaves nothing out, and ${missing - cuts.leaves} leaves of the tree are not in it`, {
      kind: 'dropped',
    });
    return null;
  }
  if (file.leftOut.size !== listed) {
    add(`lists the entries of ${file.leftOut.size} left-out leaves, and there should be ${listed}`);
    return null;
  }
  if (filter === undefined) return 'its seal does not say which events it should hold';
  tellStrange(one, filter, sha256, add);
  if (!isProved) return `no leaf's entry says whether it belongs to the filter \`${filterText(filter)}\``;
  if (missing === 0) return null;

  const before = faults.total;
  let place = 0;
  for (const [at, [start, end]] of (await partsOf(runs, head!.size)).entries()) {
    const part = new Frontier();
    for (let leaf = start; leaf < end; leaf += 1) part.append(file.leftOut.at(place++).hash.slice());
    if (!sameHash(part.root(), proof[at]!))
      add(`has entries of left-out leaves that do not come to the hash of these leaves in the seal`, {
        kind: 'seal',
        leaf: start,
        count: end - start,
      });
  }
  if (faults.total > before) return null;
  tellMerged(one, sha256, add);
  return faults.total > before
    ? null
    : tellMissing(one, { filter, own: tenant?.tenant ?? null, cuts }, sha256, add);
};

type Add = (what: string, over?: Partial<Fault> & Pick<Fault, 'kind'>) => void;

const keyOf = ({ file }: ReadFile, tenant: string): Uint8Array | undefined =>
  Object.hasOwn(file.tenantKeys, tenant) ? file.tenantKeys[tenant] : undefined;

/** Events in the file that its filter leaves out. */
const tellStrange = (one: ReadFile, filter: ExportFilter, sha256: Sha256, add: Add): void => {
  const { categories, correlation } = filter;
  const { file } = one;
  const tell = (place: number, what: string): void =>
    add(`is of ${what}, which the seal's filter leaves out`, { kind: 'seal', line: place + 1 });
  if (categories !== undefined)
    for (const [category, place] of file.categories)
      if (!categories.includes(category)) tell(place, `category \`${category}\``);
  if (correlation !== undefined)
    for (const [tenant, { hash, place, other }] of file.correlations) {
      const key = keyOf(one, tenant);
      if (other !== null) tell(other, 'another correlation');
      else if (key !== undefined && correlationHash(key, correlation, sha256) !== hash)
        tell(place, 'another correlation');
    }
};

/** Left-out leaves that the filter names. */
const tellMissing = (
  one: ReadFile,
  {
    filter,
    own,
    cuts,
  }: { readonly filter: ExportFilter; readonly own: string | null; readonly cuts: ExplainedCuts },
  sha256: Sha256,
  add: Add,
): string | null => {
  const { categories, correlation } = filter;
  const wanted = new Map<string, Hash | null>();
  const hashFor = (tenant: string): Hash | null => {
    const known = wanted.get(tenant);
    if (known !== undefined) return known;
    const key = keyOf(one, tenant);
    const hash = key === undefined ? null : fromBase64(correlationHash(key, correlation!, sha256))!;
    wanted.set(tenant, hash);
    return hash;
  };
  const unknown = new Set<string>();
  let cut = 0;
  for (const { leaf, entry } of leavesLeftOut(one)) {
    if (categories?.includes(entry.category) === false) continue;
    const hash = correlation === undefined ? undefined : hashFor(entry.tenant);
    if (hash === null) unknown.add(entry.tenant);
    else if (hash !== undefined && !sameHash(hash, entry.correlation)) continue;
    else if (cuts.names(leaf)) cut += 1;
    else
      add(
        `leaf ${leaf} is not in the file, and belongs to it: it is of category \`${entry.category}\`${correlation === undefined ? '' : ' and of this correlation'}`,
        { kind: 'dropped', leaf },
      );
  }
  if (cut > 0)
    return `${cut} leaves that the filter may name were cut from the log: export it with the archive`;
  if (unknown.size === 0) return null;
  const tenants = [...unknown].slice(0, named).map((tenant) => `\`${tenant}\``);
  return `the file has no event of ${own === null ? `the tenants ${tenants.join(', ')}` : tenants.join()}, so nothing proves the key that hashes correlation ids`;
};

/** The leaves that a file leaves out, each with its place in the tree. */
function* leavesLeftOut({ file, head }: ReadFile): Generator<{
  readonly leaf: number;
  readonly entry: LeftOutLeaf;
}> {
  let place = 0;
  for (const [first, count] of runsBetween(file.seal!.runs, head!.size))
    for (let leaf = first; leaf < first + count; leaf += 1) yield { leaf, entry: file.leftOut.at(place++) };
}

/**
 * With the entries of all leaves, each tenant's indices are consecutive, and the trees of all
 * tenants come to the root that the checkpoint signs.
 */
const tellMerged = (one: ReadFile, sha256: Sha256, add: Add): void => {
  const { file, head, checkpoint } = one;
  const tenant = file.seal!.tenant?.tenant ?? null;
  const trees = new TenantTrees(sha256);
  const left = leavesLeftOut(one);
  const indexOf = file.indices();
  let next = left.next();
  for (let leaf = 0, place = 0; leaf < head!.size; leaf += 1) {
    const entry = next.done !== true && next.value.leaf === leaf ? next.value.entry : null;
    if (entry !== null) next = left.next();
    const of = entry?.tenant ?? file.tenantAt(place);
    const index = entry?.index ?? indexOf(place);
    const hash = entry?.hash ?? file.leaves.at(place);
    if (entry === null) place += 1;
    if (index !== trees.sizeOf(of) || (tenant !== null && tenant !== of)) {
      add(
        `leaf ${leaf} has an entry of index ${index} of tenant \`${of}\`, whose next is ${trees.sizeOf(of)}`,
        { kind: 'log', leaf },
      );
      return;
    }
    trees.append(of, hash);
  }
  const what = tenant === null ? trees.otherThan(checkpoint!.tenants) : null;
  if (what !== null) add(what, { kind: 'log', line: file.lines });
};
