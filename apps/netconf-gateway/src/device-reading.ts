import type { KpiSample, LeafChange, Reason, Timestamp } from '@interlock/contracts';
import { contentHash } from '@interlock/kernel';
import {
  capability,
  diffConfig,
  elementBuilder,
  parseXml,
  textOf,
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

/** What the safe change needs and the device does not offer. */
export const missingCapabilities = (client: NetconfClient, profile: DeviceProfile): readonly string[] =>
  profile.requires.flatMap((need) =>
    required[need].some((uri) => client.has(uri)) ? [] : [required[need][0]],
  );

const rootsOf = (roots: Binding['config_roots']): readonly XmlElement[] =>
  roots.map(({ namespace, name }) => elementBuilder(namespace)(name));

/**
 * The names of identities in the form of our paths: the local name in the namespace of the element,
 * else `{namespace}name`. Prefixes are the sender's choice.
 */
const resolved = (
  element: XmlElement,
  { identities }: Pick<Binding, 'identities'>,
  around: Readonly<Record<string, string>> = {},
): XmlElement => {
  if (identities.size === 0) return element;
  const prefixes = { ...around, ...element.prefixes };
  const walk = (child: XmlElement['children'][number]): XmlElement['children'][number] =>
    typeof child === 'string' ? child : resolved(child, { identities }, prefixes);
  if (!identities.has(`{${element.namespace}}${element.name}`))
    return { ...element, children: element.children.map(walk) };
  const text = textOf(element).trim();
  const [prefix, name] = text.includes(':') ? (text.split(':', 2) as [string, string]) : [undefined, text];
  const namespace = prefix === undefined ? element.namespace : prefixes[prefix];
  if (namespace === undefined) return element;
  return { ...element, children: [namespace === element.namespace ? name : `{${namespace}}${name}`] };
};

const empty: XmlElement = { name: 'data', namespace: '', attributes: [], children: [] };

/** The leaves of a `data` element by their paths. */
export const leavesOf = (data: XmlElement, binding: Binding): Leaves =>
  Object.fromEntries(
    diffConfig(empty, resolved(data, binding), binding.list_keys, binding.namespace).map((leaf) => [
      leaf.path,
      canonicalText(binding, leaf.path, leaf.after ?? ''),
    ]),
  );

/** The leaves that differ, in the contract's words. */
export const changesBetween = (
  before: XmlElement,
  after: XmlElement,
  binding: Binding,
): readonly LeafChange[] => {
  const text = (path: string, value: string | undefined): string | null =>
    value === undefined ? null : canonicalText(binding, path, value);
  const [was, is] = [resolved(before, binding), resolved(after, binding)];
  return diffConfig(was, is, binding.list_keys, binding.namespace)
    .map((leaf) => ({
      path: leaf.path,
      before: text(leaf.path, leaf.before),
      after: text(leaf.path, leaf.after),
    }))
    .filter((change) => change.before !== change.after);
};

/** Running leaves of the binding's subtrees. */
export const readRunningLeaves = async (client: NetconfClient, binding: Binding): Promise<Leaves> =>
  leavesOf(await client.getConfig('running', { subtree: rootsOf(binding.config_roots) }), binding);

/**
 * Every change that the device's state does not show, though the binding wants it to. Reads state
 * only where the binding does.
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

/** Where the edited leaves stand: as after the change, as before it, or neither. */
export const standing = (leaves: Leaves, changes: readonly LeafChange[]): 'after' | 'before' | 'neither' => {
  if (changes.every((change) => (leaves[change.path] ?? null) === change.after)) return 'after';
  if (changes.every((change) => (leaves[change.path] ?? null) === change.before)) return 'before';
  return 'neither';
};

/** What is not as it was before the change. */
export const leftOver = (leaves: Leaves, changes: readonly LeafChange[]): readonly LeafChange[] =>
  changes.flatMap((change) => {
    const present = leaves[change.path] ?? null;
    return present === change.before ? [] : [{ path: change.path, before: change.before, after: present }];
  });

/** Hash over the edited leaves as they stand. */
export const readBackHash = (leaves: Leaves, changes: readonly LeafChange[]): string =>
  contentHash(changes.map(({ path }) => ({ path, value: leaves[path] ?? null })));

const key = ({ path, before, after }: LeafChange): string => JSON.stringify([path, before, after]);

/** True where both name exactly the same changes, in whatever order. */
export const sameChanges = (a: readonly LeafChange[], b: readonly LeafChange[]): boolean => {
  const right = new Set(b.map(key));
  return a.length === right.size && a.every((change) => right.has(key(change)));
};

/**
 * One sample of each cell, read by one `get`; a KPI that the device does not say is left out, a
 * cell without any as well. A binding without KPIs gives no sample.
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

/** The elements of an edit's text. */
export const editElements = (xml: string): readonly XmlElement[] =>
  parseXml(`<config>${xml}</config>`).children.filter(
    (child): child is XmlElement => typeof child !== 'string',
  );
