import type { LeafChange } from '@interlock/contracts';
import { ownBinding } from './bindings/table.js';
import type { ExpectedLeaf } from './device-drift.js';
import type { DeviceEvent } from './device.js';
import type { DeviceTxEvent } from './device-tx/events.js';

/** The changes that a transaction prepared on its device. */
export type PreparedLeaves = {
  readonly device_id: string;
  readonly binding: string;
  readonly changes: readonly LeafChange[];
};
type Typed = { readonly type: string };
/** A leaf with the value that a transaction left in it. */
type LeftLeaf = Omit<ExpectedLeaf, 'action_id'> & {
  /**
   * True if the value is the one from before the change. Then an earlier action's value stays
   * expected, because the leaf may have drifted before the change.
   */
  readonly is_taken_back: boolean;
};

const leavesOn = (side: 'before' | 'after', { binding, changes }: PreparedLeaves): readonly LeftLeaf[] =>
  changes.map((change) => ({
    path: change.path,
    binding,
    value: change[side],
    is_taken_back: side === 'before',
  }));

/**
 * Returns a transaction's preparation after one of its events; undefined until its device is known.
 */
export const preparedAfter = (
  known: PreparedLeaves | undefined,
  event: DeviceTxEvent | Typed,
): PreparedLeaves | undefined => {
  const { type, data } = event as DeviceTxEvent;
  switch (type) {
    case 'TurnAccepted':
    case 'ApplyAccepted':
      return { binding: ownBinding.name, changes: [], ...known, device_id: data.device_id };
    case 'ChangePrepared': {
      const { binding = ownBinding.name, changes } = data;
      return known === undefined ? undefined : { ...known, binding, changes };
    }
    default:
      return known;
  }
};

/**
 * Returns the values that a transaction's event leaves on its device; empty if it leaves none. A
 * confirmed transaction leaves the new values. A rolled-back one leaves the earlier values, and so
 * should one whose rollback failed.
 */
export const leavesLeftBy = (
  event: DeviceTxEvent | Typed,
  prepared: PreparedLeaves | undefined,
): readonly LeftLeaf[] => {
  if (prepared === undefined) return [];
  const { type, data } = event as DeviceTxEvent;
  switch (type) {
    case 'ChangeConfirmed':
      return leavesOn('after', prepared);
    case 'ChangeRolledBack':
      return data.how === 'nothing-applied' ? [] : leavesOn('before', prepared);
    case 'RollbackFailed':
      return leavesOn('before', prepared);
    default:
      return [];
  }
};

/**
 * Returns the values that a person expects by adopting a drift; empty for any other event of a
 * device.
 */
export const leavesAdoptedBy = (event: DeviceEvent | Typed): readonly ExpectedLeaf[] => {
  const { type, data } = event as DeviceEvent;
  return type === 'DeviceDriftAdopted'
    ? data.leaves.map(({ path, binding, actual, action_id }) => ({ path, binding, value: actual, action_id }))
    : [];
};
