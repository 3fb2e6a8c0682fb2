import type { XmlElement } from '@interlock/netconf';
import type { Binding, LeafBinding } from '@interlock/network';
import { integer, oneOf, text, type SchemaNode } from '../device/schema.js';
import { identitiesOf, pathOf } from './identities.js';

/** A node of a model, with the properties that the paths of a binding show. */
export type BoundNode = {
  readonly module: string;
  readonly namespace: string;
  readonly name: string;
  /** The keys of a list; none for a container, a leaf, or a list of state without keys. */
  readonly keys: readonly string[];
  isList: boolean;
  readonly children: Map<string, BoundNode>;
  readonly leaf?: LeafBinding;
  /** `{namespace}name` of its own, which tells whether its text names an identity. */
  readonly id: string;
  /** True for a container whose presence has a meaning of its own. */
  isPresence: boolean;
};

/** The words of an enumeration. A binding need not name those of state that it does not show. */
export const wordsOf = (leaf: LeafBinding): readonly string[] => [
  ...new Set(Object.values(leaf.values ?? { unknown: 'unknown' })),
];

/** Returns the tree of all nodes on the paths of a binding, with the leaves at their ends. */
export const boundTree = (binding: Binding): readonly BoundNode[] => {
  const moduleOf = new Map(
    Object.entries(binding.file.modules).map(([name, { namespace }]) => [namespace, name]),
  );
  const roots = new Map<string, BoundNode>();
  const place = (template: string, leaf?: LeafBinding): BoundNode | undefined => {
    let level = roots;
    let namespace = binding.namespace;
    let node: BoundNode | undefined;
    const steps = pathOf(template);
    for (const [i, step] of steps.entries()) {
      namespace = step.namespace ?? namespace;
      const id = `{${namespace}}${step.name}`;
      node = level.get(id) ?? {
        module: moduleOf.get(namespace) ?? '',
        namespace,
        name: step.name,
        id,
        keys: step.keys.map(([key]) => key),
        isList: step.keys.length > 0,
        children: new Map(),
        isPresence: false,
        ...(leaf !== undefined && i === steps.length - 1 ? { leaf } : {}),
      };
      level.set(id, node);
      level = node.children;
    }
    return node;
  };
  for (const { entry, leaves } of Object.values(binding.classes)) {
    place(entry)!.isList = true;
    for (const leaf of Object.values(leaves)) {
      place(leaf.template, leaf);
      const presence = leaf.presence_template === null ? undefined : place(leaf.presence_template);
      if (presence !== undefined) presence.isPresence = true;
    }
  }
  for (const leaf of Object.values(binding.kpis)) place(leaf.template, leaf);
  return [...roots.values()];
};

/** True if every leaf below the node is state. */
export const isState = (node: BoundNode): boolean =>
  node.leaf === undefined
    ? node.children.size > 0 && [...node.children.values()].every(isState)
    : !node.leaf.config;

const valid = (leaf: LeafBinding): ((text: string) => boolean) => {
  if (leaf.type === 'boolean') return oneOf('true', 'false');
  if (leaf.type === 'enumeration') return oneOf(...wordsOf(leaf));
  const [low, high] = leaf.range ?? [-Infinity, Infinity];
  if (/^u?int/.test(leaf.type)) return integer(leaf.type.startsWith('u') ? Math.max(0, low) : low, high);
  if (leaf.type === 'decimal64')
    return (one) => /^-?\d+(\.\d+)?$/.test(one) && Number(one) >= low && Number(one) <= high;
  return text(0, leaf.max_length ?? 4096);
};

type Check = (text: string, element: XmlElement) => boolean;

/** True for one of these identities, whatever its prefix. */
const oneIdentity =
  (known: readonly { readonly namespace: string; readonly name: string }[]): Check =>
  (one, { namespace, prefixes }) => {
    const [prefix, name] = one.includes(':') ? (one.split(':', 2) as [string, string]) : [undefined, one];
    const theirs = prefix === undefined ? namespace : prefixes?.[prefix];
    return known.some((identity) => identity.name === name && identity.namespace === theirs);
  };

/**
 * Returns the nodes in the form that the simulator edits: the configuration, or with `state`
 * everything.
 */
export const schemaOf = (
  binding: Binding,
  roots: Iterable<BoundNode>,
  state: boolean,
): readonly SchemaNode[] => {
  const identities = identitiesOf(binding);
  const checkOf = (id: string, leaf: LeafBinding | undefined): Check => {
    const known = identities.get(id);
    if (known !== undefined) return oneIdentity(known);
    return leaf === undefined ? text(1, 256) : valid(leaf);
  };
  const nodesOf = (nodes: Iterable<BoundNode>): readonly SchemaNode[] =>
    [...nodes].flatMap((node): readonly SchemaNode[] => {
      if (!state && isState(node)) return [];
      const { name, namespace, keys, leaf } = node;
      if (leaf !== undefined) return [{ kind: 'leaf', name, namespace, valid: checkOf(node.id, leaf) }];
      const below = [...node.children.values()];
      if (!node.isList) return [{ kind: 'container', name, namespace, children: nodesOf(below) }];
      const keyLeaves = keys.map((key): SchemaNode => {
        const id = `{${namespace}}${key}`;
        const bound = below.find((one) => one.id === id)?.leaf;
        return { kind: 'leaf', name: key, namespace, valid: checkOf(id, bound) };
      });
      const others = nodesOf(below.filter((one) => !keys.includes(one.name)));
      return [{ kind: 'list', name, namespace, keys, children: [...keyLeaves, ...others] }];
    });
  return nodesOf(roots);
};
