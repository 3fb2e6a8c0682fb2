import { readFileSync } from 'node:fs';
import {
  bindingFaults,
  bindings,
  compileBinding,
  moduleFaults,
  ownBinding,
  readBinding,
  yangSchema,
  type Binding,
} from '@interlock/network';
import type { DeviceSpec } from '../fleet.js';
import type { CellSpec } from '../ran/model.js';
import { boundModel } from './bound-model.js';
import { together, type Model } from './model.js';
import { ranModel } from './ran-model.js';

const ran = 'interlock-ran';

/** Returns a shipped binding by its name or its module's name, or the binding of a JSON file. */
const bindingOf = (name: string): Binding => {
  if (name.endsWith('.json')) {
    const read = readBinding(JSON.parse(readFileSync(name, 'utf8')));
    if ('file' in read) return compileBinding(read.file);
    throw new RangeError(
      `${name}: ${read.faults.map(({ pointer, detail }) => `${pointer} ${detail}`).join('; ')}`,
    );
  }
  const found = [...bindings.values()].find((one) => one.name === name || one.file.module === name);
  if (found !== undefined) return found;
  throw new RangeError(
    `model \`${name}\` is not known: it is a file of a binding, or one of ${[...bindings.keys()].join(', ')}`,
  );
};

const known = new Map<string, Model>();

/** The model of a binding, if the modules that the simulator makes of it agree with it. */
const servedModel = (name: string, binding: Binding): Model => {
  const model = boundModel(binding);
  const schema = yangSchema(model.modules.flatMap(({ text }) => text?.() ?? []));
  const [fault] = [...moduleFaults(binding.file, schema), ...bindingFaults(binding.file, schema.nodeAt)];
  if (fault === undefined) return model;
  throw new RangeError(
    `model \`${name}\` cannot be simulated: ${fault.pointer}: ${fault.detail} in the simulator's modules`,
  );
};

const modelOf = (name: string): Model => {
  const binding = bindingOf(name);
  const model = known.get(name) ?? (binding === ownBinding ? ranModel : servedModel(name, binding));
  known.set(name, model);
  return model;
};

/**
 * Returns the models of a device; the default is Interlock's own.
 * @throws RangeError for a model that is unknown or cannot be simulated
 */
export const modelsOf = ({ models = [ran] }: Pick<DeviceSpec, 'models'>): Model =>
  together(models.map(modelOf));

/** Gives a device other models. Its cells get ids in the form of these models. */
export const withModels = (spec: DeviceSpec, models: readonly string[]): DeviceSpec => {
  const form = models.map((name) => bindingOf(name).file.classes.cell?.id).find((one) => one !== undefined);
  const idOf = (cell: string): string =>
    form === undefined
      ? cell
      : form.replace(/\{(\w+)\}/g, (_, key: string) =>
          ['cell', 'cell_cu', 'carrier'].includes(key)
            ? cell
            : key === 'managed_element'
              ? spec.device_id
              : '1',
        );
  const cellOf = (cell: CellSpec): CellSpec => ({
    ...cell,
    cell_id: idOf(cell.cell_id),
    neighbours: cell.neighbours.map((one) => ({ ...one, cell_id: idOf(one.cell_id) })),
  });
  return { ...spec, models, cells: spec.cells.map(cellOf) };
};
