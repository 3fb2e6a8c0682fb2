import { parseLeafPath, type Binding, type LeafBinding } from '@interlock/network';
import { integer, oneOf, text, type SchemaNode } from '../device/schema.js';

/** A node of a model, as far as the paths of a binding show it. */
export type BoundNode = {
  readonly module: string;
  readonly namespace: string;
  readonly name: string;
  /** The keys of a list; none for a container or a leaf. */
  readonly keys: readonly string[];
  readonly children: Map<string, BoundNode>;
  readonly leaf?: LeafBinding;
  /** A container whose presence means something by itself. */
  isPresence: boolean;
};

/** What stands for each name in a template, so that the template becomes a path. */
const emptied = (template: string): string => template.replace(/\{\w+\}(?=\])/g, "''");

/** The words of an enumeration; a binding does not name those of state that it only shows. */
export const wordsOf = (leaf: LeafBinding): readonly string[] =>
  leaf.values === undefined
    ? ['UP', 'DOWN', 'up', 'down', 'cleared', 'warning', 'minor', 'major', 'critical']
    : [...new Set(Object.values(leaf.values))];

/** Every node that the paths of a binding run through, with the leaves at their ends. */
export const boundTree = (binding: Binding): readonly BoundNode[] => {
  const moduleOf = new Map(
    Object.entries(binding.file.modules).map(([name, { namespace }]) => [namespace, name]),
  );
  const roots = new Map<string, BoundNode>();
  const place = (template: string, leaf?: LeafBinding): BoundNode | undefined => {
    let level = roots;
    let namespace = binding.namespace;
    let node: BoundNode | undefined;
    const steps = parseLeafPath(emptied(template));
    for (const [i, step] of steps.entries()) {
      namespace = step.namespace ?? namespace;
      const id = `{${namespace}}${step.name}`;
      node = level.get(id) ?? {
        module: moduleOf.get(namespace) ?? '',
        namespace,
        name: step.name,
        keys: step.keys.map(([key]) => key),
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
    place(entry);
    for (const leaf of Object.values(leaves)) {
      place(leaf.template, leaf);
      const presence = leaf.presence_template === null ? undefined : place(leaf.presence_template);
      if (presence !== undefined) presence.isPresence = true;
    }
  }
  for (const leaf of Object.values(binding.kpis)) place(leaf.template, leaf);
  return [...roots.values()];
};

/** True where every leaf below is state. */
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

/** The nodes as the simulator edits them: the configuration, or with `state` everything. */
export const schemaOf = (nodes: Iterable<BoundNode>, state: boolean): readonly SchemaNode[] =>
  [...nodes].flatMap((node): readonly SchemaNode[] => {
    if (!state && isState(node)) return [];
    const { name, namespace, keys } = node;
    if (node.leaf !== undefined) return [{ kind: 'leaf', name, namespace, valid: valid(node.leaf) }];
    const children = schemaOf(node.children.values(), state);
    if (keys.length === 0) return [{ kind: 'container', name, namespace, children }];
    const keyLeaves = keys.map((key): SchemaNode => ({
      kind: 'leaf',
      name: key,
      namespace,
      valid: text(1, 256),
    }));
    return [{ kind: 'list', name, namespace, keys, children: [...keyLeaves, ...children] }];
  });
