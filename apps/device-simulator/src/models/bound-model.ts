import type { XmlElement } from '@interlock/netconf';
import { fillPath, namesOf, type Binding, type LeafEdit } from '@interlock/network';
import { applyEdit } from '../device/edit.js';
import { plannedCell } from '../cells.js';
import type { CellKpis } from '../ran/kpis.js';
import type { CellConfig, CellSpec } from '../ran/model.js';
import { boundTree, schemaOf } from './bound-tree.js';
import { BoundThings, isOf, type Entry } from './bound-things.js';
import { boundYang, featuresOf } from './bound-yang.js';
import type { Model, Module } from './model.js';
import { alarmType } from './new-device.js';

/** A cell that drops more calls than this raises an alarm. */
const alarmingDropRate = 5;

/** What the entries of a configuration show as state: what is applied, and whether they work. */
const appliedState = (things: BoundThings, config: readonly XmlElement[]): LeafEdit[] =>
  things.entries(config).flatMap(({ entity, names, texts }) => {
    const leaves = things.leaves(entity);
    const written = new Map(leaves.flatMap(([name, leaf]) => [[leaf.read_back, name] as const]));
    const shown = leaves.filter(([, leaf]) => !leaf.config && isOf(leaf.template, names));
    const { enabled } = things.valuesOf([{ entity, names, texts }], entity, names);
    return shown.flatMap(([name, leaf]) => {
      if (name === 'oper_status')
        return things.edits([[name, leaf]], names, { [name]: enabled === false ? 'DOWN' : 'UP' });
      const value = texts.get(written.get(name) ?? '');
      return value === undefined ? [] : [{ path: fillPath(leaf.template, names), value }];
    });
  });

/** What is measured of each cell. */
const measuredState = (things: BoundThings, kpis: readonly CellKpis[]): LeafEdit[] =>
  things.binding.classes.cell === undefined
    ? []
    : kpis.flatMap((kpi) => {
        const names = namesOf(things.binding, 'cell', kpi.cell_id);
        return [
          ...things.edits(things.leaves('cell'), names, { operational_state: kpi.operational_state }),
          ...things.edits(Object.entries(things.binding.kpis), names, { ...kpi }),
        ];
      });

/** The alarms of the cells that drop calls. */
const alarmsOf = (things: BoundThings, kpis: readonly CellKpis[]): readonly (readonly LeafEdit[])[] =>
  kpis
    .filter(({ drop_rate_pct }) => drop_rate_pct > alarmingDropRate)
    .map(({ cell_id }, i) =>
      things.edits(
        things.leaves('alarm'),
        {
          ...namesOf(things.binding, 'cell', cell_id),
          ...{ resource: cell_id, alarm_type: alarmType, qualifier: 'simulated' },
          ...{ alarm_list: '1', alarm: `${alarmType} ${cell_id}` },
        },
        {
          ...{ id: i + 1, resource: cell_id, severity: 'major' },
          ...{ is_cleared: false, text: 'The cell drops calls.' },
        },
      ),
    );

/** A cell as the configuration has it; the radio plan says what the model does not. */
const cellOf = (
  things: BoundThings,
  entries: readonly Entry[],
  { cell_id: id, tx_power, neighbours }: CellSpec,
): CellConfig => {
  const own = namesOf(things.binding, 'cell', id);
  const cell = things.valuesOf(entries, 'cell', own);
  const planned = plannedCell({ tx_power, neighbours });
  const relations = neighbours.map(({ cell_id }) => {
    const names = { ...own, ...namesOf(things.binding, 'neighbour', cell_id) };
    const { ho_allowed, individual_offset } = things.valuesOf(entries, 'neighbour', names);
    const { ho_allowed: plannedHandover } = planned.relations[cell_id]!;
    const allowed = ho_allowed === undefined ? plannedHandover : ho_allowed === true;
    return [cell_id, { ho_allowed: allowed, offset_db: Number(individual_offset ?? 0) }] as const;
  });
  return {
    locked: cell['administrative_state'] !== 'UNLOCKED',
    tx_power: typeof cell['max_tx_power'] === 'number' ? cell['max_tx_power'] * 10 : tx_power,
    relations: Object.fromEntries(relations),
    admitted: 1,
  };
};

/**
 * Returns a simulated device of the model that a binding describes, with the leaves that the
 * binding names.
 */
export const boundModel = (binding: Binding): Model => {
  const tree = boundTree(binding);
  const [schema, whole] = [schemaOf(binding, tree, false), schemaOf(binding, tree, true)];
  const modules = Object.entries(binding.file.modules).map(([name, { revision, namespace }]): Module => ({
    name,
    revision,
    namespace,
    features: featuresOf(binding, name),
    text: () => boundYang(binding, tree, name),
  }));
  const things = new BoundThings(binding, modules);
  const mine = new Set(tree.map(({ id }) => id));
  const isMine = ({ name, namespace }: XmlElement): boolean => mine.has(`{${namespace}}${name}`);
  /** Parsed results by configuration. A datastore is replaced, never changed. */
  const known = new WeakMap<readonly XmlElement[], Readonly<Record<string, CellConfig>>>();
  const cells: Model['cells'] = (config, spec) => {
    const entries = known.has(config) ? [] : things.entries(config);
    const read =
      known.get(config) ??
      Object.fromEntries(spec.cells.map((cell) => [cell.cell_id, cellOf(things, entries, cell)]));
    known.set(config, read);
    return read;
  };
  return {
    modules,
    schema,
    keys: Object.fromEntries(
      Object.entries(binding.file.lists).map(([list, own]) => [list.replace(/^.*:/, ''), own]),
    ),
    identities: binding.identities,
    initial: ({ cells }) => things.elements(things.initial(cells)),
    ...(binding.classes.cell === undefined ? {} : { cells }),
    shown: (running, kpis) => {
      const alarms = alarmsOf(things, kpis);
      const state = [...appliedState(things, running), ...measuredState(things, kpis)];
      const groups = things.isKeyless('alarm') ? [state, ...alarms] : [[...state, ...alarms.flat()]];
      return [
        ...running.filter((one) => !isMine(one)),
        ...groups.reduce<readonly XmlElement[]>(
          (data, edits) => applyEdit(data, things.elements(edits), whole, 'merge'),
          running.filter(isMine),
        ),
      ];
    },
  };
};
