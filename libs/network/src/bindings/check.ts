import type { Violation } from '@interlock/contracts';
import type { YangSchema } from '../yang/yang-schema.js';
import { schemaPath, type BindingFile, type LeafBinding } from './binding.js';
import { isNumeric, outerRange, widestRange } from './leaf-value.js';

/** The properties of a schema node on which a binding depends. */
export type SchemaNode = {
  readonly kind: string;
  readonly config: boolean;
  /** For leaves: the built-in type. */
  readonly type: string | null;
  readonly range: readonly [number, number] | null;
  readonly enums: readonly string[];
  /** For leafrefs: the built-in type of the leaf that they point to; null if there is none. */
  readonly target: string | null;
  /** For containers: whether its presence has a meaning of its own. */
  readonly presence: boolean;
  /** For lists: the names of the keys, joined. */
  readonly keys: string | null;
  /** The `when` and `must` expressions. */
  readonly rules: readonly string[];
};

const unquoted = (text: string): string => text.replace(/\\(["\\])/g, '$1');
const one = (text: string, pattern: RegExp): string | null => pattern.exec(text)?.[1] ?? null;

/** Reads a node from the output of `yanglint -f info -q -P PATH`; null if it prints none. */
export const parseSchemaNode = (text: string): SchemaNode | null => {
  const kind = one(text, /^(\S+) \S+ \{/m);
  if (kind === null) return null;
  const range = one(text, /^ {4}range "([^"]*)";/m);
  const rules = [...text.matchAll(/^ {2}(?:when|must) "((?:[^"\\]|\\.)*)"/gm)];
  return {
    kind,
    config: one(text, /^ {2}config (\w+);/m) === 'true',
    type: one(text, /^ {2}type ([\w-]+)[ ;]/m),
    range: range === null ? null : outerRange(range, null),
    target: /^ {2}type leafref /m.test(text) ? one(text, /^ {4}type ([\w-]+)[ ;]/m) : null,
    enums: [...text.matchAll(/^ {4}enum "([^"]*)"/gm)].map(([, name]) => name!),
    presence: /^ {2}presence "/m.test(text),
    keys:
      one(text, /^ {2}key "([^"]*)";/m)
        ?.replace(/[\s,]+/g, ' ')
        .trim() ?? null,
    rules: rules.map(([, rule]) => unquoted(rule!)),
  };
};

/** Returns the templates of a path's list entries and containers, outermost first. */
const ancestorsOf = (path: string): readonly string[] => {
  const steps = path.match(/\/[^/[]+(?:\[[^\]]*\])*/g) ?? [];
  return steps.slice(0, -1).map((_, i) => steps.slice(0, i + 1).join(''));
};

/** Returns every schema path that the check of a binding looks at. */
export const boundPaths = (file: BindingFile): readonly string[] => {
  const classes = Object.values(file.classes);
  const leaves = [...classes.flatMap((one) => Object.values(one.leaves)), ...Object.values(file.kpis)];
  const paths = [
    ...classes.map(({ entry }) => entry),
    ...leaves.flatMap(({ path, presence }) => [path, ...(presence === undefined ? [] : [presence])]),
  ];
  return [...new Set(paths.flatMap((path) => [...ancestorsOf(path), path]).map(schemaPath))];
};

/** Returns every module of a binding whose YANG text is missing or differs from the binding. */
export const moduleFaults = (file: BindingFile, schema: YangSchema): readonly Violation[] => [
  ...Object.entries(file.modules).flatMap(([name, { revision, namespace, deviations = [] }]) => {
    const pointer = `/modules/${name}`;
    const found = schema.modules.find((one) => one.name === name);
    if (found === undefined) return [{ pointer, detail: 'its YANG is missing' }];
    return [
      ...deviations.flatMap((other) =>
        schema.modules.some((one) => one.name === other)
          ? []
          : [{ pointer: `${pointer}/deviations`, detail: `the YANG of \`${other}\` is missing` }],
      ),
      ...(found.revision === revision
        ? []
        : [{ pointer: `${pointer}/revision`, detail: `the YANG is of \`${found.revision ?? 'none'}\`` }]),
      ...(found.namespace === namespace
        ? []
        : [{ pointer: `${pointer}/namespace`, detail: `the YANG has \`${found.namespace}\`` }]),
    ];
  }),
  ...schema.missing.map((name) => ({
    pointer: '/yang',
    detail: `\`${name}\`, which a module imports or includes, is missing`,
  })),
];

/**
 * Returns every respect in which a binding differs from the model. `nodeAt` returns the node at a
 * schema path, or null if the model has none.
 */
export const bindingFaults = (
  file: BindingFile,
  nodeAt: (path: string) => SchemaNode | null,
): readonly Violation[] => {
  const faults: Violation[] = [];
  const seen = new Map<string, SchemaNode | null>();
  const at = (path: string): SchemaNode | null => {
    const schema = schemaPath(path);
    const known = seen.get(schema);
    if (known !== undefined) return known;
    const node = nodeAt(schema);
    seen.set(schema, node);
    return node;
  };
  const refuse = (pointer: string, detail: string): void => {
    faults.push({ pointer, detail });
  };
  const checkAbove = (path: string, presence: string | undefined, pointer: string): void => {
    for (const above of ancestorsOf(path)) {
      const node = at(above);
      const keys = [...(/(?:\[[^\]]*\])+$/.exec(above)?.[0] ?? '').matchAll(/\[([\w.-]+)=/g)].map(
        ([, key]) => key!,
      );
      if (node?.kind === 'list') {
        if ((node.keys ?? '').replaceAll(' ', '') !== keys.join(''))
          refuse(pointer, `\`${schemaPath(above)}\` has the keys \`${node.keys ?? ''}\``);
        const name = schemaPath(above).split('/').at(-1)!.replace(/^.*:/, '');
        if (
          keys.length > 0 &&
          !Object.entries(file.lists).some(
            ([list, own]) => list.endsWith(`:${name}`) && own.join() === keys.join(),
          )
        )
          refuse('/lists', `the keys of \`${name}\` are missing or differ`);
      } else if (keys.length > 0) refuse(pointer, `\`${schemaPath(above)}\` is not a list`);
      if (node?.presence === true && above !== presence)
        refuse(pointer, `\`${schemaPath(above)}\` means something by its presence, and is not named so`);
    }
    if (presence !== undefined && at(presence)?.presence !== true)
      refuse(`${pointer}/presence`, `\`${presence}\` is not a container with presence`);
  };
  const checkLeaf = (leaf: LeafBinding, pointer: string): void => {
    const node = at(leaf.path);
    if (node?.kind !== 'leaf' && node?.kind !== 'leaf-list')
      return refuse(`${pointer}/path`, `the model has no leaf \`${leaf.path}\``);
    checkAbove(leaf.path, leaf.presence, pointer);
    if (node.type !== leaf.type) refuse(`${pointer}/type`, `the leaf is a \`${node.type ?? ''}\``);
    if (node.type === 'leafref' && node.target === null)
      refuse(`${pointer}/path`, 'the leaf refers to a leaf that the model does not have');
    if (node.config !== leaf.config)
      refuse(`${pointer}/config`, `the leaf is ${node.config ? 'configuration' : 'state'}`);
    for (const theirs of leaf.type === 'enumeration' ? Object.values(leaf.values ?? {}) : [])
      if (!node.enums.includes(theirs)) refuse(`${pointer}/values`, `the leaf has no value \`${theirs}\``);
    const [min, max] = node.range ?? widestRange(leaf.type) ?? [-Infinity, Infinity];
    if (leaf.config && isNumeric(leaf.type)) {
      if (leaf.range === undefined) refuse(`${pointer}/range`, 'a number that is written has a range');
      else if (leaf.range[0] < min || leaf.range[1] > max)
        refuse(`${pointer}/range`, `the leaf takes ${min} to ${max}`);
    }
    if ([...node.rules].sort().join('\n') !== [...(leaf.rules ?? [])].sort().join('\n'))
      refuse(`${pointer}/rules`, `the leaf has the rules ${JSON.stringify(node.rules)}`);
  };
  for (const [entity, { entry, leaves }] of Object.entries(file.classes)) {
    if (at(entry)?.kind !== 'list') refuse(`/classes/${entity}/entry`, `the model has no list \`${entry}\``);
    for (const [name, leaf] of Object.entries(leaves)) checkLeaf(leaf, `/classes/${entity}/leaves/${name}`);
  }
  for (const [kpi, leaf] of Object.entries(file.kpis)) checkLeaf(leaf, `/kpis/${kpi}`);
  return faults;
};
