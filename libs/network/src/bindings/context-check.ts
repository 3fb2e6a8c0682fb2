import type { Violation } from '@interlock/contracts';
import type { SchemaContext, YangSchema } from '../yang/yang-schema.js';
import { schemaPath, stepsOf, type BindingFile, type LeafBinding } from './binding.js';

type Placed = {
  readonly pointer: string;
  readonly leaf: LeafBinding;
  /** The feature that the class of the leaf names. */
  readonly feature: string | undefined;
};

const leavesOf = ({ classes, kpis }: BindingFile): readonly Placed[] => [
  ...Object.entries(classes).flatMap(([entity, { leaves, feature }]) =>
    Object.entries(leaves).map(([name, leaf]) => ({
      pointer: `/classes/${entity}/leaves/${name}`,
      leaf,
      feature,
    })),
  ),
  ...Object.entries(kpis).map(([kpi, leaf]) => ({ pointer: `/kpis/${kpi}`, leaf, feature: undefined })),
];

/** Returns the schema paths of the keys on the way to a leaf. */
const keyPaths = (path: string): readonly string[] => {
  const steps = path.match(/\/[^/[]+(?:\[[^\]]*\])*/g) ?? [];
  return steps.flatMap((step, i) =>
    [...step.matchAll(/\[([\w.-]+)=/g)].map(
      ([, key]) => `${schemaPath(steps.slice(0, i + 1).join(''))}/${key!}`,
    ),
  );
};

/** Returns `<module>:<name>` of the last step of a path. */
const nameOf = (path: string): string => {
  const { module, name } = stepsOf(path).at(-1)!;
  return `${module}:${name}`;
};

const sorted = (rules: readonly string[]): string => [...new Set(rules)].sort().join('\n');

const leafFaults = (
  { pointer, leaf, feature }: Placed,
  { features, rules_above: above, identities }: SchemaContext,
): readonly Violation[] => {
  const unnamed = [...new Set(features)].filter((one) => one !== feature);
  const unknown =
    leaf.type === 'identityref'
      ? Object.values(leaf.values ?? {}).filter((value) => !identities.includes(value))
      : [];
  return [
    ...(unnamed.length === 0
      ? []
      : [
          {
            pointer,
            detail: `the leaf exists only with ${unnamed.map((one) => `\`${one}\``).join(', ')}, which the class does not name as its feature`,
          },
        ]),
    ...(sorted(above) === sorted(leaf.rules_above ?? [])
      ? []
      : [
          {
            pointer: `${pointer}/rules_above`,
            detail: `the nodes above have the rules ${JSON.stringify([...new Set(above)])}`,
          },
        ]),
    ...unknown.map((value) => ({
      pointer: `${pointer}/values`,
      detail: `\`${value}\` is not an identity that the leaf takes`,
    })),
  ];
};

/**
 * Returns every respect in which a binding differs from the model around its leaves: features,
 * rules of the nodes above, and identities. Only Interlock's own YANG parser provides these.
 */
export const contextFaults = (file: BindingFile, schema: YangSchema): readonly Violation[] => {
  const faults: Violation[] = [];
  const named = new Set(file.identities);
  const needed = new Set<string>();
  for (const placed of leavesOf(file)) {
    const path = schemaPath(placed.leaf.path);
    const context = schema.contextAt(path);
    // An unknown path is reported as a fault of its own.
    if (context === null) continue;
    faults.push(...leafFaults(placed, context));
    for (const one of [...keyPaths(placed.leaf.path), path])
      if (schema.nodeAt(one)?.type === 'identityref') needed.add(nameOf(one));
  }
  for (const name of needed)
    if (!named.has(name))
      faults.push({ pointer: '/identities', detail: `\`${name}\` is of type \`identityref\`` });
  for (const name of named)
    if (!needed.has(name))
      faults.push({ pointer: '/identities', detail: `\`${name}\` is not a bound leaf or key of that type` });
  return faults;
};

/** A `when` or `must` of a writable leaf, which only the device can check. */
export type UncheckedRule = { readonly leaf: string; readonly rule: string };

/**
 * Returns the rules that Interlock does not check before it sends an edit. The device refuses an
 * edit that breaks one of them.
 */
export const rulesNotChecked = ({ classes }: Pick<BindingFile, 'classes'>): readonly UncheckedRule[] =>
  Object.entries(classes).flatMap(([entity, { leaves }]) =>
    Object.entries(leaves).flatMap(([name, { config, rules = [], rules_above = [] }]) =>
      config ? [...rules, ...rules_above].map((rule) => ({ leaf: `${entity}.${name}`, rule })) : [],
    ),
  );
