import type { Binding, LeafBinding } from '@interlock/network';
import { isState, wordsOf, type BoundNode } from './bound-tree.js';
import { identitiesOf } from './identities.js';

const quoted = (text: string): string => `"${text.replace(/(["\\])/g, '\\$1')}"`;

const typeOf = (leaf: LeafBinding): string => {
  if (leaf.type === 'enumeration')
    return `type enumeration { ${wordsOf(leaf)
      .map((word) => `enum ${quoted(word)};`)
      .join(' ')} }`;
  if (leaf.type === 'decimal64') return 'type decimal64 { fraction-digits 6; }';
  if (leaf.type === 'boolean') return 'type boolean;';
  if (/^u?int/.test(leaf.type))
    return leaf.range === undefined
      ? `type ${leaf.type};`
      : `type ${leaf.type} { range "${leaf.range[0]}..${leaf.range[1]}"; }`;
  const text =
    leaf.max_length === undefined ? 'type string;' : `type string { length "0..${leaf.max_length}"; }`;
  return leaf.type === 'union' ? `type union { ${text} }` : text;
};

/** What a reference points to, because the leaf of the published model is not in a reduced one. */
const target = 'simulated-reference';
/** What every identity of a module's leaves is derived from. */
const base = 'simulated-identity';

/** Returns the features of a module that the binding's classes need. */
export const featuresOf = (binding: Binding, module: string): readonly string[] => [
  ...new Set(
    Object.values(binding.file.classes).flatMap(({ feature }) =>
      feature?.startsWith(`${module}:`) === true ? [feature.slice(module.length + 1)] : [],
    ),
  ),
];

/**
 * Returns the text of one module of a binding, reduced to the paths that the binding names, with
 * their types and ranges. It is made from the binding, so it proves nothing about the published
 * module.
 */
export const boundYang = (binding: Binding, roots: readonly BoundNode[], module: string): string => {
  const { modules } = binding.file;
  const names = Object.keys(modules);
  const prefix = (name: string): string => `m${names.indexOf(name)}`;
  const imported = new Set<string>();
  const identities = identitiesOf(binding);
  const moduleOf = new Map(names.map((name) => [modules[name]!.namespace, name]));
  let [refers, identifies] = [false, false];
  /** The type of a leaf or key of this module. */
  const typeAt = (id: string, leaf: LeafBinding | undefined): string => {
    if (identities.has(id)) {
      identifies = true;
      return `type identityref { base ${prefix(module)}:${base}; }`;
    }
    if (leaf === undefined) return 'type string { length "1..256"; }';
    if (leaf.type !== 'leafref') return typeOf(leaf);
    refers = true;
    return `type leafref { path "/${prefix(module)}:${target}"; require-instance false; }`;
  };
  /** This module's identities, derived from the bases of the modules whose leaves take them. */
  const ownIdentities = (): readonly string[] => {
    const bases = new Map<string, Set<string>>();
    for (const [leaf, known] of identities)
      for (const { namespace, name } of known) {
        if (namespace !== modules[module]!.namespace) continue;
        const taker = moduleOf.get(leaf.slice(1, leaf.indexOf('}')))!;
        imported.add(taker);
        bases.set(name, (bases.get(name) ?? new Set()).add(`${prefix(taker)}:${base}`));
      }
    return [...bases].map(
      ([name, of]) => `identity ${name} { ${[...of].map((one) => `base ${one};`).join(' ')} }`,
    );
  };
  const statement = (node: BoundNode, underState: boolean): string => {
    const state = !underState && isState(node) ? ' config false;' : '';
    if (node.leaf !== undefined) {
      const rules = (node.leaf.rules ?? []).map((rule) => ` must ${quoted(rule)};`).join('');
      return `leaf ${node.name} { ${typeAt(node.id, node.leaf)}${rules}${state} }`;
    }
    const below = [...node.children.values()]
      .filter((child) => child.module === module && !node.keys.includes(child.name))
      .map((child) => statement(child, underState || state !== ''));
    const keys = node.keys.map((key) => {
      const id = `{${node.namespace}}${key}`;
      return `leaf ${key} { ${typeAt(id, node.children.get(id)?.leaf)} }`;
    });
    return [
      node.isList ? `list ${node.name} {` : `container ${node.name} {`,
      ...(node.keys.length > 0 ? [`key "${node.keys.join(' ')}";`] : []),
      ...(node.isPresence ? ['presence "It means something by itself.";'] : []),
      ...(state === '' ? [] : [state.trim()]),
      ...keys,
      ...below,
      '}',
    ].join('\n');
  };
  const body: string[] = roots.filter((node) => node.module === module).map((node) => statement(node, false));
  const augments = (node: BoundNode, way: string): void => {
    const here = `${way}/${prefix(node.module)}:${node.name}`;
    for (const child of node.children.values()) {
      if (child.module === module && node.module !== module) {
        for (const step of here.matchAll(/m(\d+):/g)) imported.add(names[Number(step[1])]!);
        body.push(`augment "${here}" {\n${statement(child, isState(node))}\n}`);
      }
      augments(child, here);
    }
  };
  for (const root of roots) augments(root, '');
  const derived = ownIdentities();
  const { namespace, revision } = modules[module]!;
  return [
    `module ${module} {`,
    'yang-version 1.1;',
    `namespace ${quoted(namespace)};`,
    `prefix ${prefix(module)};`,
    ...[...imported]
      .filter((name) => name !== module)
      .map((name) => `import ${name} { prefix ${prefix(name)}; }`),
    'organization "Interlock";',
    'description "Reduced by the device simulator to the paths that a binding names.";',
    `revision ${revision};`,
    ...featuresOf(binding, module).map((feature) => `feature ${feature};`),
    ...(identifies ? [`identity ${base};`] : []),
    ...derived,
    ...(refers ? [`leaf ${target} { config false; type string; }`] : []),
    ...body,
    '}',
    '',
  ].join('\n');
};
