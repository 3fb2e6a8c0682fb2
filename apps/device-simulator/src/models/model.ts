import type { ListKeys, XmlElement } from '@interlock/netconf';
import type { DeviceSpec } from '../fleet.js';
import type { SchemaNode } from '../device/schema.js';
import type { CellKpis } from '../ran/kpis.js';
import type { CellConfig } from '../ran/model.js';

/** A YANG module that a device has. */
export type Module = {
  readonly name: string;
  readonly revision: string;
  readonly namespace: string;
  readonly features?: readonly string[];
  /** Its text; undefined for a module that the device serves no text of. */
  readonly text?: () => string;
};

/** What a device is by one YANG model: what it holds, accepts and shows. */
export type Model = {
  readonly modules: readonly Module[];
  /** The configuration that can be edited. */
  readonly schema: readonly SchemaNode[];
  /** Keys of lists, by local name. */
  readonly keys: ListKeys;
  /** The configuration of a new device. */
  readonly initial: (spec: DeviceSpec) => readonly XmlElement[];
  /** The cells that a configuration holds. */
  readonly cells: (config: readonly XmlElement[], spec: DeviceSpec) => Readonly<Record<string, CellConfig>>;
  /** A running configuration together with the model's state. */
  readonly shown: (
    running: readonly XmlElement[],
    kpis: readonly CellKpis[],
    spec: DeviceSpec,
  ) => readonly XmlElement[];
};

/** Several models on one device. Modules that two of them name count once. */
export const together = (models: readonly Model[]): Model => {
  const [only] = models;
  if (only !== undefined && models.length === 1) return only;
  const modules = new Map(models.flatMap((one) => one.modules).map((module) => [module.name, module]));
  return {
    modules: [...modules.values()],
    schema: models.flatMap((one) => one.schema),
    keys: Object.assign({}, ...models.map((one) => one.keys)) as ListKeys,
    initial: (spec) => models.flatMap((one) => one.initial(spec)),
    cells: (config, spec) =>
      Object.assign({}, ...models.map((one) => one.cells(config, spec))) as Record<string, CellConfig>,
    shown: (running, kpis, spec) =>
      models.reduce<readonly XmlElement[]>((data, one) => one.shown(data, kpis, spec), running),
  };
};
