import { resolveIdentities, type XmlElement } from '@interlock/netconf';
import { parseLeafPath, type Binding, type CompiledLeaf } from '@interlock/network';
import type { Model } from './model.js';
import { openIdentities } from './new-device.js';

/** What stands for each name in a template, so that the template becomes a path. */
export const pathOf = (template: string): ReturnType<typeof parseLeafPath> =>
  parseLeafPath(template.replace(/\{(\w+)\}(?=\])/g, "'$1'"));

type Identity = { readonly namespace: string; readonly name: string };

const identityOf = (text: string, namespace: string): Identity => {
  const [, other, name] = /^\{([^{}]+)\}(.+)$/.exec(text) ?? [];
  return { namespace: other ?? namespace, name: name ?? text };
};

/** The identities that each leaf or key of a binding takes, by `{namespace}name` of the leaf. */
export const identitiesOf = (binding: Binding): ReadonlyMap<string, readonly Identity[]> => {
  const found = new Map<string, Map<string, Identity>>();
  const take = (namespace: string, leaf: string, texts: readonly string[]): void => {
    const id = `{${namespace}}${leaf}`;
    if (!binding.identities.has(id)) return;
    const known = found.get(id) ?? new Map<string, Identity>();
    found.set(id, known);
    for (const text of texts) known.set(text, identityOf(text, namespace));
  };
  const look = (template: string, leaf?: CompiledLeaf): void => {
    let { namespace } = binding;
    for (const step of pathOf(template)) {
      namespace = step.namespace ?? namespace;
      for (const [key, name] of step.keys) take(namespace, key, [openIdentities[name] ?? []].flat());
    }
    if (leaf !== undefined) take(namespace, pathOf(template).at(-1)!.name, Object.values(leaf.values ?? {}));
  };
  for (const { entry, leaves } of Object.values(binding.classes)) {
    look(entry);
    for (const leaf of Object.values(leaves)) look(leaf.template, leaf);
  }
  return new Map([...found].map(([id, known]) => [id, [...known.values()]]));
};

/**
 * Writes each identity in one way, so that equal ones have equal text: with the name of its module
 * as prefix, and without a prefix in the namespace of its leaf. Identities of modules that the
 * device does not have stay as they are.
 */
export const canonicalIdentities = (
  element: XmlElement,
  { identities, modules }: Pick<Model, 'identities' | 'modules'>,
): XmlElement =>
  resolveIdentities(element, identities, (leaf, namespace, name) => {
    const { prefixes: _senders, ...plain } = leaf;
    if (namespace === leaf.namespace) return { ...plain, children: [name] };
    const module = modules.find((one) => one.namespace === namespace)?.name;
    if (module === undefined) return leaf;
    return { ...plain, children: [`${module}:${name}`], prefixes: { [module]: namespace } };
  });
