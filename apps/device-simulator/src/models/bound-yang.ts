import type { Binding, LeafBinding } from '@interlock/network';
import { isState, wordsOf, type BoundNode } from './bound-tree.js';

const quoted = (text: string): string => `"${text.replace(/(["\\])/g, '\\$1')}"`;

const typeOf = (leaf: LeafBinding): string => {
  if (leaf.type === 'enumeration')
    return `type enumeration { ${wordsOf(leaf)
      .map((word) => `enum ${quoted(word)};`)
      .join(' ')} }`;
  if (leaf.type === 'decimal64') return 'type decimal64 { fraction-digits 2; }';
  if (leaf.type === 'string')
    return leaf.max_length === undefined ? 'type string;' : `type string { length "0..${leaf.max_length}"; }`;
  if (leaf.type === 'boolean') return 'type boolean;';
  if (/^u?int/.test(leaf.type))
    return leaf.range === undefined
      ? `type ${leaf.type};`
      : `type ${leaf.type} { range "${leaf.range[0]}..${leaf.range[1]}"; }`;
  // A reference, an identity and a union say nothing without the rest of their model.
  return 'type string;';
};

/** The features of a module that the binding's classes need. */
export const featuresOf = (binding: Binding, module: string): readonly string[] => [
  ...new Set(
    Object.values(binding.file.classes).flatMap(({ feature }) =>
      feature?.startsWith(`${module}:`) === true ? [feature.slice(module.length + 1)] : [],
    ),
  ),
];

/**
 * The text of one module of a binding: reduced to the paths that the binding names, with their
 * types and ranges. It is made from the binding, so it shows nothing about the published module.
 */
export const boundYang = (binding: Binding, roots: readonly BoundNode[], module: string): string => {
  const { modules } = binding.file;
  const names = Object.keys(modules);
  const prefix = (name: string): string => `m${names.indexOf(name)}`;
  const imported = new Set<string>();
  const statement = (node: BoundNode, underState: boolean): string => {
    const state = !underState && isState(node) ? ' config false;' : '';
    if (node.leaf !== undefined) {
      const rules = (node.leaf.rules ?? []).map((rule) => ` must ${quoted(rule)};`).join('');
      return `leaf ${node.name} { ${typeOf(node.leaf)}${rules}${state} }`;
    }
    const below = [...node.children.values()]
      .filter((child) => child.module === module && !node.keys.includes(child.name))
      .map((child) => statement(child, underState || state !== ''));
    const keys = node.keys.map((key) => `leaf ${key} { type string { length "1..256"; } }`);
    return [
      node.keys.length > 0 ? `list ${node.name} { key "${node.keys.join(' ')}";` : `container ${node.name} {`,
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
    ...body,
    '}',
    '',
  ].join('\n');
};
