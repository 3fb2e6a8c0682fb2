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
  /** Returns the module's text; undefined if the device does not serve the text. */
  readonly text?: () => string;
};

/** A device's behaviour under one YANG model: the data that it stores, accepts and shows. */
export type Model = {
  readonly modules: readonly Module[];
  /** The configuration that can be edited. */
  readonly schema: readonly SchemaNode[];
  /** The keys of lists, by local name. */
  readonly keys: ListKeys;
  /** `{namespace}name` of the leaves and keys whose text is the name of an identity. */
  readonly identities: ReadonlySet<string>;
  /** Returns the configuration of a new device. */
  readonly initial: (spec: DeviceSpec) => readonly XmlElement[];
  /** The cells that a configuration holds; absent in a model that has none. */
  readonly cells?: (config: readonly XmlElement[], spec: DeviceSpec) => Readonly<Record<string, CellConfig>>;
  /** Returns a running configuration together with the model's state. */
  readonly shown: (
    running: readonly XmlElement[],
    kpis: readonly CellKpis[],
    spec: DeviceSpec,
  ) => readonly XmlElement[];
};

/** Combines several models on one device. A module that two of them name counts once. */
export const together = (models: readonly Model[]): Model => {
  const [only] = models;
  if (only !== undefined && models.length === 1) return only;
  const withCells = models.flatMap(({ cells }) => cells ?? []);
  const modules = new Map(models.flatMap((one) => one.modules).map((module) => [module.name, module]));
  return {
    modules: [...modules.values()],
    schema: models.flatMap((one) => one.schema),
    keys: Object.assign({}, ...models.map((one) => one.keys)) as ListKeys,
    identities: new Set(models.flatMap((one) => [...one.identities])),
    initial: (spec) => models.flatMap((one) => one.initial(spec)),
    ...(withCells.length === 0
      ? {}
      : {
          cells: (config, spec) =>
            Object.assign({}, ...withCells.map((one) => one(config, spec))) as Record<string, CellConfig>,
        }),
    shown: (running, kpis, spec) =>
      models.reduce<readonly XmlElement[]>((data, one) => one.shown(data, kpis, spec), running),
  };
};
