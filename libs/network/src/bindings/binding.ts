import { editXml, leafSteps, type LeafEdit } from '../leaf-path.js';

/** The classes of things that a binding can place in a model. */
export const entityClasses = [
  ...(['cell', 'neighbour', 'slice', 'interface', 'route', 'ipv6_route', 'queue'] as const),
  ...(['network_instance', 'alarm', 'shelf', 'counter'] as const),
] as const;
export type EntityClass = (typeof entityClasses)[number];

/** A value in Interlock's own form: a word, a number in Interlock's unit, or a truth value. */
export type LeafValue = string | number | boolean;

/** The place of one leaf in a model, and how its text translates to Interlock's value. */
export type LeafBinding = {
  /**
   * The path in the notation of RFC 7951, with templates for the keys, such as
   * `/ietf-interfaces:interfaces/interface[name={interface}]/enabled`.
   */
  readonly path: string;
  /** The YANG built-in type behind the leaf's type. */
  readonly type: string;
  /** False for state, which cannot be written. */
  readonly config: boolean;
  /** For numbers: the smallest and the largest value, in the leaf's own unit. */
  readonly range?: readonly [number, number];
  /**
   * For numbers: how many of the leaf's units make one of Interlock's, such as 10 for 0.1 dBm. The
   * default is 1.
   */
  readonly per_unit?: number;
  /** For numbers: the leaf is in mW, and Interlock's unit is dBm. */
  readonly logarithmic?: boolean;
  /** Interlock's unit, such as `dBm`. */
  readonly unit?: string;
  /** For enumerations and truth values: the model's word for each of Interlock's words. */
  readonly values?: { readonly [ours: string]: string };
  /** For text: the largest number of characters. */
  readonly max_length?: number;
  /**
   * For numbers: the licensed range of the carrier and the step in which it may be set, in
   * Interlock's unit.
   */
  readonly licence?: { readonly min: number; readonly max: number; readonly step: number };
  /**
   * A container around the leaf whose presence has a meaning of its own. The leaf is written only
   * if the device has this container already.
   */
  readonly presence?: string;
  /** The `when` and `must` expressions of the leaf, as written in the model. */
  readonly rules?: readonly string[];
  /** The `when` and `must` expressions of the nodes above the leaf. */
  readonly rules_above?: readonly string[];
  /**
   * What is read back after a change; every configuration leaf has it. `running` is the leaf
   * itself. Any other value names a state leaf of the same class, which must also show the written
   * value when the soak ends.
   */
  readonly read_back?: string;
};

/** One class of things in a model: its list entry, and its leaves by Interlock's names. */
type ClassBinding = {
  readonly entry: string;
  /** The feature that the class needs, such as `ietf-alarms:alarm-shelving`. */
  readonly feature?: string;
  /**
   * Entries that the device does not have are never created; only leaves of existing entries
   * change.
   */
  readonly existing?: boolean;
  /** For slices: no policy of the class carries a 5QI. Absent: the slices of a policy may. */
  readonly five_qis?: 'none';
  /**
   * The form of an id that contains several keys, such as `Element={element},Cell={cell}`. No key
   * contains `,` or `=`, and only the last may contain `/`. The id may have keys that its own entry
   * does not need, for leaves in neighbouring entries. Without a form, the whole id is the one name
   * of the class.
   */
  readonly id?: string;
  readonly leaves: { readonly [leaf: string]: LeafBinding };
};

/** A module of a model, at the revision that the binding was written for. */
type BoundModule = {
  readonly revision: string;
  readonly namespace: string;
  /** The other revisions in which every bound path is the same. */
  readonly compatible: readonly string[];
  /** The modules that change this one by deviations, and leave every bound path unchanged. */
  readonly deviations?: readonly string[];
};

/**
 * The evidence that a binding is right. `run`: the tests change a program that implements the
 * model. `reduced`: it was checked against a reduced module. `unverified`: nobody has checked it.
 */
type Evidence = { readonly status: 'run' | 'reduced' | 'unverified'; readonly by: string };

/** A binding file: one model at one revision. */
export type BindingFile = {
  readonly $schema?: string;
  /** The main module, through which every path runs. */
  readonly module: string;
  /** The main module, and those that augment it, by their names. */
  readonly modules: { readonly [module: string]: BoundModule };
  /** The keys of each list, by the list's name in the paths. */
  readonly lists: { readonly [list: string]: readonly string[] };
  /** Keys and leaves of type `identityref`, as `<module>:<name>`. */
  readonly identities?: readonly string[];
  readonly classes: { readonly [entity in EntityClass]?: ClassBinding };
  /** The KPIs of a cell by their names. */
  readonly kpis: { readonly [kpi: string]: LeafBinding };
  readonly evidence: Evidence;
};

/** A leaf with its path in the form of leaf paths, and the modules that the path runs through. */
export type CompiledLeaf = LeafBinding & {
  readonly template: string;
  readonly presence_template: string | null;
  readonly modules: readonly string[];
};

type CompiledClass = {
  readonly entry: string;
  readonly feature: string | null;
  readonly existing: boolean;
  readonly five_qis?: 'none';
  readonly id: RegExp | null;
  readonly leaves: { readonly [leaf: string]: CompiledLeaf };
};

/** A binding whose paths can be filled. */
export type Binding = {
  /** The binding's name, as `<module>@<revision>`. */
  readonly name: string;
  readonly file: BindingFile;
  /** The namespace of top-level elements whose leaf path names no namespace. */
  readonly namespace: string;
  /** The keys of each list, by `{namespace}name`. */
  readonly list_keys: { readonly [list: string]: readonly string[] };
  /** The leaves and keys whose text is the name of an identity, as `{namespace}name`. */
  readonly identities: ReadonlySet<string>;
  readonly classes: { readonly [entity in EntityClass]?: CompiledClass };
  readonly kpis: { readonly [kpi: string]: CompiledLeaf };
  /** The top-level elements that contain bound configuration; `state_roots` contain bound state. */
  readonly config_roots: readonly ModelRoot[];
  readonly state_roots: readonly ModelRoot[];
};
type ModelRoot = { readonly namespace: string; readonly name: string };

const stepPattern = /\/(?:([A-Za-z_][\w.-]*):)?([A-Za-z_][\w.-]*)((?:\[[A-Za-z_][\w.-]*=\{\w+\}\])*)/y;

type Step = { readonly module: string; readonly name: string; readonly keys: string };

/**
 * Returns the steps of a path template. Throws RangeError if the path is invalid or names no
 * module.
 */
export const stepsOf = (path: string): readonly Step[] => {
  const steps: Step[] = [];
  let module: string | undefined;
  let at = 0;
  while (at < path.length) {
    stepPattern.lastIndex = at;
    const match = stepPattern.exec(path);
    module = match?.[1] ?? module;
    if (match === null || module === undefined) throw new RangeError(`\`${path}\` is not a path of a model`);
    steps.push({ module, name: match[2]!, keys: match[3]! });
    at = stepPattern.lastIndex;
  }
  if (steps.length === 0) throw new RangeError('a path of a model is not empty');
  return steps;
};

/** Returns a template's path in the schema, without keys, in the form that `yanglint` takes. */
export const schemaPath = (path: string): string => {
  let module: string | undefined;
  return stepsOf(path)
    .map((step) => {
      const prefix = step.module === module ? '' : `${step.module}:`;
      module = step.module;
      return `/${prefix}${step.name}`;
    })
    .join('');
};

/** Returns the pattern of an id's form, whose named groups are the keys. */
const idPattern = (form: string): RegExp =>
  new RegExp(
    `^${form.replace(/\{(\w+)\}|[^\w]/gu, (text, key: string | undefined, at: number) =>
      key === undefined
        ? `\\u{${text.codePointAt(0)!.toString(16)}}`
        : `(?<${key}>${at + text.length === form.length ? '[^,=]+' : '[^,=/]+'})`,
    )}$`,
    'u',
  );

/** Returns `<module>@<revision>` for a file whose main module is among its modules. */
export const bindingName = ({ module, modules }: Pick<BindingFile, 'module' | 'modules'>): string =>
  `${module}@${modules[module]?.revision ?? ''}`;

/** Compiles a file whose shape is valid into a binding. Throws RangeError for an invalid path. */
export const compileBinding = (file: BindingFile): Binding => {
  const main = file.modules[file.module];
  if (main === undefined) throw new RangeError(`\`${file.module}\` is not among the modules`);
  const namespaceOf = (module: string): string => {
    const found = file.modules[module];
    if (found === undefined) throw new RangeError(`\`${module}\` is not among the modules`);
    return found.namespace;
  };
  const templateOf = (path: string): string => {
    let within = main.namespace;
    return stepsOf(path)
      .map(({ module, name, keys }) => {
        const own = namespaceOf(module);
        const text = own === within ? `/${name}${keys}` : `/{${own}}${name}${keys}`;
        within = own;
        return text;
      })
      .join('');
  };
  /** Returns an identity in the form of leaf values. */
  const identityOf = (leaf: LeafBinding, value: string): string => {
    const [module, name] = value.split(':') as [string, string];
    const namespace = namespaceOf(module);
    return namespace === namespaceOf(stepsOf(leaf.path).at(-1)!.module) ? name : `{${namespace}}${name}`;
  };
  const valuesOf = (leaf: LeafBinding): Pick<LeafBinding, 'values'> =>
    leaf.type !== 'identityref' || leaf.values === undefined
      ? {}
      : {
          values: Object.fromEntries(
            Object.entries(leaf.values).map(([ours, theirs]) => [ours, identityOf(leaf, theirs)]),
          ),
        };
  const leafOf = (leaf: LeafBinding): CompiledLeaf => ({
    ...leaf,
    ...valuesOf(leaf),
    template: templateOf(leaf.path),
    presence_template: leaf.presence === undefined ? null : templateOf(leaf.presence),
    modules: [...new Set(stepsOf(leaf.path).map(({ module }) => module))],
  });
  const leavesOf = (leaves: { readonly [leaf: string]: LeafBinding }): { [leaf: string]: CompiledLeaf } =>
    Object.fromEntries(Object.entries(leaves).map(([name, leaf]) => [name, leafOf(leaf)]));
  const all = [
    ...Object.values(file.classes).flatMap(({ leaves }) => Object.values(leaves)),
    ...Object.values(file.kpis),
  ];
  const rootsOf = (config: boolean): readonly ModelRoot[] => {
    const roots = new Map(
      all
        .filter((leaf) => leaf.config === config)
        .map(({ path }) => {
          const [{ module, name }] = stepsOf(path) as [Step];
          return [`${module}:${name}`, { namespace: namespaceOf(module), name }] as const;
        }),
    );
    return [...roots.values()];
  };
  return {
    name: bindingName(file),
    file,
    namespace: main.namespace,
    list_keys: Object.fromEntries(
      Object.entries(file.lists).map(([list, keys]) => {
        const [{ module, name }] = stepsOf(`/${list}`) as [Step];
        return [`{${namespaceOf(module)}}${name}`, keys];
      }),
    ),
    identities: new Set(
      (file.identities ?? []).map((one) => {
        const [{ module, name }] = stepsOf(`/${one}`) as [Step];
        return `{${namespaceOf(module)}}${name}`;
      }),
    ),
    classes: Object.fromEntries(
      Object.entries(file.classes).map(([entity, { entry, feature, existing, five_qis, id, leaves }]) => [
        entity,
        {
          entry: templateOf(entry),
          feature: feature ?? null,
          existing: existing === true,
          ...(five_qis === undefined ? {} : { five_qis }),
          id: id === undefined ? null : idPattern(id),
          leaves: leavesOf(leaves),
        },
      ]),
    ),
    kpis: leavesOf(file.kpis),
    config_roots: rootsOf(true),
    state_roots: rootsOf(false),
  };
};

/** Returns the content of `<config>` that makes these edits through a binding. */
export const bindingXml = ({ namespace, identities }: Binding, edits: readonly LeafEdit[]): string =>
  editXml(namespace, edits, identities);

/** Returns the leaf of a class; undefined if the binding does not place it. */
export const leafOf = (binding: Binding, entity: EntityClass, leaf: string): CompiledLeaf | undefined =>
  binding.classes[entity]?.leaves[leaf];

/** Returns the steps of a path without the values of its keys; undefined for another form. */
const shapeOf = (path: string): string | undefined => {
  const steps = leafSteps(path);
  return steps === undefined
    ? undefined
    : JSON.stringify(steps.map(({ namespace, name, keys }) => [namespace, name, keys.map(([key]) => key)]));
};

type PlacedLeaf = { readonly name: string; readonly leaf: CompiledLeaf };

/** The leaves of each binding by the shapes of their paths, because devices have many leaves. */
const placed = new WeakMap<Binding, ReadonlyMap<string, PlacedLeaf>>();

const placedIn = (binding: Binding): ReadonlyMap<string, PlacedLeaf> => {
  const known = placed.get(binding);
  if (known !== undefined) return known;
  const leaves = Object.entries(binding.classes).flatMap(([entity, one]) =>
    Object.entries(one.leaves).map(([name, leaf]) => ({ name: `${entity}.${name}`, leaf })),
  );
  // Of two leaves with one shape, the first counts.
  const made = new Map(
    leaves.reverse().map((one) => [shapeOf(one.leaf.template.replace(/\{\w+\}(?=\])/g, "''"))!, one]),
  );
  placed.set(binding, made);
  return made;
};

/** Returns the leaf of a binding that a path names; undefined if the binding does not place it. */
export const leafAt = (binding: Binding, path: string): PlacedLeaf | undefined => {
  const shape = shapeOf(path);
  return shape === undefined ? undefined : placedIn(binding).get(shape);
};

/**
 * Returns the names in a class's templates for an id, such as `{ cell: 'c1' }`. Empty if the id
 * does not fit the model.
 */
export const namesOf = (
  binding: Binding,
  entity: EntityClass,
  id: string,
): { readonly [name: string]: string } => {
  const pattern = binding.classes[entity]?.id ?? null;
  return pattern === null ? { [entity]: id } : { ...pattern.exec(id)?.groups };
};
