import type { Reason } from '@interlock/contracts';
import { entityClasses, type Binding, type CompiledLeaf, type EntityClass } from './binding.js';

/** A module that a device reports. `revision` is null if the device reports none. */
export type YangModule = {
  readonly name: string;
  readonly revision: string | null;
  readonly namespace: string;
  readonly features: readonly string[];
  /** The modules that change this one by deviations. */
  readonly deviations: readonly string[];
};

/** The modules of a device, and the source that reports them. */
export type YangLibrary = {
  readonly source: 'rfc8525' | 'rfc7895' | 'hello';
  /** The device's own id of the library, which changes with it; null if the device reports none. */
  readonly id: string | null;
  readonly modules: readonly YangModule[];
};

/** How far a device allows a binding: `change`, `read` only, or `none`. */
export type Access = 'change' | 'read' | 'none';

/**
 * A binding as one device allows it: the access to each leaf, and the reason where a leaf cannot be
 * changed or read.
 */
export type BoundModel = {
  readonly binding: Binding;
  /** The access that the main module allows. */
  readonly access: Access;
  readonly reasons: readonly Reason[];
  /** The namespaces of the modules that the device has. */
  readonly namespaces: ReadonlyMap<string, string>;
  /** The access that the device allows, by `<class>.<leaf>` and `kpi.<name>`. */
  readonly leaves: ReadonlyMap<string, { readonly access: Access; readonly why: string | null }>;
};

const order: readonly Access[] = ['none', 'read', 'change'];
const least = (a: Access, b: Access): Access => (order.indexOf(a) < order.indexOf(b) ? a : b);

type ModuleFit = { readonly access: Access; readonly why: string | null };

/**
 * Returns the access to one module. An exact or compatible revision allows changes; any other
 * revision or an unknown deviation allows only reading. A missing module, or one with another
 * namespace, allows nothing.
 */
const moduleFit = ({ file }: Binding, name: string, library: YangLibrary): ModuleFit => {
  const { revision, namespace, compatible, deviations = [] } = file.modules[name]!;
  const found = library.modules.filter((one) => one.name === name);
  const there = found.find((one) => one.revision === revision) ?? found[0];
  if (there === undefined) return { access: 'none', why: `the device has no module \`${name}\`` };
  if (there.namespace !== namespace)
    return { access: 'none', why: `the device's \`${name}\` has the namespace \`${there.namespace}\`` };
  if (there.revision !== revision && !compatible.includes(there.revision ?? ''))
    return {
      access: 'read',
      why: `the device has \`${name}\` at revision \`${there.revision ?? 'unknown'}\`, and the binding is for \`${revision}\``,
    };
  const unknown = there.deviations.filter((one) => !deviations.includes(one));
  return unknown.length === 0
    ? { access: 'change', why: null }
    : {
        access: 'read',
        why: `${unknown.map((one) => `\`${one}\``).join(', ')} changes \`${name}\` by deviations that the binding does not know`,
      };
};

const featureFit = (feature: string | null, library: YangLibrary): ModuleFit => {
  if (feature === null) return { access: 'change', why: null };
  const [module, name] = feature.split(':') as [string, string];
  return library.modules.some((one) => one.name === module && one.features.includes(name))
    ? { access: 'change', why: null }
    : { access: 'none', why: `the device does not have the feature \`${feature}\`` };
};

/**
 * Compares a binding with the modules of a device. It assumes nothing that the device does not
 * report.
 */
export const bindTo = (binding: Binding, library: YangLibrary): BoundModel => {
  const modules = new Map(
    Object.keys(binding.file.modules).map((name) => [name, moduleFit(binding, name, library)]),
  );
  const main = modules.get(binding.file.module)!;
  const leaves = new Map<string, { readonly access: Access; readonly why: string | null }>();
  const add = (name: string, leaf: CompiledLeaf, feature: ModuleFit): void => {
    const fits = [...leaf.modules.map((module) => modules.get(module)!), feature];
    const access = fits.reduce<Access>((so, one) => least(so, one.access), leaf.config ? 'change' : 'read');
    const why = fits.find((one) => one.access === access && one.why !== null)?.why ?? null;
    leaves.set(name, { access, why: why ?? (leaf.config ? null : 'it is state') });
  };
  for (const entity of entityClasses) {
    const one = binding.classes[entity];
    if (one === undefined) continue;
    const feature = featureFit(one.feature, library);
    for (const [leaf, at] of Object.entries(one.leaves)) add(`${entity}.${leaf}`, at, feature);
  }
  for (const [kpi, leaf] of Object.entries(binding.kpis))
    add(`kpi.${kpi}`, leaf, { access: 'change', why: null });
  return {
    binding,
    access: main.access,
    reasons: main.why === null ? [] : [{ code: 'binding-unfit', detail: main.why, binding: binding.name }],
    namespaces: new Map(library.modules.map(({ name, namespace }) => [name, namespace])),
    leaves,
  };
};

/** Returns the library of a device that has exactly the modules of a binding. */
export const exactLibrary = ({ file }: Binding): YangLibrary => ({
  source: 'hello',
  id: null,
  modules: Object.entries(file.modules).map(([name, { revision, namespace }]) => ({
    name,
    revision,
    namespace,
    features: Object.values(file.classes).flatMap(({ feature }) =>
      feature?.startsWith(`${name}:`) === true ? [feature.slice(name.length + 1)] : [],
    ),
    deviations: [],
  })),
});

/** Returns the first model that places a class of things and that the device has. */
export const modelFor = (models: readonly BoundModel[], entity: EntityClass): BoundModel | undefined =>
  models.find(({ binding, access }) => access !== 'none' && binding.classes[entity] !== undefined);
