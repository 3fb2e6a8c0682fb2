import type { LeafChange, Reason } from '@interlock/contracts';
import { cutText } from '@interlock/kernel';
import { fillPath, parseLeafPath, type Leaves } from '../leaf-path.js';
import { leafAt, type Binding, type CompiledLeaf, type EntityClass } from './binding.js';
import { readLeafValue } from './leaf-value.js';

/** The most characters of the device's value that a reason quotes. */
const longestShown = 256;

/** Returns the names with which a template was filled to make a path. */
const namesIn = (template: string, path: string): { readonly [name: string]: string } => {
  const filled = parseLeafPath(path).flatMap(({ keys }) => keys);
  const empty = parseLeafPath(template.replace(/\{\w+\}(?=\])/g, "'$&'")).flatMap(({ keys }) => keys);
  return Object.fromEntries(empty.map(([, name], i) => [name.slice(1, -1), filled[i]![1]]));
};

type Shown = {
  readonly change: LeafChange;
  readonly written: CompiledLeaf;
  readonly state: CompiledLeaf;
  readonly path: string;
};

/** Returns the state leaves that must show the written values. */
const shownBy = (binding: Binding, changes: readonly LeafChange[]): readonly Shown[] =>
  changes.flatMap((change): readonly Shown[] => {
    const placed = leafAt(binding, change.path);
    const name = placed?.leaf.read_back ?? 'running';
    if (placed === undefined || name === 'running' || change.after === null) return [];
    const [entity] = placed.name.split('.') as [EntityClass];
    const state = binding.classes[entity]!.leaves[name]!;
    const path = fillPath(state.template, namesIn(placed.leaf.template, change.path));
    return [{ change, written: placed.leaf, state, path }];
  });

/** True if the binding requires state to be read back after these changes. */
export const readsStateBack = (binding: Binding, changes: readonly LeafChange[]): boolean =>
  shownBy(binding, changes).length > 0;

/** Returns every change that the device's state does not show although the binding requires it. */
export const unshownChanges = (
  binding: Binding,
  changes: readonly LeafChange[],
  state: Leaves,
): readonly Reason[] =>
  shownBy(binding, changes)
    .filter(
      ({ change, written, state: leaf, path }) =>
        readLeafValue(leaf, state[path]) !== readLeafValue(written, change.after ?? undefined),
    )
    .map(({ change, path }) => ({
      code: 'not-applied',
      detail: `\`${path}\` is \`${cutText(state[path] ?? 'not there', longestShown)}\`, and \`${change.path}\` was set to \`${change.after ?? ''}\``,
      path: change.path,
      binding: binding.name,
    }));
