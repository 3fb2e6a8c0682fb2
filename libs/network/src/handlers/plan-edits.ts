import type { LeafChange, Reason } from '@interlock/contracts';
import { contentHash } from '@interlock/kernel';
import { bindingXml, leafOf, type EntityClass, type LeafValue } from '../bindings/binding.js';
import type { BoundModel } from '../bindings/fit.js';
import { readLeafValue, writeLeafValue } from '../bindings/leaf-value.js';
import { fillPath, leavesUnder, type LeafEdit, type Leaves } from '../leaf-path.js';
import type { ChangePlan } from './handler.js';

/** The names of list entries by the templates' placeholders, such as `{ cell: 'c1' }`. */
export type Names = { readonly [name: string]: string };

/** A value that an action wants a leaf to have, in Interlock's unit. */
export type Effect = {
  readonly entity: EntityClass;
  readonly leaf: string;
  readonly names: Names;
  readonly value: LeafValue;
};

/**
 * Returns the device's value of a leaf, in Interlock's unit; undefined if it has no valid value.
 */
export const valueOf = (
  { binding }: BoundModel,
  running: Leaves,
  { entity, leaf, names }: Omit<Effect, 'value'>,
): LeafValue | undefined => {
  const at = leafOf(binding, entity, leaf);
  return at === undefined ? undefined : readLeafValue(at, running[fillPath(at.template, names)]);
};

const hasLeaves = (running: Leaves, path: string): boolean =>
  Object.keys(leavesUnder(running, [path])).length > 0;

/**
 * Returns the edits that give leaves their values. A leaf gives a violation if the binding does not
 * place it or the device does not let it be changed. So does one that does not accept the value, or
 * whose container is missing.
 */
export const editsOf = (
  { binding, leaves }: BoundModel,
  running: Leaves,
  effects: readonly Effect[],
): { readonly edits: readonly LeafEdit[]; readonly violations: readonly Reason[] } => {
  const edits: LeafEdit[] = [];
  const violations: Reason[] = [];
  const refuse = (code: string, leaf: string, detail: string): void => {
    violations.push({ code, detail, leaf, binding: binding.name });
  };
  for (const { entity, leaf, names, value } of effects) {
    const name = `${entity}.${leaf}`;
    const at = leafOf(binding, entity, leaf);
    const known = leaves.get(name);
    if (at === undefined || known === undefined) {
      refuse('leaf-not-bound', name, `the binding \`${binding.name}\` does not place \`${name}\``);
    } else if (known.access !== 'change') {
      refuse('binding-unfit', name, `\`${name}\` cannot be changed on this device: ${known.why ?? ''}`);
    } else {
      const written = writeLeafValue(at, value);
      const path = fillPath(at.template, names);
      const within = at.presence_template === null ? null : fillPath(at.presence_template, names);
      const entry = fillPath(binding.classes[entity]!.entry, names);
      if ('fault' in written) refuse('value-unfit', name, `\`${path}\`: ${written.fault}`);
      else if (binding.classes[entity]!.existing && !hasLeaves(running, entry))
        refuse('entry-absent', name, `the device has no \`${entry}\``);
      else if (within !== null && !hasLeaves(running, within))
        refuse('container-absent', name, `the device has no \`${within}\`, and it is not made for a leaf`);
      else edits.push({ path, value: written.text });
    }
  }
  return { edits, violations };
};

/** Returns the list entry of a thing, which a change's pre-image keeps whole. */
export const entryOf = ({ binding }: BoundModel, entity: EntityClass, names: Names): string =>
  fillPath(binding.classes[entity]?.entry ?? '', names);

type Planned = Pick<ChangePlan, 'device_id' | 'site_id' | 'neighbours' | 'entries'>;

/** Returns a refused plan, which has nothing to send. */
export const refusedPlan = (at: Planned, violations: readonly Reason[]): ChangePlan => {
  const empty = contentHash([]);
  return {
    ...at,
    violations,
    changes: [],
    edit_xml: '',
    inverse_xml: '',
    diff_hash: empty,
    leaves_fingerprint: empty,
    plan_hash: contentHash({ violations }),
  };
};

/**
 * Returns the plan that makes these edits on the device's current leaves. It writes only leaves
 * that differ.
 */
export const planOfEdits = (
  at: Planned,
  { binding }: BoundModel,
  profile: string,
  running: Leaves,
  edits: readonly LeafEdit[],
): ChangePlan => {
  const changes = edits
    .filter((edit) => running[edit.path] !== edit.value)
    .map(({ path, value }): LeafChange => ({ path, before: running[path] ?? null, after: value }));
  const edit_xml = bindingXml(
    binding,
    changes.map(({ path, after }) => ({ path, value: after })),
  );
  const diff_hash = contentHash(changes);
  const leaves_fingerprint = contentHash(changes.map(({ path, before }) => ({ path, before })));
  return {
    ...at,
    violations: [],
    changes,
    edit_xml,
    inverse_xml: bindingXml(
      binding,
      changes.map(({ path, before }) => ({ path, value: before })).toReversed(),
    ),
    diff_hash,
    leaves_fingerprint,
    plan_hash: contentHash({
      device_id: at.device_id,
      profile,
      edit_xml,
      diff_hash,
      leaves_fingerprint,
    }),
  };
};
