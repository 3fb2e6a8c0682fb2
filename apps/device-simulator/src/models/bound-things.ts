import {
  childElements,
  diffConfig,
  elementBuilder,
  NETCONF_NS,
  parseXml,
  resolveIdentities,
  type XmlElement,
} from '@interlock/netconf';
import {
  bindingXml,
  fillPath,
  isNumeric,
  namesOf,
  readLeafValue,
  writeLeafValue,
  type Binding,
  type CompiledLeaf,
  type EntityClass,
  type LeafEdit,
  type LeafValue,
} from '@interlock/network';
import type { CellSpec } from '../ran/model.js';
import { canonicalIdentities, pathOf } from './identities.js';
import type { Module } from './model.js';
import { newSlices, newThings, type Names, type Values } from './new-device.js';

const nc = elementBuilder(NETCONF_NS);

/** A list entry of a configuration: the texts of its leaves by our names. */
export type Entry = {
  readonly entity: EntityClass;
  readonly names: Names;
  readonly texts: ReadonlyMap<string, string>;
};
type NamedLeaf = readonly [name: string, leaf: CompiledLeaf];

/** A path's names by a template: `{ cell: 'c1' }`; undefined for the path of another leaf. */
const matcher = (template: string): ((path: string) => Names | undefined) => {
  const pattern = new RegExp(
    `^${template.replace(/\{(\w+)\}(?=\])|[^\w]/g, (mark, key: string | undefined) =>
      key === undefined ? `\\${mark}` : `['"](?<${key}>.*?)['"]`,
    )}$`,
  );
  return (path) => pattern.exec(path)?.groups;
};

/** True if the names are all that the template asks for: a class may lie in several lists. */
export const isOf = (template: string, names: Names): boolean =>
  [...template.matchAll(/\{(\w+)\}/g)].every(([, name]) => names[name!] !== undefined);

/** A measured number in the grain that the leaf has. */
const grained = (leaf: CompiledLeaf, value: LeafValue): LeafValue => {
  if (typeof value !== 'number' || !isNumeric(leaf.type) || leaf.logarithmic === true) return value;
  const unit = (leaf.per_unit ?? 1) * (leaf.type === 'decimal64' ? 100 : 1);
  return Math.round(value * unit) / unit;
};

/** The things of a binding's classes as a device holds them. */
export class BoundThings {
  readonly #readings: readonly {
    readonly entity: EntityClass;
    readonly name: string;
    readonly match: (path: string) => Names | undefined;
  }[];

  constructor(
    readonly binding: Binding,
    readonly modules: readonly Module[],
  ) {
    this.#readings = Object.entries(binding.classes).flatMap(([entity, { leaves }]) =>
      Object.entries(leaves).map(([name, leaf]) => ({
        entity: entity as EntityClass,
        name,
        match: matcher(leaf.template),
      })),
    );
  }

  leaves(entity: EntityClass): readonly NamedLeaf[] {
    return Object.entries(this.binding.classes[entity]?.leaves ?? {});
  }

  /** The elements that hold these leaves, each identity written in one way. */
  elements(edits: readonly LeafEdit[]): readonly XmlElement[] {
    return childElements(parseXml(`<data>${bindingXml(this.binding, edits)}</data>`)).map((one) =>
      canonicalIdentities(one, { identities: this.binding.identities, modules: this.modules }),
    );
  }

  /** The leaves that these values fit into. */
  edits(of: readonly NamedLeaf[], names: Names, values: Values): LeafEdit[] {
    return of.flatMap(([name, leaf]) => {
      const value = values[name];
      if (value === undefined || !isOf(leaf.template, names)) return [];
      const written = writeLeafValue(leaf, grained(leaf, value));
      return 'fault' in written ? [] : [{ path: fillPath(leaf.template, names), value: written.text }];
    });
  }

  /** The leaves of configuration that a new device of these cells has. */
  initial(cells: readonly CellSpec[]): LeafEdit[] {
    const add = (entity: EntityClass, names: Names, values: Values): LeafEdit[] =>
      this.edits(
        this.leaves(entity).filter(([, leaf]) => leaf.config),
        names,
        values,
      );
    return [
      ...(Object.keys(newThings) as EntityClass[]).flatMap((entity) =>
        newThings[entity]!.flatMap(({ names, values }) => add(entity, names, values)),
      ),
      ...cells.flatMap(({ cell_id: id, tx_power, neighbours }) => {
        const own = namesOf(this.binding, 'cell', id);
        return [
          ...add('cell', own, { administrative_state: 'UNLOCKED', max_tx_power: tx_power / 10 }),
          ...newSlices.flatMap(({ names, values }) => add('slice', { ...own, ...names }, values)),
          ...neighbours.flatMap(({ cell_id, coverage }) =>
            add(
              'neighbour',
              { ...own, ...namesOf(this.binding, 'neighbour', cell_id) },
              { ho_allowed: coverage === 'FULL', individual_offset: 0, covered_by: coverage },
            ),
          ),
        ];
      }),
    ];
  }

  /** The entries that a configuration holds; those of state alone are in none. */
  entries(config: readonly XmlElement[]): readonly Entry[] {
    const found = new Map<string, Entry & { readonly texts: Map<string, string> }>();
    const { identities, list_keys, namespace } = this.binding;
    const data = resolveIdentities(nc('data', ...config), identities);
    for (const { path, after = '' } of diffConfig(nc('data'), data, list_keys, namespace))
      for (const { entity, name, match } of this.#readings) {
        const names = match(path);
        if (names === undefined) continue;
        const id = `${entity} ${JSON.stringify(names)}`;
        const entry = found.get(id) ?? { entity, names, texts: new Map() };
        found.set(id, entry);
        entry.texts.set(name, after);
      }
    return [...found.values()];
  }

  /** What entries say of a thing, in our units: a thing may lie in several lists. */
  valuesOf(entries: readonly Entry[], entity: EntityClass, names: Names): Values {
    const leaves = this.binding.classes[entity]?.leaves ?? {};
    const own = entries.filter(
      (one) =>
        one.entity === entity && Object.entries(one.names).every(([name, value]) => names[name] === value),
    );
    return Object.fromEntries(
      own.flatMap(({ texts }) =>
        [...texts].flatMap(([name, text]) => {
          const value = readLeafValue(leaves[name]!, text);
          return value === undefined ? [] : [[name, value] as const];
        }),
      ),
    );
  }

  /** True where the entries of a class have no keys, so that each is added by itself. */
  isKeyless(entity: EntityClass): boolean {
    const { entry } = this.binding.classes[entity] ?? {};
    return entry !== undefined && pathOf(entry).at(-1)!.keys.length === 0;
  }
}
