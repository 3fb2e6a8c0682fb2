import { actionEndTypes } from '@interlock/contracts';
import type { ActionEvent } from './action-events.js';
import type { EndStatus } from './gates/gate.js';
import { refusalBy } from './gates/record.js';
import type { GateRefusal } from './gates/table.js';

type EndType = (typeof actionEndTypes)[number];
/** An event that ends an action. */
export type ActionEndEvent = Extract<ActionEvent, { readonly type: EndType }>;

/** The ends that no gate makes; what a gate's refusal leaves behind stands with the gate. */
const statuses: { readonly [Type in Exclude<EndType, GateRefusal['type']>]: EndStatus } = {
  ActionCompleted: 'COMPLETED',
  DryRunCompleted: 'COMPLETED',
  ActionRolledBack: 'ROLLED_BACK',
  ActionRollbackFailed: 'ROLLBACK_FAILED',
  ActionCancelled: 'CANCELLED',
  ActionCancelledByRefusal: 'CANCELLED',
  ActionDeniedByHandler: 'DENIED',
  ActionDeniedByGateError: 'DENIED',
  ActionRejected: 'REJECTED',
  ActionExpired: 'EXPIRED',
};
const types: ReadonlySet<string> = new Set(actionEndTypes);

/** True for an event that ends an action. */
export const isActionEnd = <E extends { readonly type: string }>(
  event: E,
): event is Extract<E, { readonly type: EndType }> => types.has(event.type);

const isOwnEnd = (type: EndType): type is keyof typeof statuses => Object.hasOwn(statuses, type);

/** The status that an end leaves the action in. */
export const endStatusOf = (type: EndType): EndStatus =>
  isOwnEnd(type) ? statuses[type] : refusalBy(type).status;
