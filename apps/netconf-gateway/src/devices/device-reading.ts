import type { KpiSample, LeafChange, Reason, Timestamp } from '@interlock/contracts';
import { contentHash, cutText } from '@interlock/kernel';
import {
  capability,
  diffConfig,
  elementBuilder,
  parseXml,
  resolveIdentities,
  type NetconfClient,
  type XmlElement,
} from '@interlock/netconf';
import {
  canonicalText,
  fillPath,
  namesOf,
  readLeafValue,
  readsStateBack,
  unshownChanges,
  type Binding,
  type DeviceProfile,
  type Leaves,
} from '@interlock/network';

const required = {
  candidate: [capability.candidate],
  'confirmed-commit-1.1': [capability.confirmedCommit11],
  'confirmed-commit-1.0': [capability.confirmedCommit10, capability.confirmedCommit11],
  validate: [capability.validate11, capability.validate10],
  'rollback-on-error': [capability.rollbackOnError],
  'writable-running': [capability.writableRunning],
} as const satisfies { readonly [need in DeviceProfile['requires'][number]]: readonly string[] };

/** Returns the capabilities that the safe change needs and the device does not offer. */
export const missingCapabilities = (client: NetconfClient, profile: DeviceProfile): readonly string[] =>
  profile.requires.flatMap((need) =>
    required[need].some((uri) => client.has(uri)) ? [] : [required[need][0]],
  );

const rootsOf = (roots: Binding['config_roots']): readonly XmlElement[] =>
  roots.map(({ namespace, name }) => elementBuilder(namespace)(name));

const empty: XmlElement = { name: 'data', namespace: '', attributes: [], children: [] };

/** Returns the leaves of a `data` element by their paths. */
export const leavesOf = (data: XmlElement, binding: Binding): Leaves =>
  Object.fromEntries(
    diffConfig(empty, resolveIdentities(data, binding.identities), binding.list_keys, binding.namespace).map(
      (leaf) => [leaf.path, canonicalText(binding, leaf.path, leaf.after ?? '')],
    ),
  );

/** Returns the leaves that differ, as leaf changes of the contract. */
export const changesBetween = (
  before: XmlElement,
  after: XmlElement,
  binding: Binding,
): readonly LeafChange[] => {
  const text = (path: string, value: string | undefined): string | null =>
    value === undefined ? null : canonicalText(binding, path, value);
  const [was, is] = [before, after].map((one) => resolveIdentities(one, binding.identities)) as [
    XmlElement,
    XmlElement,
  ];
  return diffConfig(was, is, binding.list_keys, binding.namespace)
    .map((leaf) => ({
      path: leaf.path,
      before: text(leaf.path, leaf.before),
      after: text(leaf.path, leaf.after),
    }))
    .filter((change) => change.before !== change.after);
};

/** Reads the running leaves in the binding's subtrees. */
export const readRunningLeaves = async (client: NetconfClient, binding: Binding): Promise<Leaves> =>
  leavesOf(await client.getConfig('running', { subtree: rootsOf(binding.config_roots) }), binding);

/**
 * Returns every change that the device's state does not show although the binding requires it. It
 * reads state only if the binding does.
 */
export const readUnshown = async (
  client: NetconfClient,
  binding: Binding,
  changes: readonly LeafChange[],
): Promise<readonly Reason[]> => {
  if (!readsStateBack(binding, changes)) return [];
  const state = await client.get({ subtree: rootsOf(binding.state_roots) });
  return unshownChanges(binding, changes, leavesOf(state, binding));
};

/** Compares the edited leaves with the change: `after` it, `before` it, or `neither`. */
export const standing = (leaves: Leaves, changes: readonly LeafChange[]): 'after' | 'before' | 'neither' => {
  if (changes.every((change) => (leaves[change.path] ?? null) === change.after)) return 'after';
  if (changes.every((change) => (leaves[change.path] ?? null) === change.before)) return 'before';
  return 'neither';
};

/** The most characters of a value that the device has, and that an event shows. */
const longestShown = 4096;

/** Returns the edited leaves that do not have their earlier value; long values are cut. */
export const leftOver = (leaves: Leaves, changes: readonly LeafChange[]): readonly LeafChange[] =>
  changes.flatMap((change) => {
    const present = leaves[change.path] ?? null;
    if (present === change.before) return [];
    const after = present === null ? null : cutText(present, longestShown);
    return [{ path: change.path, before: change.before, after }];
  });

/** Returns the hash over the current values of the edited leaves. */
export const readBackHash = (leaves: Leaves, changes: readonly LeafChange[]): string =>
  contentHash(changes.map(({ path }) => ({ path, value: leaves[path] ?? null })));

const key = ({ path, before, after }: LeafChange): string => JSON.stringify([path, before, after]);

/** Returns whether both lists contain exactly the same changes, in any order. */
export const sameChanges = (a: readonly LeafChange[], b: readonly LeafChange[]): boolean => {
  const right = new Set(b.map(key));
  return a.length === right.size && a.every((change) => right.has(key(change)));
};

/**
 * Reads one sample of each cell by one `get`. A KPI that the device does not report is left out,
 * and so is a cell without any. A binding without KPIs gives no samples.
 */
export const sampleKpis = async (
  client: NetconfClient,
  binding: Binding,
  cells: readonly string[],
  at: Timestamp,
): Promise<readonly KpiSample[]> => {
  const kpis = Object.entries(binding.kpis);
  if (kpis.length === 0) return [];
  const leaves = leavesOf(await client.get({ subtree: rootsOf(binding.state_roots) }), binding);
  return cells.flatMap((cell): readonly KpiSample[] => {
    const names = namesOf(binding, 'cell', cell);
    const values = Object.fromEntries(
      kpis.flatMap(([kpi, leaf]) => {
        const value = readLeafValue(leaf, leaves[fillPath(leaf.template, names)]);
        return typeof value === 'number' ? [[kpi, value]] : [];
      }),
    );
    return Object.keys(values).length === 0 ? [] : [{ at, entity_id: cell, kpis: values }];
  });
};

/** Returns the elements of an edit's text. */
export const editElements = (xml: string): readonly XmlElement[] =>
  parseXml(`<config>${xml}</config>`).children.filter(
    (child): child is XmlElement => typeof child !== 'string',
  );
