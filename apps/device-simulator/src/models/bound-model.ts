import {
  childElements,
  diffConfig,
  elementBuilder,
  NETCONF_NS,
  parseXml,
  type XmlElement,
} from '@interlock/netconf';
import {
  editXml,
  fillPath,
  namesOf,
  type Binding,
  type LeafBinding,
  type LeafEdit,
  type LeafValue,
} from '@interlock/network';
import { applyEdit } from '../device/edit.js';
import type { DeviceSpec } from '../fleet.js';
import type { CellKpis } from '../ran/kpis.js';
import type { CellConfig, CellSpec } from '../ran/model.js';
import { boundTree, schemaOf, wordsOf } from './bound-tree.js';
import { boundYang, featuresOf } from './bound-yang.js';
import type { Model } from './model.js';

const nc = elementBuilder(NETCONF_NS);

/** The interfaces of a device that has any. */
const interfaces = ['eth0', 'eth1'];

type Names = { readonly [name: string]: string };
type Entity = keyof Binding['classes'];
type Leaf = LeafBinding & { readonly template: string };

/** A value of ours as the leaf writes it. */
const written = (leaf: LeafBinding, value: LeafValue): string =>
  typeof value === 'number'
    ? String(
        Math.round((leaf.logarithmic === true ? 10 ** (value / 10) : value) * (leaf.per_unit ?? 1) * 100) /
          100,
      )
    : (leaf.values?.[String(value)] ?? String(value));

/** What a new device says of an interface and of a cell, by our names of leaves. */
const newInterface: { readonly [leaf: string]: LeafValue } = { enabled: true, mtu: 1500 };
const newCell = (cell: CellSpec): { readonly [leaf: string]: LeafValue } => ({
  administrative_state: 'UNLOCKED',
  max_tx_power: cell.tx_power / 10,
});

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
const isOf = (template: string, names: Names): boolean =>
  [...template.matchAll(/\{(\w+)\}/g)].every(([, name]) => names[name!] !== undefined);

/** A simulated device of the model that a binding describes, as far as the binding describes it. */
export const boundModel = (binding: Binding): Model => {
  const tree = boundTree(binding);
  const [schema, whole] = [schemaOf(tree, false), schemaOf(tree, true)];
  const keys = Object.fromEntries(
    Object.entries(binding.file.lists).map(([list, own]) => [list.replace(/^.*:/, ''), own]),
  );
  const elements = (edits: readonly LeafEdit[]): XmlElement[] =>
    childElements(parseXml(`<data>${editXml(binding.namespace, edits)}</data>`));
  const leaves = (entity: Entity): readonly (readonly [string, Leaf])[] =>
    Object.entries(binding.classes[entity]?.leaves ?? {});
  const edits = (
    of: readonly (readonly [string, Leaf])[],
    names: Names,
    values: { readonly [leaf: string]: LeafValue },
  ): LeafEdit[] =>
    of.flatMap(([name, leaf]) =>
      values[name] === undefined || !isOf(leaf.template, names)
        ? []
        : [{ path: fillPath(leaf.template, names), value: written(leaf, values[name]) }],
    );
  /** The leaves of a class by their entries: those of state are in no configuration. */
  const readings = new Map(
    (Object.keys(binding.classes) as Entity[]).map((entity) => [
      entity,
      leaves(entity).map(([name, leaf]) => ({ name, leaf, match: matcher(leaf.template) })),
    ]),
  );
  const entries = (
    config: readonly XmlElement[],
  ): readonly { readonly entity: Entity; readonly names: Names; readonly values: Map<string, string> }[] => {
    const found = new Map<string, { entity: Entity; names: Names; values: Map<string, string> }>();
    const all = diffConfig(nc('data'), nc('data', ...config), binding.list_keys, binding.namespace);
    for (const { path, after = '' } of all)
      for (const [entity, known] of readings)
        for (const { name, match } of known) {
          const names = match(path);
          if (names === undefined) continue;
          const id = `${entity} ${JSON.stringify(names)}`;
          const entry = found.get(id) ?? { entity, names, values: new Map() };
          found.set(id, entry);
          entry.values.set(name, after);
        }
    return [...found.values()];
  };
  const cellNames = (id: string): Names => namesOf(binding, 'cell', id);
  const locked = (values: ReadonlyMap<string, string>): boolean =>
    values.get('administrative_state') !==
    binding.classes.cell?.leaves['administrative_state']?.values?.['UNLOCKED'];
  const stateOf = (config: readonly XmlElement[], kpis: readonly CellKpis[]): LeafEdit[] => {
    const shown: LeafEdit[] = [];
    for (const { entity, names, values } of entries(config)) {
      const written = new Map(leaves(entity).flatMap(([name, leaf]) => [[leaf.read_back, name] as const]));
      for (const [name, leaf] of leaves(entity)) {
        if (leaf.config || !isOf(leaf.template, names)) continue;
        const applied = values.get(written.get(name) ?? '');
        const status = values.get('enabled') === 'false' ? 'DOWN' : 'UP';
        const value =
          name === 'oper_status' && wordsOf(leaf).includes(status)
            ? /^openconfig-/.test(binding.file.module)
              ? status
              : status.toLowerCase()
            : applied;
        if (value !== undefined) shown.push({ path: fillPath(leaf.template, names), value });
      }
    }
    for (const kpi of kpis) {
      const names = cellNames(kpi.cell_id);
      const measured: { readonly [name: string]: LeafValue } = { ...kpi };
      if (binding.classes.cell !== undefined)
        shown.push(
          ...edits(leaves('cell'), names, { operational_state: kpi.operational_state }),
          ...edits(Object.entries(binding.kpis), names, measured),
        );
      if (kpi.drop_rate_pct > 5)
        shown.push(
          ...edits(
            leaves('alarm'),
            {
              ...names,
              ...{ resource: kpi.cell_id, alarm_type: 'calls-dropped', qualifier: 'simulated' },
              ...{ alarm_list: '1', alarm: `calls-dropped ${kpi.cell_id}` },
            },
            { resource: kpi.cell_id, severity: 'major', is_cleared: false, text: 'The cell drops calls.' },
          ),
        );
    }
    return shown;
  };
  const initial = ({ cells }: DeviceSpec): XmlElement[] =>
    elements([
      ...interfaces.flatMap((name) =>
        edits(
          leaves('interface').filter(([, leaf]) => leaf.config),
          { interface: name },
          newInterface,
        ),
      ),
      ...cells.flatMap((cell) => [
        ...edits(
          leaves('cell').filter(([, leaf]) => leaf.config),
          cellNames(cell.cell_id),
          newCell(cell),
        ),
        ...cell.neighbours.flatMap(({ cell_id, coverage }) =>
          edits(
            leaves('neighbour').filter(([, leaf]) => leaf.config),
            { ...cellNames(cell.cell_id), ...namesOf(binding, 'neighbour', cell_id) },
            { ho_allowed: coverage === 'FULL', individual_offset: 0 },
          ),
        ),
      ]),
    ]);
  /** Handover is as the radio plan says where the model has no relations. */
  const cells = (config: readonly XmlElement[], spec: DeviceSpec): Record<string, CellConfig> => {
    if (binding.classes.cell === undefined) return {};
    const found = entries(config).filter(
      ({ entity, values }) => entity === 'cell' && values.has('administrative_state'),
    );
    const valuesOf = (id: string): ReadonlyMap<string, string> => {
      const own = cellNames(id);
      const isIt = ({ names }: { readonly names: Names }): boolean =>
        Object.entries(names).every(([name, value]) => own[name] === value);
      return found.find(isIt)?.values ?? new Map<string, string>();
    };
    return Object.fromEntries(
      spec.cells.map((cell) => [
        cell.cell_id,
        {
          locked: locked(valuesOf(cell.cell_id)),
          tx_power: cell.tx_power,
          relations: Object.fromEntries(
            cell.neighbours.map(({ cell_id, coverage }) => [
              cell_id,
              { ho_allowed: coverage === 'FULL', offset_db: 0 },
            ]),
          ),
          admitted: 1,
        },
      ]),
    );
  };
  return {
    modules: Object.entries(binding.file.modules).map(([name, { revision, namespace }]) => ({
      name,
      revision,
      namespace,
      features: featuresOf(binding, name),
      text: () => boundYang(binding, tree, name),
    })),
    schema,
    keys,
    initial,
    cells,
    shown: (running, kpis) => {
      const state = elements(stateOf(running, kpis));
      const mine = new Set(tree.map(({ name, namespace }) => `{${namespace}}${name}`));
      const isMine = ({ name, namespace }: XmlElement): boolean => mine.has(`{${namespace}}${name}`);
      return [
        ...running.filter((one) => !isMine(one)),
        ...applyEdit(running.filter(isMine), state, whole, 'merge'),
      ];
    },
  };
};
