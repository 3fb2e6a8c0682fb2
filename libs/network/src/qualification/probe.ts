import { leafAt, type Binding } from '../bindings/binding.js';
import type { BoundModel } from '../bindings/fit.js';
import type { LeafEdit, Leaves } from '../leaf-path.js';
import { cellOffsets } from '../profiles.js';

/**
 * Returns a different value of a leaf for the duration of a qualification; undefined if there is
 * none.
 */
const others: { readonly [leaf: string]: (text: string) => string | undefined } = {
  'interface.description': (text) => (text === 'qualification' ? 'qualified' : 'qualification'),
  'neighbour.individual_offset': (text) => {
    const at = cellOffsets.indexOf(Number(text));
    const other = cellOffsets[at + 1] ?? cellOffsets[at - 1];
    return at === -1 || other === undefined ? undefined : `${other}`;
  },
  'cell.max_tx_power': (text) => (/^[1-9]\d*$/.test(text) ? `${Number(text) - 1}` : undefined),
};

/**
 * Returns the edit of a qualification, which changes the device's least important leaf that may be
 * changed. It prefers the description of an interface. The next choices are the offset of a
 * neighbour relation, and the power of a cell, by the smallest step (for power, downwards).
 * Undefined if the device has no such leaf with a value.
 */
export const probeOf = (
  models: readonly BoundModel[],
  leavesOf: (binding: Binding) => Leaves,
): { readonly model: BoundModel; readonly edit: LeafEdit } | undefined => {
  for (const [name, otherThan] of Object.entries(others))
    for (const model of models) {
      if (model.leaves.get(name)?.access !== 'change') continue;
      for (const [path, text] of Object.entries(leavesOf(model.binding))) {
        const value = leafAt(model.binding, path)?.name === name ? otherThan(text) : undefined;
        if (value !== undefined) return { model, edit: { path, value } };
      }
    }
  return undefined;
};
