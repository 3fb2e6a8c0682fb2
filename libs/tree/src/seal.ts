import { canonicalJson, isObject, isTexts } from '@interlock/kernel';
import { fromBase64, toBase64 } from './base64.js';
import { entryAt, parseEntry, type LeafEntry } from './log/entry.js';
import type { KeyChain } from './key/chain.js';
import type { Hash } from './tree/merkle.js';
import { areRuns, type Runs } from './tree/parts-proof.js';
import type { TenantPath } from './tenants.js';

/** The largest number of entries in one line of a seal. */
export const entriesPerLine = 256;

/** The keys of tenants, with which entries hash correlation ids. */
export type TenantKeys = { readonly [tenant: string]: Uint8Array };

/**
 * Which events of a tree an export holds; `{}` for all of them. Positions are decimal text.
 * Categories and correlation are also in the entries, so an export by these can be proved complete.
 */
export type ExportFilter = {
  readonly after?: string;
  readonly until?: string;
  readonly stream?: string;
  /** In ascending order, without repeats. */
  readonly categories?: readonly string[];
  readonly correlation?: string;
  readonly limit?: number;
};

/** True where the leaves' entries alone decide which leaves the filter names. */
export const isProvable = ({ after, until, stream, limit }: ExportFilter): boolean =>
  after === undefined && until === undefined && stream === undefined && limit === undefined;

/**
 * The last line of a sealed export. The export's events are the leaves in `runs` of one tree. Their
 * entries and the hashes in `proof` give its root. If `tenant` is null, that is the whole log's
 * root, which `checkpoint` (a signed note) signs. Otherwise it is the root in the tenant's head
 * `tenant`, with the path to the root over all tenants that the checkpoint signs. `filter` is
 * absent in an archive's segment, which holds the leaves of its runs.
 */
export type Seal = {
  readonly filter?: ExportFilter;
  readonly runs: Runs;
  readonly proof: readonly Hash[];
  readonly tenant: TenantPath | null;
  readonly checkpoint: string;
  readonly keys: KeyChain;
};

/**
 * An event of `_system` that events of the export refer to: a release or a built-in type. `event`
 * is its line of an export. Its entry is leaf `index` of the whole log's tree, as the path shows.
 */
export type NamedEvent = {
  readonly event: string;
  readonly entry: LeafEntry;
  readonly index: number;
  readonly path: readonly Hash[];
};

/** The first line of a seal: the keys of all tenants that the export has events of. */
export const tenantKeysLine = (keys: TenantKeys): string =>
  canonicalJson({
    seal: {
      tenant_keys: Object.fromEntries(Object.entries(keys).map(([tenant, key]) => [tenant, toBase64(key)])),
    },
  });

/** A line with the entries of up to 256 leaves of the export, in its order. */
export const entriesLine = (entries: readonly LeafEntry[]): string => canonicalJson({ seal: { entries } });

/** A line with the entries of up to 256 leaves that the export's filter leaves out. */
export const leftOutLine = (entries: readonly LeafEntry[]): string =>
  canonicalJson({ seal: { left_out: entries } });

/** A line with one event that the export's events name. */
export const namedLine = ({ event, entry, index, path }: NamedEvent): string =>
  canonicalJson({ seal: { named: { event, entry, index, path: path.map(toBase64) } } });

/** The last line of a sealed export. */
export const sealLine = ({ runs, proof, tenant, checkpoint, keys, filter }: Seal): string =>
  canonicalJson({
    seal: {
      ...(filter === undefined ? {} : { filter }),
      runs,
      proof: proof.map(toBase64),
      tenant: tenant === null ? null : { ...tenant, path: tenant.path.map(toBase64) },
      checkpoint,
      keys,
    },
  });

export type SealPart =
  | { readonly tenantKeys: TenantKeys }
  | { readonly entries: readonly LeafEntry[] }
  | { readonly leftOut: readonly LeafEntry[] }
  | { readonly named: NamedEvent }
  | { readonly seal: Seal };

const isRuns = (value: unknown): value is Runs =>
  Array.isArray(value) &&
  value.every((run) => Array.isArray(run) && run.length === 2) &&
  areRuns(value as unknown as Runs, Number.MAX_SAFE_INTEGER);
const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
const namesOf = (value: object): string => Object.keys(value).join();

const hashesOf = (texts: unknown): readonly Hash[] | undefined => {
  if (!isTexts(texts)) return undefined;
  const hashes = texts.map(fromBase64);
  return hashes.every((hash) => hash?.length === 32) ? (hashes as Hash[]) : undefined;
};

/** True for a line that begins like those of a seal; no event's line does. */
export const isSealLine = (line: string): boolean => line.startsWith('{"seal":');

const isPosition = (value: unknown): boolean =>
  typeof value === 'string' && /^\d{1,20}(?:\/\d{1,20})?$/.test(value);
const filterMembers: { readonly [name: string]: (value: unknown) => boolean } = {
  after: isPosition,
  until: isPosition,
  stream: (value) => typeof value === 'string' && value !== '',
  categories: (value) =>
    isTexts(value) &&
    value.length > 0 &&
    value.every((one, i) => /^[a-z_]+$/.test(one) && (i === 0 || value[i - 1]! < one)),
  correlation: (value) => typeof value === 'string' && value !== '',
  limit: isCount,
};

/** True for a filter as a seal holds it. */
const isFilter = (value: unknown): value is ExportFilter =>
  isObject(value) &&
  Object.entries(value).every(
    ([name, member]) => Object.hasOwn(filterMembers, name) && filterMembers[name]!(member),
  );

const namedPart = (named: unknown): SealPart | undefined => {
  if (!isObject(named) || namesOf(named) !== 'entry,event,index,path') return undefined;
  const { event, index } = named;
  const entry = parseEntry(named['entry']);
  const path = hashesOf(named['path']);
  return typeof event === 'string' && entry !== undefined && isCount(index) && path !== undefined
    ? { named: { event, entry, index, path } }
    : undefined;
};

const tenantOfSeal = (value: unknown): TenantPath | null | undefined => {
  if (value === null) return null;
  if (!isObject(value) || namesOf(value) !== 'index,path,root,size,tenant') return undefined;
  const { index, root, size, tenant } = value;
  const path = hashesOf(value['path']);
  return isCount(index) &&
    typeof root === 'string' &&
    fromBase64(root)?.length === 32 &&
    isCount(size) &&
    typeof tenant === 'string' &&
    path !== undefined
    ? { index, path, root, size, tenant }
    : undefined;
};

const tenantKeysPart = (value: unknown): SealPart | undefined => {
  if (!isObject(value)) return undefined;
  const read = hashesOf(Object.values(value));
  return read === undefined
    ? undefined
    : { tenantKeys: Object.fromEntries(Object.keys(value).map((tenant, i) => [tenant, read[i]!])) };
};

const sealPart = (seal: { readonly [name: string]: unknown }): SealPart | undefined => {
  const { runs, checkpoint, keys } = seal;
  const proof = hashesOf(seal['proof']);
  const tenant = tenantOfSeal(seal['tenant']);
  const { filter, ...others } = seal;
  if (
    namesOf(others) !== 'checkpoint,keys,proof,runs,tenant' ||
    ('filter' in seal && !isFilter(filter)) ||
    typeof checkpoint !== 'string' ||
    proof === undefined ||
    tenant === undefined ||
    !isRuns(runs) ||
    !isObject(keys) ||
    namesOf(keys) !== 'first,rotations'
  )
    return undefined;
  const { first, rotations } = keys;
  return typeof first === 'string' && isTexts(rotations)
    ? {
        seal: {
          ...(isFilter(filter) ? { filter } : {}),
          runs,
          proof,
          tenant,
          checkpoint,
          keys: { first, rotations },
        },
      }
    : undefined;
};

/** INVARIANT: a value that is nested too deeply to be written again is not canonical. */
const isCanonical = (value: unknown, line: string): boolean => {
  try {
    return canonicalJson(value) === line;
  } catch {
    return false;
  }
};

/**
 * The entries in a line that begins so and lists nothing else, as `entriesLine` and `leftOutLine`
 * write them; `undefined` for any other line. It reads the text as it stands, so that no other text
 * gives the same entries.
 */
const entriesAfter = (head: string, line: string): readonly LeafEntry[] | undefined => {
  if (!line.startsWith(head)) return undefined;
  const entries: LeafEntry[] = [];
  let end = head.length;
  do {
    const next = entryAt(line, entries.length === 0 ? end : end + 1);
    if (next === undefined || entries.length === entriesPerLine) return undefined;
    entries.push(next.entry);
    ({ end } = next);
  } while (line[end] === ',');
  return line.length === end + 3 && line.endsWith(']}}') ? entries : undefined;
};

/** Reads a seal's line; `undefined` for every text that the functions above would not write. */
export const parseSealLine = (line: string): SealPart | undefined => {
  const entries = entriesAfter('{"seal":{"entries":[', line);
  if (entries !== undefined) return { entries };
  const leftOut = entriesAfter('{"seal":{"left_out":[', line);
  if (leftOut !== undefined) return { leftOut };
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (!isCanonical(value, line)) return undefined;
  if (!isObject(value) || !isObject(value['seal']) || Object.keys(value).length !== 1) return undefined;
  const { seal } = value;
  if (namesOf(seal) === 'tenant_keys') return tenantKeysPart(seal['tenant_keys']);
  if (namesOf(seal) === 'named') return namedPart(seal['named']);
  return sealPart(seal);
};
